//! What the pages, the help and the example of an environment say about the program is so.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use tempo_mcp_core::config::VARIABLES;

use crate::{
    docs::{Page, file, guides, path},
    program::run,
};

#[test]
fn readme_is_short() {
    let words = file("README.md").split_whitespace().count();
    assert!(words <= 900, "{words} words; what a newcomer does not need belongs into docs/");
}

#[test]
fn help_docs_and_example_list_every_variable() {
    let help = run(&["--help"]).out;
    let (page, example) = (file("docs/configuration.md"), file(".env.example"));
    for name in VARIABLES.iter().map(|it| it.name).chain([
        "TEMPO_MCP_LOG",
        "HTTPS_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "NO_COLOR",
        "BROWSER",
    ]) {
        assert!(help.contains(name), "--help does not mention {name}");
        assert!(page.contains(&format!("`{name}`")), "docs/configuration.md does not mention {name}");
        assert!(set_in(&example).any(|(it, _)| it == name), ".env.example does not list {name}");
    }
}

/// The variables of the hosted service, too.
#[test]
fn docs_list_every_variable_of_the_example() {
    let page = file("docs/configuration.md");
    for (name, _) in set_in(&file(".env.example")) {
        assert!(page.contains(&format!("`{name}`")), "docs/configuration.md does not mention {name}");
    }
}

/// Names and values, those that are commented out included.
fn set_in(example: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_name = |it: &str| it.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
    let pairs = example.lines().filter_map(|it| it.trim_start_matches('#').split_once('='));
    pairs.filter(move |(name, _)| is_name(name))
}

/// Copied and read by a shell, it sets nothing yet: an empty value counts as missing, but only to this program.
#[test]
fn example_as_it_is_changes_nothing() {
    let example = file(".env.example");
    let pairs = example.lines().filter(|it| !it.starts_with('#')).filter_map(|it| it.split_once('='));
    for (name, value) in pairs {
        let known = VARIABLES.iter().find(|it| it.name == name);
        let default = if name == "TEMPO_MCP_LOG" { Some("warn") } else { known.and_then(|it| it.default) };
        assert!(known.is_some() || default.is_some(), "{name} is read by others too");
        assert!(value.is_empty() || Some(value) == default, "{name}={value}");
    }
}

#[test]
fn readme_and_docs_list_every_tool() {
    let (readme, page) = (file("README.md"), file("docs/tools.md"));
    let listed: Value = serde_json::from_str(&run(&["tools", "--json"]).out).unwrap();
    for tool in listed["tools"].as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        assert!(readme.contains(&format!("`{name}`")), "README.md does not mention {name}");
        assert!(page.contains(&format!("`{name}`")), "docs/tools.md does not mention {name}");
    }
}

/// What a stranger pastes has to be JSON, and to set what is required under its right name.
#[test]
fn configurations_can_be_pasted() {
    let mut found = 0;
    for page in guides() {
        for block in page.blocks().iter().filter(|it| it.language == "json") {
            let json: Value = serde_json::from_str(&block.text)
                .unwrap_or_else(|error| panic!("{}:{}: {error}", page.name, block.line));
            let Some(servers) = json.get("mcpServers").or(json.get("servers")) else { continue };
            let variables = servers["tempo"]["env"].as_object().unwrap();
            let names: Vec<&str> = variables.keys().map(String::as_str).collect();
            assert_eq!(names, ["JIRA_API_TOKEN", "JIRA_BASE_URL", "JIRA_EMAIL", "TEMPO_API_TOKEN"]);
            found += 1;
        }
    }
    assert!(found >= 2);
}

/// A quoted error that no longer exists would send a reader astray.
#[test]
fn every_error_text_that_is_explained_exists() {
    let spoken = one_line(&sources());
    let page = Page::read("docs/troubleshooting.md");
    let texts: BTreeSet<&str> = page
        .text
        .lines()
        .filter_map(|it| it.strip_prefix("| “"))
        .filter_map(|it| it.split_once('”'))
        .map(|it| it.0)
        .collect();
    assert!(texts.len() > 25, "only {} messages were found", texts.len());
    for text in texts {
        for part in text.split('…').map(str::trim).filter(|it| !it.is_empty()) {
            assert!(spoken.contains(part), "no source file says {part:?}");
        }
    }
}

/// Of every crate that has words for a user of a local or hosted server.
fn sources() -> String {
    let mut res = String::new();
    for name in ["core", "protocol", "service", "tempo-mcp"] {
        read_below(&path("crates").join(name).join("src"), &mut res);
    }
    res
}

fn read_below(folder: &Path, into: &mut String) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|it| it.unwrap().path()) {
        if path.is_dir() {
            read_below(&path, into);
        } else if path.extension().is_some_and(|it| it == "rs") {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// Without the line breaks that Rust's strings continue over.
fn one_line(source: &str) -> String {
    let lines: Vec<&str> = source.lines().map(|it| it.trim().trim_end_matches('\\')).collect();
    lines.join("")
}
