//! The text of a client's configuration file, edited in place: comments and all other servers stay as they are.
//!
//! Elsewhere: reading and writing the file (`file`).

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use jsonc_parser::{
    ParseOptions,
    cst::{CstInputValue, CstNode, CstObject, CstObjectProp, CstRootNode},
};

use super::entry::Entry;

/// The byte order mark with which Windows editors begin a file. It is not JSON, and stays.
const BOM: char = '\u{feff}';

/// JSON with comments and trailing commas, as editors write it, and nothing else of what the parser could read.
const DIALECT: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

pub(crate) struct Document {
    /// The name of the object that holds the servers.
    servers: &'static str,
    path: PathBuf,
    /// The text as it was read; `None` where there is no file yet.
    read: Option<String>,
    root: CstRootNode,
}

/// A change to an entry. Fields that are neither set nor dropped stay as they are.
#[derive(Default)]
pub(crate) struct Change {
    pub(crate) set: Vec<(&'static str, CstInputValue)>,
    pub(crate) drop: &'static [&'static str],
    pub(crate) env: Vec<(String, String)>,
}

impl Document {
    /// Parses the text of the file at `path`; `None` where there is no file yet. `servers` is the name of the object that
    /// holds the servers.
    ///
    /// # Errors
    /// The client itself could not read this text either, or would read only one of two properties of the same name.
    pub(crate) fn parse(servers: &'static str, path: &Path, read: Option<String>) -> Result<Self, String> {
        let text = read.as_deref().unwrap_or_default().trim_start_matches(BOM);
        let text = if text.trim().is_empty() { "{}\n" } else { text };
        let root = CstRootNode::parse(text, &DIALECT)
            .map_err(|error| format!("is not JSON (line {}): {}", error.line_display(), error.kind()))?;
        let object = root.object_value().ok_or("is not one JSON object")?;
        if object.get(servers).is_some_and(|it| it.object_value().is_none()) {
            return Err(format!("has a {servers:?} that is not an object"));
        }
        if let Some(name) = duplicate(&object, servers) {
            return Err(format!("has {name:?} twice in one object; delete one of the two and try again"));
        }
        Ok(Self { servers, path: path.to_owned(), read, root })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let servers = self.root.object_value().and_then(|it| it.object_value(self.servers));
        let servers = servers.map(|it| it.properties()).unwrap_or_default();
        servers.iter().filter_map(Entry::read).collect()
    }

    /// Changes an entry in place, or adds it after the others.
    pub(crate) fn put(&self, key: &str, change: &Change) {
        let servers = self.root.object_value_or_set().object_value_or_set(self.servers);
        let Some(entry) = servers.object_value(key) else {
            let mut fields: Vec<(String, CstInputValue)> =
                change.set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            if !change.env.is_empty() {
                let pairs = change.env.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
                fields.push(("env".to_owned(), CstInputValue::Object(pairs.collect())));
            }
            set(&servers, key, CstInputValue::Object(fields));
            return;
        };
        for (name, value) in &change.set {
            set(&entry, name, value.clone());
        }
        for name in change.drop {
            entry.get(name).into_iter().for_each(|it| it.remove());
        }
        if !change.env.is_empty() {
            let env = entry.object_value_or_set("env");
            change.env.iter().for_each(|(name, value)| set(&env, name, value.as_str().into()));
        }
    }

    pub(crate) fn remove(&self, key: &str) {
        let servers = self.root.object_value().and_then(|it| it.object_value(self.servers));
        servers.and_then(|it| it.get(key)).into_iter().for_each(|it| it.remove());
    }

    /// Adds a secret that VS Code asks for and stores itself.
    pub(crate) fn add_input(&self, id: &str, description: &str) {
        if self.input(id).is_some() {
            return;
        }
        let inputs = self.root.object_value_or_set().array_value_or_set("inputs");
        inputs.append(CstInputValue::Object(vec![
            ("type".into(), "promptString".into()),
            ("id".into(), id.into()),
            ("description".into(), description.into()),
            ("password".into(), true.into()),
        ]));
    }

    /// Removes an input that no server uses any more.
    pub(crate) fn drop_unused_input(&self, id: &str) {
        if !self.root.to_string().contains(&format!("${{input:{id}}}")) {
            self.input(id).into_iter().for_each(|it| it.remove());
        }
    }

    fn input(&self, id: &str) -> Option<CstNode> {
        let inputs = self.root.object_value()?.array_value("inputs")?.elements();
        inputs.into_iter().find(|it| {
            let known = it.as_object().and_then(|it| it.get("id")?.value()?.as_string_lit());
            known.is_some_and(|it| it.decoded_value().is_ok_and(|it| it == id))
        })
    }

    /// The text as it was read.
    pub(crate) fn before(&self) -> &str {
        self.read.as_deref().unwrap_or_default()
    }

    /// The text with all changes.
    pub(crate) fn after(&self) -> String {
        let bom = if self.before().starts_with(BOM) { BOM.to_string() } else { String::new() };
        format!("{bom}{}", self.root)
    }
}

fn set(object: &CstObject, name: &str, value: CstInputValue) {
    match object.get(name) {
        Some(prop) => prop.set_value(value),
        None => drop(object.append(name, value)),
    }
}

/// A name that occurs twice in an object that may be edited. Most JSON parsers take the last one, some the first.
fn duplicate(root: &CstObject, servers: &str) -> Option<String> {
    let edited = |it: &CstObjectProp| it.decoded_name().is_some_and(|it| it == servers || it == "inputs");
    let servers: Vec<CstObject> = root.object_value(servers).into_iter().collect();
    let entries: Vec<CstObject> = servers.iter().flat_map(objects).collect();
    let environments = entries.iter().filter_map(|it| it.object_value("env"));
    let others = servers.iter().chain(&entries).cloned().chain(environments);
    repeated(root.properties().into_iter().filter(edited))
        .or_else(|| others.into_iter().find_map(|it| repeated(it.properties())))
}

fn objects(parent: &CstObject) -> Vec<CstObject> {
    parent.properties().iter().filter_map(CstObjectProp::object_value).collect()
}

fn repeated(properties: impl IntoIterator<Item = CstObjectProp>) -> Option<String> {
    let mut known = HashSet::new();
    properties.into_iter().filter_map(|it| it.decoded_name()).find(|it| !known.insert(it.clone()))
}
