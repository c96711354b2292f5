//! `tempo-mcp install` and `uninstall` on copies of five clients' configurations, broken ones included.

use std::{fs, process::Command};

use expect_test::{expect, expect_file};
use tempo_sandbox::{JIRA_TOKEN, TEMPO_TOKEN};

use crate::{
    home::Home,
    program::{Run, finish, program},
    site::Site,
};

const CLIENTS: [&str; 5] = ["claude-desktop", "claude-code", "cursor", "vscode", "windsurf"];

/// A configuration in use: `install/CLIENT.json`, with the values of the site filled in.
fn fixture(client: &str, site: &Site) -> String {
    let path = format!("{}/tests/it/install/{client}.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    // A file that was last saved on Windows.
    let text = if client == "windsurf" { text.replace('\n', "\r\n") } else { text };
    text.replace("TEMPO_TOKEN_HERE", TEMPO_TOKEN)
        .replace("JIRA_TOKEN_HERE", JIRA_TOKEN)
        .replace("SITE_HERE", &site.base())
}

/// The text with fixed names for what differs from run to run.
fn steady(text: &str, site: &Site) -> String {
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_tempo-mcp")).unwrap();
    let program = program.to_str().unwrap().trim_start_matches(r"\\?\").replace('\\', "\\\\");
    let backup = |line: &str| match line.split_once(".backup-") {
        Some((before, after)) => format!("{before}.backup-TIME.{}", after.split_once('.').unwrap().1),
        None => line.to_owned(),
    };
    let text = text.replace(&site.base(), "http://SITE").replace(&program, "/PROGRAM").replace('\r', "␍");
    text.split_inclusive('\n').map(backup).collect()
}

fn at(home: &Home, command: &mut Command, arguments: &[&str]) -> Run {
    home.set(command);
    finish(command.args(arguments))
}

/// Runs the program with all required variables in the environment.
fn with_site(home: &Home, site: &Site, arguments: &[&str]) -> Run {
    at(home, &mut site.program(), arguments)
}

fn done(run: &Run) {
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    for secret in [TEMPO_TOKEN, JIRA_TOKEN, "not-for-anybody-else"] {
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "a secret is shown: {}", run.out);
    }
}

#[test]
fn install_creates_a_missing_file() {
    let (site, home) = (Site::start_now(), Home::new("nothing"));
    for client in CLIENTS {
        let run = with_site(&home, &site, &["install", client, "--yes"]);
        done(&run);
        expect_file![format!("install/{client}.fresh.txt")].assert_eq(&steady(&home.read(client), &site));
        assert!(home.backups(client).is_empty(), "there was no previous file");
        let again = with_site(&home, &site, &["install", client, "--yes"]);
        assert!(again.out.contains("nothing to change"), "{}", again.out);
    }
}

#[test]
fn install_keeps_what_is_in_the_file() {
    let (site, home) = (Site::start_now(), Home::new("copies"));
    for client in CLIENTS {
        let before = fixture(client, &site);
        home.write(client, &before);
        let run = with_site(&home, &site, &["install", client, "--yes"]);
        done(&run);
        expect_file![format!("install/{client}.after.txt")].assert_eq(&steady(&home.read(client), &site));
        // Whether others can read a new file depends on the machine.
        let shown: String =
            run.out.split_inclusive('\n').filter(|it| !it.starts_with("Only you can read")).collect();
        expect_file![format!("install/{client}.shown.txt")].assert_eq(&steady(&shown, &site));
        let [backup] = home.backups(client).try_into().unwrap();
        assert_eq!(fs::read_to_string(backup).unwrap(), before);
    }
}

#[test]
fn uninstall_restores_the_previous_file() {
    let (site, home) = (Site::start_now(), Home::new("out"));
    // The other two had the TypeScript server, which does not come back.
    for client in ["claude-code", "vscode", "windsurf"] {
        let before = fixture(client, &site);
        home.write(client, &before);
        done(&with_site(&home, &site, &["install", client, "--yes"]));
        let removed = at(&home, &mut program(), &["uninstall", client, "--yes"]);
        done(&removed);
        let held = match client {
            "vscode" => "It holds none of your tokens for Tempo and Jira.",
            _ => "It holds TEMPO_API_TOKEN and JIRA_API_TOKEN: delete it once you don't need it.",
        };
        assert!(removed.out.contains(held), "{client}: {}", removed.out);
        assert_eq!(home.read(client), before, "{client}");
        let again = at(&home, &mut program(), &["uninstall", client, "--yes"]);
        assert!(again.out.contains("nothing to change"), "{}", again.out);
    }
}

#[test]
fn print_writes_nothing() {
    let (site, home) = (Site::start_now(), Home::new("print"));
    for client in CLIENTS {
        home.write(client, &fixture(client, &site));
        let run = with_site(&home, &site, &["install", client, "--print"]);
        done(&run);
        assert!(run.out.contains("+ "), "{}", run.out);
        assert_eq!(home.read(client), fixture(client, &site));
        assert!(home.backups(client).is_empty());
    }
}

/// VS Code asks for the tokens itself, so the environment need not have them.
#[test]
fn client_that_asks_for_secrets_needs_none_at_install() {
    let (site, home) = (Site::start_now(), Home::new("inputs"));
    let mut command = site.program();
    command.env_remove("TEMPO_API_TOKEN").env_remove("JIRA_API_TOKEN");
    let run = at(&home, &mut command, &["install", "vscode", "--yes"]);
    done(&run);
    assert!(run.err.contains("Not checked"), "{}", run.err);
    assert!(home.read("vscode").contains("${input:tempo-token}"));
}

#[test]
fn client_asks_for_the_secret_of_the_sign_in_method() {
    let home = Home::new("ways");
    let shown = |kind: &str| {
        let run = at(&home, program().env("JIRA_AUTH_TYPE", kind), &["install", "vscode", "--print"]);
        (run.out.contains("${input:jira-token}"), run.out.contains("${input:jira-client-secret}"))
    };
    assert_eq!(shown("basic"), (true, false));
    assert_eq!(shown("oauth"), (false, true));
}

/// Works without accounts, to see what the entry would look like.
#[test]
fn print_shows_missing_values_by_name() {
    let home = Home::new("names-shown");
    let run = at(&home, &mut program(), &["install", "windsurf", "--print"]);
    done(&run);
    assert!(run.out.contains(r#""JIRA_BASE_URL": "<JIRA_BASE_URL>""#), "{}", run.out);
    assert!(!home.file("windsurf").exists());
}

#[test]
fn broken_file_is_refused_and_unchanged() {
    let (site, home) = (Site::start_now(), Home::new("broken"));
    for client in CLIENTS {
        for text in
            ["{", "{\"mcpServers\": {}} trailing", "[]", "\"text\"", "{'a': 1}", "{\"a\": 1 \"b\": 2}"]
        {
            home.write(client, text);
            refused(&home, &site, client);
            assert_eq!(home.read(client), text);
        }
        let servers = if client == "vscode" { "servers" } else { "mcpServers" };
        home.write(client, &format!("{{\"{servers}\": [1, 2]}}"));
        refused(&home, &site, client);
        fs::write(home.file(client), b"\xff\xfe{}").unwrap();
        refused(&home, &site, client);
        assert_eq!(fs::read(home.file(client)).unwrap(), b"\xff\xfe{}");
        assert!(home.backups(client).is_empty());
    }
}

fn refused(home: &Home, site: &Site, client: &str) -> String {
    let run = with_site(home, site, &["install", client, "--yes"]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{}", run.err);
    run.err
}

#[test]
fn refusal_names_file_and_line() {
    let (site, home) = (Site::start_now(), Home::new("why"));
    home.write("cursor", "{\n  \"mcpServers\": {\n");
    expect![[r#"
        Cursor: ~/.cursor/mcp.json is not JSON (line 2): Unterminated object
    "#]]
    .assert_eq(&refused(&home, &site, "cursor"));
}

#[test]
fn a_server_named_twice_is_refused() {
    let (site, home) = (Site::start_now(), Home::new("twice"));
    let text = r#"{"mcpServers": {"tempo": {"command": "a"}, "tempo": {"command": "b"}}}"#;
    home.write("cursor", text);
    expect![[r#"
        Cursor: ~/.cursor/mcp.json has "tempo" twice in one object; delete one of the two and try again
    "#]]
    .assert_eq(&refused(&home, &site, "cursor"));
    assert_eq!(fs::read_to_string(home.file("cursor")).unwrap(), text);
}

#[cfg(unix)]
#[test]
fn links_and_write_protected_files_are_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let (site, home) = (Site::start_now(), Home::new("links"));
    home.write("cursor", "{}");
    fs::set_permissions(home.file("cursor"), fs::Permissions::from_mode(0o444)).unwrap();
    assert!(refused(&home, &site, "cursor").contains("write-protected"));
    let target = home.path().join("dotfiles.json");
    fs::write(&target, "{}").unwrap();
    fs::create_dir_all(home.file("windsurf").parent().unwrap()).unwrap();
    symlink(&target, home.file("windsurf")).unwrap();
    assert!(refused(&home, &site, "windsurf").contains("link"));
    assert_eq!(fs::read_to_string(target).unwrap(), "{}");
}

#[cfg(unix)]
#[test]
fn files_with_secrets_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let (site, home) = (Site::start_now(), Home::new("modes"));
    let mode = |client: &str| fs::metadata(home.file(client)).unwrap().permissions().mode() & 0o777;
    done(&with_site(&home, &site, &["install", "cursor", "--yes"]));
    assert_eq!(mode("cursor"), 0o600, "a new file");
    let open = |client: &str| {
        fs::set_permissions(home.file(client), fs::Permissions::from_mode(0o644)).unwrap();
    };
    home.write("windsurf", "{}");
    open("windsurf");
    let said = |arguments: &[&str]| {
        let run = with_site(&home, &site, arguments);
        done(&run);
        run.out.contains(
            "Only you can read this file from now on, since it holds TEMPO_API_TOKEN and JIRA_API_TOKEN.",
        )
    };
    assert!(!said(&["install", "windsurf", "--print"]));
    assert_eq!(mode("windsurf"), 0o644, "only shown");
    assert!(said(&["install", "windsurf", "--yes"]));
    assert_eq!(mode("windsurf"), 0o600, "tightened");
    open("windsurf");
    assert!(said(&["install", "windsurf", "--yes"]), "nothing to change but the permissions");
    assert_eq!(mode("windsurf"), 0o600);
    // VS Code stores the tokens itself.
    home.write("vscode", "{}");
    open("vscode");
    done(&with_site(&home, &site, &["install", "vscode", "--yes"]));
    assert_eq!(mode("vscode"), 0o644, "without secrets, unchanged");
    let [backup] = home.backups("windsurf").try_into().unwrap();
    assert_eq!(fs::metadata(backup).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn install_leaves_exactly_one_entry() {
    let (site, home) = (Site::start_now(), Home::new("two"));
    let before = fixture("cursor", &site).replace(
        "\"figma\"",
        "\"mine\": { \"command\": \"/old/tempo-mcp\", \"env\": {} },\n        \"figma\"",
    );
    home.write("cursor", &before);
    done(&with_site(&home, &site, &["install", "cursor", "--yes"]));
    let after = steady(&home.read("cursor"), &site);
    assert_eq!((after.matches("/PROGRAM").count(), after.contains("\"mine\"")), (1, false), "{after}");
    assert!(after.contains("\"tempo\"") && after.contains("\"figma\"") && !after.contains("build/index.js"));
}

#[test]
fn name_of_another_server_is_not_taken() {
    let (site, home) = (Site::start_now(), Home::new("names"));
    home.write("cursor", r#"{"mcpServers": {"tempo": {"command": "metronome"}}}"#);
    done(&with_site(&home, &site, &["install", "cursor", "--yes"]));
    let after = home.read("cursor");
    assert!(after.contains("metronome") && after.contains("\"tempo-mcp\":"), "{after}");
}

#[test]
fn hosted_service_is_installed_by_its_url() {
    let (site, home) = (Site::start_now(), Home::new("hosted"));
    let url = "https://tempo.example.com/mcp/u_personal";
    for client in ["claude-code", "cursor", "vscode", "windsurf"] {
        home.write(client, &fixture(client, &site));
        let run = at(&home, &mut program(), &["install", client, "--remote", url, "--yes"]);
        done(&run);
        assert!(!run.out.contains("u_personal"), "the personal URL is a secret: {}", run.out);
        expect_file![format!("install/{client}.hosted.txt")].assert_eq(&steady(&home.read(client), &site));
        let removed = at(&home, &mut program(), &["uninstall", client, "--yes"]);
        done(&removed);
        assert!(removed.out.contains("It holds your personal URL: delete it"), "{}", removed.out);
        assert!(!home.read(client).contains("u_personal"));
    }
    let desktop = at(&home, &mut program(), &["install", "claude-desktop", "--remote", url, "--yes"]);
    assert_eq!(desktop.code, Some(1));
    assert!(desktop.err.contains("Connectors") && !desktop.err.contains("u_personal"), "{}", desktop.err);
    let open = at(
        &home,
        &mut program(),
        &["install", "cursor", "--remote", "http://tempo.example.com/mcp/u_personal"],
    );
    assert_ne!(open.code, Some(0));
}

#[test]
fn refused_tokens_are_not_written() {
    let (site, home) = (Site::start_now(), Home::new("wrong"));
    home.write("cursor", "{}");
    let run = at(&home, site.program().env("TEMPO_API_TOKEN", "wrong"), &["install", "cursor", "--yes"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("✗ Token") && run.err.contains("is unchanged"), "{}", run.err);
    assert_eq!(home.read("cursor"), "{}");
    let tried = at(&home, site.program().env("JIRA_API_TOKEN", "wrong"), &["install", "vscode", "--yes"]);
    assert_eq!((tried.code, tried.err.contains("✗ Sign-in")), (Some(1), true), "{}", tried.err);
    assert!(!home.file("vscode").exists());
}

/// The missing scope is reported, and the other tools work.
#[test]
fn missing_scope_does_not_stop_the_installation() {
    let (site, home) = (Site::start_now(), Home::new("scope"));
    site.settings(serde_json::json!({"missing_scopes": ["accounts"]}));
    let run = with_site(&home, &site, &["install", "cursor", "--yes"]);
    assert_eq!((run.code, run.err.contains("✗ Accounts")), (Some(0), true), "{}", run.err);
    site.settings(serde_json::json!({"missing_scopes": ["worklogs"]}));
    assert_eq!(with_site(&home, &site, &["install", "windsurf", "--yes"]).code, Some(1));
}

#[test]
fn all_missing_values_are_named_without_a_terminal() {
    let home = Home::new("missing");
    home.write("cursor", "{}");
    let run = at(&home, &mut program(), &["install", "cursor", "--yes"]);
    assert_eq!(run.code, Some(1));
    for name in ["TEMPO_API_TOKEN", "JIRA_BASE_URL", "JIRA_EMAIL", "JIRA_API_TOKEN"] {
        assert!(run.err.contains(name), "{}", run.err);
    }
    let no_terminal = at(&home, &mut program(), &["install", "cursor"]);
    assert_eq!((no_terminal.code, no_terminal.err.contains("--yes")), (Some(2), true), "{}", no_terminal.err);
}

#[test]
fn without_a_name_every_client_found_is_installed() {
    let (site, home) = (Site::start_now(), Home::new("every"));
    home.write("cursor", "{}");
    home.write("windsurf", "{}");
    let run = with_site(&home, &site, &["install", "--yes"]);
    done(&run);
    assert!(home.read("cursor").contains("tempo") && home.read("windsurf").contains("tempo"));
    assert!(!home.file("vscode").exists() && !home.file("claude-code").exists());
    let nowhere = with_site(&Home::new("nowhere"), &site, &["install", "--yes"]);
    assert_eq!((nowhere.code, nowhere.err.contains("claude-desktop")), (Some(2), true));
}

#[test]
fn simulated_data_needs_no_questions() {
    let home = Home::new("sandbox");
    let run = at(&home, &mut program(), &["--sandbox", "install", "cursor", "--yes"]);
    done(&run);
    assert!(home.read("cursor").contains("--sandbox"), "{}", home.read("cursor"));
    let site = Site::start_now();
    done(&with_site(&home, &site, &["install", "cursor", "--yes"]));
    let real = home.read("cursor");
    assert!(!real.contains("--sandbox") && real.contains(&site.base()), "{real}");
}
