use std::path::Path;

use jsonc_parser::{
    ParseOptions,
    cst::{CstInputValue, CstObject, CstRootNode},
};

use crate::client_config::document::{Change, Document};

const COMMAND: &str = "/opt/tempo-mcp";
const VARIABLE: (&str, &str) = ("TEMPO_API_TOKEN", "made up");
const INPUT: &str = "tempo-api-token";

/// The lowest bit of the first byte chooses the client's name for its servers, the other bits the server that is
/// changed, and the rest is the file. After an edit a client can still read the file, finds what was set, and finds
/// everything else as it was.
pub fn config_edits(data: &[u8]) {
    let [first, text @ ..] = data else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let servers = if first & 1 == 0 { "mcpServers" } else { "servers" };
    let Some(document) = parse(servers, text) else { return };
    let keys: Vec<String> = document.entries().into_iter().map(|it| it.key).collect();
    // One of those in the file, or a new one.
    let key = keys.get(usize::from(first >> 1)).map_or("tempo", String::as_str);

    document.put(key, &change());
    let after = document.after();
    let edited = parse(servers, &after).expect("the edited file can be read");
    assert_eq!(after.starts_with('\u{feff}'), text.starts_with('\u{feff}'), "the byte order mark stays");
    assert_set(&edited, key);
    assert_others_untouched(servers, key, text, &after);

    edited.put(key, &change());
    assert_eq!(edited.after(), after, "the same change again changes nothing");
    input_comes_and_goes(servers, &after);
    removal(servers, key, &after);
}

fn parse(servers: &'static str, text: &str) -> Option<Document> {
    Document::parse(servers, Path::new("client.json"), Some(text.to_owned())).ok()
}

fn change() -> Change {
    let args = CstInputValue::Array(vec!["stdio".into()]);
    Change {
        set: vec![("command", COMMAND.into()), ("args", args)],
        drop: &["url", "type"],
        env: vec![(VARIABLE.0.into(), VARIABLE.1.into())],
    }
}

fn assert_set(document: &Document, key: &str) {
    let entries = document.entries();
    let entry = entries.iter().find(|it| it.key == key).expect("the server is in the file");
    assert_eq!(entry.command.as_deref(), Some(COMMAND));
    assert_eq!(entry.args, ["stdio"]);
    assert_eq!(entry.variable(VARIABLE.0), Some(VARIABLE.1));
}

fn input_comes_and_goes(servers: &'static str, text: &str) {
    // A client whose `inputs` is something else has no place for one.
    let inputs = root(text).and_then(|it| it.get("inputs"));
    if inputs.is_some_and(|it| it.array_value().is_none()) {
        return;
    }
    let document = parse(servers, text).expect("the edited file can be read");
    document.add_input(INPUT, "Tempo API token");
    let with = document.after();
    document.add_input(INPUT, "Tempo API token");
    assert_eq!(document.after(), with, "an input is added once");
    assert!(parse(servers, &with).is_some(), "the file with an input can be read");
    assert_eq!(properties(text, &["inputs"]), properties(&with, &["inputs"]));
    document.drop_unused_input(INPUT);
    let without = document.after();
    assert!(parse(servers, &without).is_some(), "the file without the input can be read");
    assert_eq!(properties(text, &["inputs"]), properties(&without, &["inputs"]));
}

fn removal(servers: &'static str, key: &str, text: &str) {
    let document = parse(servers, text).expect("the edited file can be read");
    document.remove(key);
    let after = document.after();
    let document = parse(servers, &after).expect("the file without the server can be read");
    assert!(document.entries().iter().all(|it| it.key != key), "{key:?} is still there");
    assert_others_untouched(servers, key, text, &after);
}

fn assert_others_untouched(servers: &str, key: &str, before: &str, after: &str) {
    assert_eq!(properties(before, &[servers]), properties(after, &[servers]), "beside {servers}");
    let others = |text| {
        let object = root(text).and_then(|it| it.object_value(servers));
        object.map(|it| listed(&it, &[key])).unwrap_or_default()
    };
    assert_eq!(others(before), others(after), "beside {key:?} in {servers}");
}

fn root(text: &str) -> Option<CstObject> {
    let text = text.trim_start_matches('\u{feff}');
    CstRootNode::parse(text, &ParseOptions::default()).ok()?.object_value()
}

/// The properties of the file's object with their exact texts, comments inside them included, but for `some`.
fn properties(text: &str, some: &[&str]) -> Vec<(Option<String>, String)> {
    root(text).map(|it| listed(&it, some)).unwrap_or_default()
}

fn listed(object: &CstObject, some: &[&str]) -> Vec<(Option<String>, String)> {
    let all = object.properties().into_iter().map(|it| (it.decoded_name(), it.to_string()));
    all.filter(|(name, _)| !name.as_deref().is_some_and(|it| some.contains(&it))).collect()
}
