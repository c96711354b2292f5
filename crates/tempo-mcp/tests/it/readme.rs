//! From a fresh machine to a first worklog by README alone: its own commands, run as they stand there.

use std::{fs, process::Command};

use serde_json::{Value, json};
use tempo_sandbox::{JIRA_TOKEN, MAIN_EMAIL, TEMPO_TOKEN};

use crate::{
    home::Home,
    program::{Run, finish, program},
    session::Session,
    site::Site,
};

/// The shell blocks behind this comment are run, in the order in which they stand.
const MARK: &str = "<!-- tried: crates/tempo-mcp/tests/it/readme.rs -->\n```sh\n";

fn commands() -> String {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let blocks: Vec<&str> = readme.split(MARK).skip(1).map(|it| it.split_once("```").unwrap().0).collect();
    assert!(!blocks.is_empty(), "README marks no commands");
    blocks.concat()
}

/// What a reader replaces: four values, and an issue of theirs.
fn as_a_reader_would(commands: &str, site: &Site) -> String {
    [
        ("your Tempo token", TEMPO_TOKEN),
        ("your Jira token", JIRA_TOKEN),
        ("https://your-site.atlassian.net", &site.base()),
        ("you@example.com", MAIN_EMAIL),
        ("PROJ-12", "WEB-12"),
        ("2026-03-02", &today()),
    ]
    .iter()
    .fold(commands.to_owned(), |text, (theirs, ours)| {
        assert!(text.contains(theirs), "README does not say {theirs}");
        text.replace(theirs, ours)
    })
}

fn today() -> String {
    jiff::Zoned::now().date().to_string()
}

/// A shell on a machine where nothing is set but the way to the simulated vendors.
fn shell(home: &Home, site: &Site, commands: &str) -> Run {
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_tempo-mcp")).parent().unwrap();
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", commands]).env_clear();
    bash.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", path.display()));
    for name in ["TEMPO_BASE_URL", "ATLASSIAN_API_URL"] {
        bash.env(name, site.base());
    }
    home.set(&mut bash);
    bash.stdin(std::process::Stdio::null());
    finish(&mut bash)
}

#[test]
fn from_a_fresh_machine_to_a_first_worklog() {
    let (site, home) = (Site::start_now(), Home::new("readme"));
    let run = shell(&home, &site, &as_a_reader_would(&commands(), &site));
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    assert!(run.out.contains("All is well.") && run.out.contains("Written."), "{}", run.out);
    assert!(run.out.contains("WEB-12") && run.out.contains("1h 30m"), "{}", run.out);
    assert_eq!(created(&site), 1, "the terminal's");

    // And as the client starts it from what was written, with nothing else set.
    let written: Value = serde_json::from_str(&home.read("cursor")).unwrap();
    let entry = &written["mcpServers"]["tempo"];
    let mut command = Command::new(entry["command"].as_str().unwrap());
    command.envs(entry["env"].as_object().unwrap().iter().map(|(name, it)| (name, it.as_str().unwrap())));
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut session = Session::start(&mut command);
    session.initialize();
    let entry = json!({"issueKey": "WEB-12", "date": today(), "timeSpent": "15m"});
    assert_ne!(session.call("createWorklog", entry)["isError"], true);
    session.end();
    assert_eq!(created(&site), 2, "the client's");
}

fn created(site: &Site) -> usize {
    site.requests().iter().filter(|it| *it == "POST /4/worklogs").count()
}

#[test]
fn the_command_that_installs_it_names_a_package_that_is_here() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    assert!(readme.contains("cargo install --locked --path crates/tempo-mcp\n"));
    assert_eq!(finish(program().arg("--version")).code, Some(0));
}
