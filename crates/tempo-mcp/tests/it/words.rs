//! What the program and the repository's files tell about it.

use std::collections::BTreeSet;

use serde_json::Value;
use tempo_mcp_core::config::VARIABLES;

use crate::program::{finish, program, run};

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn help_readme_and_example_tell_every_variable() {
    let help = run(&["--help"]).out;
    let (readme, example) = (file("README.md"), file(".env.example"));
    for name in VARIABLES.iter().map(|it| it.name).chain([
        "TEMPO_MCP_LOG",
        "HTTPS_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "NO_COLOR",
        "BROWSER",
    ]) {
        assert!(help.contains(name), "--help does not mention {name}");
        assert!(readme.contains(&format!("`{name}`")), "README.md does not mention {name}");
        assert!(
            example.lines().any(|it| it.trim_start_matches('#').starts_with(&format!("{name}="))),
            ".env.example does not list {name}"
        );
    }
}

/// Copied and read by a shell, it says nothing yet: empty values are missing ones, but only to us.
#[test]
fn the_example_as_it_stands_changes_nothing() {
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
fn readme_tells_every_tool() {
    let readme = file("README.md");
    let listed: Value = serde_json::from_str(&run(&["tools", "--json"]).out).unwrap();
    for tool in listed["tools"].as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        assert!(readme.contains(&format!("`{name}`")), "README.md does not mention {name}");
    }
}

/// What a stranger pastes has to be JSON, and to set what is required under its right name.
#[test]
fn readme_shows_configurations_that_can_be_pasted() {
    let readme = file("README.md");
    let blocks: Vec<&str> =
        readme.split("```json\n").skip(1).filter_map(|it| it.split_once("```")).map(|it| it.0).collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        let block: Value = serde_json::from_str(block).unwrap_or_else(|error| panic!("{error}: {block}"));
        let servers = block.get("mcpServers").or(block.get("servers")).unwrap();
        let variables = servers["tempo"]["env"].as_object().unwrap();
        let names: Vec<&str> = variables.keys().map(String::as_str).collect();
        assert_eq!(names, ["JIRA_API_TOKEN", "JIRA_BASE_URL", "JIRA_EMAIL", "TEMPO_API_TOKEN"]);
    }
}

/// A quoted error that no longer exists would send a reader astray.
#[test]
fn every_error_text_that_readme_explains_exists() {
    let sources: String = [
        "sentences.rs",
        "sentences/vendor.rs",
        "sentences/sign_in.rs",
        "argument.rs",
        "get_missing_worklog_days.rs",
    ]
    .map(|it| file(&format!("crates/core/src/tools/{it}")))
    .join("\n");
    let config = file("crates/core/src/config.rs");
    let spoken = one_line(&(sources + &config));
    let readme = file("README.md");
    let (_, section) = readme.split_once("## Troubleshooting").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let texts: BTreeSet<&str> = section
        .lines()
        .filter_map(|it| it.strip_prefix("| “"))
        .filter_map(|it| it.split_once('”'))
        .map(|it| it.0)
        .collect();
    assert!(texts.len() > 10, "the table was not found");
    for text in texts {
        for part in text.split('…').map(str::trim).filter(|it| !it.is_empty()) {
            assert!(spoken.contains(part), "no sentence says {part:?}");
        }
    }
}

/// Without the line breaks that Rust's strings continue over.
fn one_line(source: &str) -> String {
    let lines: Vec<&str> = source.lines().map(|it| it.trim().trim_end_matches('\\')).collect();
    lines.join("")
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let done = run(&["completions", shell]);
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{shell}");
        assert!(done.out.contains("sandbox"), "{shell}");
    }
    assert_eq!(run(&["completions", "tcsh"]).code, Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_not_a_crash() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in
        [&["completions", "bash"][..], &["demo"], &["tools"], &["--sandbox", "call", "searchIssues"]]
    {
        let ended = finish(program().args(arguments).stdout(full()));
        assert_eq!(ended.code, Some(1), "{arguments:?}: {}", ended.err);
        assert!(!ended.err.contains("panicked"), "{arguments:?}: {}", ended.err);
    }
}

#[test]
fn the_version_is_the_packages() {
    let done = run(&["--version"]);
    assert_eq!((done.code, done.out.trim()), (Some(0), concat!("tempo-mcp ", env!("CARGO_PKG_VERSION"))));
}
