//! A client's configuration file: read with its comments, edited in place, written so that nothing is lost.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use jsonc_parser::{
    ParseOptions,
    cst::{CstInputValue, CstNode, CstObject, CstRootNode},
};

use super::entry::Entry;

/// Windows editors begin a file with it; it is no JSON, and stays.
const BOM: char = '\u{feff}';

pub(crate) struct Document {
    /// The name of the object that holds the servers.
    servers: &'static str,
    path: PathBuf,
    /// `None`: there is no file yet.
    read: Option<String>,
    root: CstRootNode,
}

/// What an entry becomes. Fields that are neither set nor dropped stay as they are.
#[derive(Default)]
pub(crate) struct Change {
    pub(crate) set: Vec<(&'static str, CstInputValue)>,
    pub(crate) drop: &'static [&'static str],
    pub(crate) env: Vec<(String, String)>,
}

impl Document {
    /// # Errors
    /// It cannot be read, or is not what the client itself could read: it stays as it is.
    pub(crate) fn read(servers: &'static str, path: &Path) -> Result<Self, String> {
        let read = match fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(format!("cannot be read: {error}")),
        };
        Self::parse(servers, path, read)
    }

    /// The document at `path` whose text is `read`; `None` where there is no file yet.
    ///
    /// # Errors
    /// The text is not what the client itself could read.
    pub(crate) fn parse(servers: &'static str, path: &Path, read: Option<String>) -> Result<Self, String> {
        let text = read.as_deref().unwrap_or_default().trim_start_matches(BOM);
        let text = if text.trim().is_empty() { "{}\n" } else { text };
        let options = ParseOptions {
            allow_loose_object_property_names: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            ..ParseOptions::default()
        };
        let root = CstRootNode::parse(text, &options)
            .map_err(|error| format!("is not JSON (line {}): {}", error.line_display(), error.kind()))?;
        let object = root.object_value().ok_or("holds something else than one JSON object")?;
        if object.get(servers).is_some_and(|it| it.object_value().is_none()) {
            return Err(format!("has a {servers:?} that is not an object"));
        }
        Ok(Self { servers, path: path.to_owned(), read, root })
    }

    /// # Errors
    /// A link or a write-protected file: somebody keeps it in another way.
    pub(crate) fn check_writable(&self) -> Result<(), String> {
        let Ok(about) = fs::symlink_metadata(&self.path) else { return Ok(()) };
        if about.is_symlink() {
            return Err("is a link to another file: edit that file by hand, --print shows the change".into());
        }
        if about.permissions().readonly() {
            return Err("is write-protected: --print shows the change".into());
        }
        Ok(())
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let servers = self.root.object_value().and_then(|it| it.object_value(self.servers));
        let servers = servers.map(|it| it.properties()).unwrap_or_default();
        servers.iter().filter_map(Entry::read).collect()
    }

    /// Changes an entry in place, or adds it behind the others.
    pub(crate) fn put(&self, key: &str, change: &Change) {
        let servers = self.root.object_value_or_set().object_value_or_set(self.servers);
        let Some(entry) = servers.object_value(key) else {
            let mut fields: Vec<(String, CstInputValue)> =
                change.set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            if !change.env.is_empty() {
                let pairs = change.env.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
                fields.push(("env".to_owned(), CstInputValue::Object(pairs.collect())));
            }
            servers.append(key, CstInputValue::Object(fields));
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

    /// A secret that VS Code asks for and keeps itself.
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

    /// Takes an input away that nothing asks for any more.
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

    pub(crate) fn before(&self) -> &str {
        self.read.as_deref().unwrap_or_default()
    }

    pub(crate) fn after(&self) -> String {
        let bom = if self.before().starts_with(BOM) { BOM.to_string() } else { String::new() };
        format!("{bom}{}", self.root)
    }

    /// Writes it whole or not at all, and first what was there into a file beside it: that file.
    ///
    /// # Errors
    /// It cannot be written, or somebody else has written it in the meantime.
    pub(crate) fn write(&self) -> Result<Option<PathBuf>, String> {
        let now = fs::read_to_string(&self.path).ok();
        if now != self.read {
            return Err("was changed by somebody else just now: run this again".into());
        }
        self.write_files().map_err(|error| format!("cannot be written: {error}"))
    }

    fn write_files(&self) -> std::io::Result<Option<PathBuf>> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let backup = match &self.read {
            Some(text) => Some(self.backup(text)?),
            None => None,
        };
        let fresh = self.beside(&format!("new-{}", std::process::id()));
        let written = private(&fresh).and_then(|file| {
            fill(file, &self.after())?;
            if let Ok(about) = fs::metadata(&self.path) {
                fs::set_permissions(&fresh, about.permissions())?;
            }
            fs::rename(&fresh, &self.path)
        });
        if written.is_err() {
            let _ = fs::remove_file(&fresh);
        }
        written.map(|()| backup)
    }

    /// Readable for its owner alone: it may hold secrets.
    fn backup(&self, text: &str) -> std::io::Result<PathBuf> {
        let time = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
        let mut place = self.beside(&format!("backup-{time}"));
        for more in 2.. {
            match private(&place) {
                Ok(file) => {
                    fill(file, text)?;
                    break;
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    place = self.beside(&format!("backup-{time}-{more}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(place)
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!("{name}.{ending}"))
    }
}

fn set(object: &CstObject, name: &str, value: CstInputValue) {
    match object.get(name) {
        Some(prop) => prop.set_value(value),
        None => drop(object.append(name, value)),
    }
}

fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn fill(mut file: File, text: &str) -> std::io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
