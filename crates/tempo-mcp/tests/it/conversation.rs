//! `tempo-mcp install` in a terminal: questions, answered one after the other.
//!
//! The terminal is `script` of util-linux; that of other systems takes other options.

use std::{
    fs,
    io::{Read, Write},
    process::{Command, Stdio},
};

use expect_test::expect;
use tempo_sandbox::{JIRA_TOKEN, MAIN_EMAIL, TEMPO_TOKEN};

use crate::{home::Home, site::Site};

struct Conversation {
    transcript: String,
    code: Option<i32>,
}

/// Answers each question, known by its end, once it has been asked.
fn talk(home: &Home, site: &Site, arguments: &str, answers: &[(&str, &str)]) -> Conversation {
    let mut script = Command::new("script");
    let program = env!("CARGO_BIN_EXE_tempo-mcp");
    script.args(["--quiet", "--return", "--command", &format!("'{program}' {arguments}"), "/dev/null"]);
    script.env_clear().env("PATH", "/usr/bin:/bin").env("NO_COLOR", "1").env("TERM", "xterm");
    for name in ["TEMPO_BASE_URL", "ATLASSIAN_API_URL"] {
        script.env(name, site.base());
    }
    home.set(&mut script);
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keyboard, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut transcript = String::new();
    for (question, answer) in answers {
        read_until(&mut screen, &mut transcript, question);
        writeln!(keyboard, "{answer}").unwrap();
        // Whether the terminal echoes it depends on when it came.
        transcript.push_str(&format!("[{}]", if answer.contains("sandbox-") { "a secret" } else { answer }));
    }
    let mut rest = Vec::new();
    screen.read_to_end(&mut rest).unwrap();
    transcript.push_str(&String::from_utf8_lossy(&rest));
    drop(keyboard);
    Conversation { transcript: transcript.replace('\r', ""), code: child.wait().unwrap().code() }
}

fn read_until(screen: &mut impl Read, transcript: &mut String, question: &str) {
    let begun = transcript.len();
    let mut bytes = Vec::new();
    while !String::from_utf8_lossy(&bytes).ends_with(question) {
        let mut byte = [0];
        assert_eq!(screen.read(&mut byte).unwrap(), 1, "it ended before {question:?}: {transcript}");
        bytes.extend(byte);
        transcript.truncate(begun);
        transcript.push_str(&String::from_utf8_lossy(&bytes));
    }
}

/// The transcript without what differs from run to run, and without the echo of the terminal: whether it echoes a hidden
/// answer depends on when that came.
fn steady(text: &str, site: &Site, answers: &[(&str, &str)]) -> String {
    let text = answers.iter().fold(text.to_owned(), |text, (_, it)| text.replace(&format!("]{it}"), "]"));
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_tempo-mcp")).unwrap();
    let text = text.replace(program.to_str().unwrap(), "/PROGRAM").replace(&site.base(), "http://SITE");
    text.lines().filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Whether `script` is installed.
fn has_script() -> bool {
    let is_here = Command::new("script").arg("--version").output().is_ok();
    if !is_here {
        eprintln!("skipped: `script` of util-linux is not installed");
    }
    is_here
}

#[test]
fn install_asks_reports_mistakes_and_shows_the_change() {
    if !has_script() {
        return;
    }
    let (site, home) = (Site::start_now(), Home::new("conversation"));
    let base = site.base();
    let answers = [
        ("(hidden) > ", TEMPO_TOKEN),
        ("  > ", "not a site"),
        ("  > ", MAIN_EMAIL),
        ("(hidden) > ", JIRA_TOKEN),
        ("  > ", &base),
        ("Write this change? [Y/n] ", "y"),
    ];
    let talk = talk(&home, &site, "install cursor", &answers);
    expect![[r#"
        TEMPO_API_TOKEN  Tempo API token: Tempo > Settings > API Integration
          (hidden) > [a secret]
        JIRA_BASE_URL  your Jira site, like https://acme.atlassian.net
          > [not a site]
        JIRA_EMAIL  the e-mail address of your Atlassian account (basic only)
          > [alex.novak@example.com]
        JIRA_API_TOKEN  Jira API token, classic or scoped: Atlassian account > Security > API tokens
          (hidden) > [a secret]
        JIRA_BASE_URL is not an address like https://acme.atlassian.net.
        JIRA_BASE_URL  your Jira site, like https://acme.atlassian.net
          > [http://SITE]
        ✓ Tempo and Jira accept these values.
        Cursor  ~/.cursor/mcp.json
          + {
          +   "mcpServers": {
          +     "tempo": {
          +       "command": "/PROGRAM",
          +       "env": {
          +         "TEMPO_API_TOKEN": "••••••",
          +         "JIRA_BASE_URL": "http://SITE",
          +         "JIRA_EMAIL": "alex.novak@example.com",
          +         "JIRA_API_TOKEN": "••••••",
          +         "TEMPO_BASE_URL": "http://SITE",
          +         "ATLASSIAN_API_URL": "http://SITE"
          +       }
          +     }
          +   }
          + }
        Write this change? [Y/n] [y]
        ✓ Written. Cursor reloads it by itself; Settings > MCP shows whether it connects."#]]
    .assert_eq(&steady(&talk.transcript, &site, &answers));
    assert_eq!(talk.code, Some(0));
    assert!(home.read("cursor").contains(TEMPO_TOKEN));
}

#[test]
fn answering_no_changes_nothing() {
    if !has_script() {
        return;
    }
    let (site, home) = (Site::start_now(), Home::new("no"));
    home.write("cursor", "{}");
    let answers = [("Install tempo-mcp in Cursor? [Y/n] ", "y"), ("Write this change? [Y/n] ", "n")];
    let asked = talk(&home, &site, "--sandbox install", &answers);
    assert_eq!(asked.code, Some(1), "{}", asked.transcript);
    assert_eq!(home.read("cursor"), "{}");
}
