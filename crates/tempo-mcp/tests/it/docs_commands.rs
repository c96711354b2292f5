//! The commands in README, CONTRIBUTING and `docs/`, run as they stand there.
//!
//! A shell block with `<!-- run -->` above it is run by the tests; any other says `<!-- not run: REASON -->`.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tempo_sandbox::{JIRA_TOKEN, MAIN_EMAIL, TEMPO_TOKEN};

use crate::{
    docs::{Page, file, guides},
    home::Home,
    program::{Run, finish, program, run},
    session::Session,
    site::Site,
};

/// The page that begins on a machine where nothing is set.
const INSTALL: &str = "docs/install.md";

/// What a reader replaces: four values, an issue of theirs, and days of theirs.
fn replacements(site: &Site) -> [(&'static str, String); 7] {
    [
        ("your Tempo token", TEMPO_TOKEN.to_owned()),
        ("your Jira token", JIRA_TOKEN.to_owned()),
        ("https://your-site.atlassian.net", site.base()),
        ("you@example.com", MAIN_EMAIL.to_owned()),
        ("PROJ-12", "WEB-12".to_owned()),
        ("2026-03-02", today()),
        ("2026-03-06", today()),
    ]
}

fn today() -> String {
    jiff::Zoned::now().date().to_string()
}

/// The page's commands, as a reader would type them.
fn script(page: &Page, site: &Site) -> String {
    let commands: String = page.commands().into_iter().map(|it| it.text).collect();
    replacements(site).iter().fold(commands, |text, (theirs, ours)| text.replace(theirs, ours))
}

/// A shell on a machine where nothing is set but the way to the simulated vendors.
fn shell(home: &Home, site: &Site) -> Command {
    let mut bash = bash(home);
    for name in ["TEMPO_BASE_URL", "ATLASSIAN_API_URL"] {
        bash.env(name, site.base());
    }
    bash
}

/// A shell that finds the program, in an empty home.
pub(crate) fn bash(home: &Home) -> Command {
    let path = Path::new(env!("CARGO_BIN_EXE_tempo-mcp")).parent().unwrap();
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail"]).env_clear().current_dir(home.path()).stdin(Stdio::null());
    bash.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", path.display()));
    home.set(&mut bash);
    bash
}

fn succeeds(run: &Run, page: &str) {
    assert_eq!(run.code, Some(0), "{page}:\n{}{}", run.out, run.err);
}

#[test]
fn from_a_fresh_machine_to_a_first_worklog() {
    let (site, home, page) = (Site::start_now(), Home::new("install"), Page::read(INSTALL));
    for (theirs, _) in &replacements(&site)[..6] {
        assert!(page.commands().iter().any(|it| it.text.contains(theirs)), "{INSTALL} does not say {theirs}");
    }
    let run = finish(shell(&home, &site).args(["-c", &script(&page, &site)]));
    succeeds(&run, INSTALL);
    assert!(run.out.contains("All is well.") && run.out.contains("Written."), "{}", run.out);
    assert!(run.out.contains("WEB-12") && run.out.contains("1h 30m"), "{}", run.out);
    assert_eq!(created(&site), 1, "the terminal's");

    // And as the client starts it from what was written, with nothing else set.
    let written: Value = serde_json::from_str(&home.read("cursor")).unwrap();
    let entry = &written["mcpServers"]["tempo"];
    let mut command = Command::new(entry["command"].as_str().unwrap());
    command.envs(entry["env"].as_object().unwrap().iter().map(|(name, it)| (name, it.as_str().unwrap())));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
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

/// Everything that a person has set up by then is set.
#[test]
fn commands_of_every_other_guide_succeed() {
    let mut tried = 0;
    for page in guides().iter().filter(|it| it.name != INSTALL && !it.commands().is_empty()) {
        let (site, home) = (Site::start_now(), Home::new(&page.name.replace('/', "-")));
        let environment = site.environment.iter().map(|(name, value)| (name, value));
        succeeds(&finish(bash(&home).envs(environment).args(["-c", &script(page, &site)])), &page.name);
        tried += page.commands().len();
    }
    assert!(tried >= 5, "only {tried} blocks are run");
}

#[test]
fn shell_block_without_a_mark_is_an_oversight() {
    for page in guides() {
        for block in page.blocks() {
            let place = format!("{}:{}", page.name, block.line);
            let shells = ["bash", "shell", "console", "shell-session", "zsh"];
            assert!(!shells.contains(&block.language.as_str()), "{place}: call its language sh");
            if block.language != "sh" {
                continue;
            }
            let mark = block.mark.unwrap_or_default();
            let says_why = mark.strip_prefix("not run:").is_some_and(|it| it.trim().len() > 10);
            assert!(mark == "run" || says_why, "{place}: neither <!-- run --> nor <!-- not run: REASON -->");
        }
    }
}

/// `cargo run --release` and `cargo install` would build for minutes: what they start is run as it was built for the tests.
#[test]
fn first_commands_of_readme_name_what_is_here() {
    let readme = file("README.md");
    assert!(readme.contains("\ncargo run --release -- demo\n"));
    assert_eq!(run(&["demo"]).code, Some(0));
    for page in [readme, file(INSTALL)] {
        assert!(page.contains("\ncargo install --locked --path crates/tempo-mcp\n"));
    }
    assert_eq!(finish(program().arg("--version")).code, Some(0));
}

/// In prose, too: a command or an option that is gone would send a reader astray.
#[test]
fn every_command_that_is_named_exists() {
    let mut named = 0;
    for page in guides() {
        for span in page.code_spans().iter().filter(|it| it.starts_with("tempo-mcp ")) {
            let words: Vec<&str> = span.split_whitespace().skip(1).collect();
            let command = command(&words);
            let help = run(&[command, &["--help"]].concat());
            assert_eq!(help.code, Some(0), "{}: `{span}` does not exist", page.name);
            // A tool's parameters look like options.
            let options = words.iter().filter(|it| it.starts_with("--") && command != ["call"]);
            for option in options.filter_map(|it| it.split('=').next()) {
                assert!(help.out.contains(option), "{}: `{span}` has no {option}", page.name);
            }
            named += 1;
        }
    }
    assert!(named > 20, "only {named} commands were found");
}

/// The subcommand, of two words where it has subcommands of its own.
fn command<'a>(words: &'a [&'a str]) -> &'a [&'a str] {
    let most = if matches!(words.first(), Some(&"tenants" | &"keys" | &"audit")) { 2 } else { 1 };
    let is_name = |it: &&&str| it.bytes().all(|it| it.is_ascii_lowercase());
    &words[..words.iter().take(most).take_while(is_name).count()]
}
