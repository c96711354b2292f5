//! What the doctor tells about the clients in which the server is installed.

use expect_test::expect;

use crate::{
    home::Home,
    program::{Run, finish, program},
    site::Site,
};

/// The last section, without the count behind it.
fn installed(run: &Run) -> String {
    let (_, section) = run.out.split_once("\nInstalled in\n").unwrap();
    let (section, _) = section.split_once("\n\n").unwrap();
    format!("Installed in\n{}", section.replace(env!("CARGO_PKG_VERSION"), "VERSION"))
}

fn doctor(home: &Home, site: &Site) -> Run {
    let mut command = site.program();
    home.set(&mut command);
    finish(command.arg("doctor"))
}

fn install(home: &Home, site: &Site, client: &str) {
    let mut command = site.program();
    home.set(&mut command);
    let run = finish(command.args(["install", client, "--yes"]));
    assert_eq!(run.code, Some(0), "{}", run.err);
}

fn entry(command: &str, env: &str) -> String {
    format!(r#"{{"mcpServers": {{"tempo": {{"command": {command:?}, "env": {{{env}}}}}}}}}"#)
}

#[test]
fn each_client_and_whether_it_would_start_it() {
    let (site, home) = (Site::start_now(), Home::new("installed"));
    expect![[r#"
        Installed in
          – Clients         in none yet
                            → `tempo-mcp install` puts it into one."#]]
    .assert_eq(&installed(&doctor(&home, &site)));
    install(&home, &site, "cursor");
    install(&home, &site, "vscode");
    let program = env!("CARGO_BIN_EXE_tempo-mcp");
    home.write("windsurf", &entry(program, r#""TEMPO_API_TOKEN": "x", "JIRA_EMAIL": "nobody""#));
    home.write("claude-code", &entry("/nowhere/tempo-mcp", ""));
    let typescript =
        r#"{"mcpServers": {"t": {"command": "npx", "args": ["-y", "@ivelin-web/tempo-mcp-server"]}}}"#;
    home.write("claude-desktop", typescript);
    let run = doctor(&home, &site);
    assert_eq!(run.code, Some(1));
    expect![[r#"
        Installed in
          – Claude Desktop  has the TypeScript server, which this program replaces
                            → `tempo-mcp install claude-desktop` replaces it in place.
          ✗ Claude Code     its command cannot be started: No such file or directory (os error 2)
                            → `tempo-mcp install claude-code` writes this program's path.
          ✓ Cursor          starts version VERSION; everything needed is set
          ✓ VS Code         starts version VERSION; everything needed is set
          ✗ Windsurf        starts, but with these variables missing or wrong: JIRA_BASE_URL, JIRA_EMAIL,
                            JIRA_API_TOKEN
                            → `tempo-mcp install windsurf` asks for them."#]]
    .assert_eq(&installed(&run));
    home.write("claude-desktop", "{");
    expect![[r#"
        Installed in
          ✗ Claude Desktop  ~/.config/Claude/claude_desktop_config.json is not JSON (line 1): Unterminated
                            object
                            → Mend it: Claude Desktop reads no server from it as it is."#]]
    .assert_eq(installed(&doctor(&home, &site)).split("\n  ✗ Claude Code").next().unwrap());
}

#[cfg(unix)]
#[test]
fn programs_that_end_or_say_something_else() {
    use std::os::unix::fs::PermissionsExt;

    let (site, home) = (Site::start_now(), Home::new("impostors"));
    let program = home.path().join("tempo-mcp");
    let mut told = Vec::new();
    for script in ["#!/bin/sh\nexit 0\n", "#!/bin/sh\necho hello\nexec sleep 60\n"] {
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        home.write("cursor", &entry(program.to_str().unwrap(), ""));
        told.push(installed(&doctor(&home, &site)));
    }
    expect![[r#"
        Installed in
          ✗ Cursor          its command ends at once instead of answering
                            → `tempo-mcp install cursor` writes this program's path.
        Installed in
          ✗ Cursor          its command starts, but answers something else than MCP
                            → `tempo-mcp install cursor` writes this program's path."#]]
    .assert_eq(&told.join("\n"));
}

/// Whoever looks from a terminal has set nothing there: the values are in the client's file.
#[test]
fn in_a_bare_terminal_the_clients_values_are_looked_at() {
    let (site, home) = (Site::start_now(), Home::new("bare"));
    install(&home, &site, "cursor");
    let mut bare = program();
    home.set(&mut bare);
    let run = finish(bare.arg("doctor"));
    assert_eq!(run.code, Some(0), "{}", run.out);
    assert!(run.out.contains("Taken from      Cursor's configuration"), "{}", run.out);
    site.settings(serde_json::json!({"missing_scopes": ["schemes"]}));
    let mut bare = program();
    home.set(&mut bare);
    assert!(finish(bare.arg("doctor")).out.contains("✗ Schemes"));
}
