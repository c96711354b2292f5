//! The section of `doctor` about the clients in which the server is installed.

use expect_test::expect;

use crate::{
    home::Home,
    program::{Run, finish, program},
    site::Site,
};

/// The last section of the report, without the summary after it.
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
fn doctor_lists_each_client_and_whether_it_starts() {
    let (site, home) = (Site::start_now(), Home::new("installed"));
    expect![[r#"
        Installed in
          – Clients         not installed in any client yet
                            → Run `tempo-mcp install` to add it to one."#]]
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
                            → Run `tempo-mcp install claude-desktop` to replace it in place.
          ✗ Claude Code     its command cannot be started: No such file or directory (os error 2)
                            → Run `tempo-mcp install claude-code` to write the path of this program.
          ✓ Cursor          starts version VERSION; all required variables are set
          ✓ VS Code         starts version VERSION; all required variables are set
          ✗ Windsurf        starts, but these variables are missing or wrong: JIRA_BASE_URL, JIRA_EMAIL,
                            JIRA_API_TOKEN
                            → Run `tempo-mcp install windsurf` to be asked for them."#]]
    .assert_eq(&installed(&run));
    home.write("claude-desktop", "{");
    expect![[r#"
        Installed in
          ✗ Claude Desktop  ~/.config/Claude/claude_desktop_config.json is not JSON (line 1): Unterminated
                            object
                            → Fix the file: Claude Desktop cannot read its servers."#]]
    .assert_eq(installed(&doctor(&home, &site)).split("\n  ✗ Claude Code").next().unwrap());
}

#[cfg(unix)]
#[test]
fn command_that_exits_or_speaks_no_mcp_is_named() {
    use std::os::unix::fs::PermissionsExt;

    let (site, home) = (Site::start_now(), Home::new("impostors"));
    let program = home.path().join("tempo-mcp");
    let mut sections = Vec::new();
    for script in ["#!/bin/sh\nexit 0\n", "#!/bin/sh\necho hello\nexec sleep 60\n"] {
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        home.write("cursor", &entry(program.to_str().unwrap(), ""));
        sections.push(installed(&doctor(&home, &site)));
    }
    expect![[r#"
        Installed in
          ✗ Cursor          its command exits at once instead of responding
                            → Run `tempo-mcp install cursor` to write the path of this program.
        Installed in
          ✗ Cursor          its command starts, but does not speak MCP
                            → Run `tempo-mcp install cursor` to write the path of this program."#]]
    .assert_eq(&sections.join("\n"));
}

/// In a terminal without variables, the values come from a client's file.
#[test]
fn without_variables_those_of_a_client_are_examined() {
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
