//! Without a configuration: it starts, it lists, and every call says all that is missing.

use std::collections::BTreeSet;

use expect_test::expect;
use serde_json::json;

use crate::{
    program::{finish, program, run},
    session::Session,
};

#[test]
fn the_server_starts_lists_its_tools_and_every_call_says_all_that_is_missing() {
    let mut session = Session::start(program().arg("stdio"));
    session.initialize();
    let listed = session.request("tools/list", json!({}));
    let names: Vec<&str> =
        listed["result"]["tools"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 8);
    let said = names.iter().map(|name| {
        let refused = session.call(name, json!({}));
        assert_eq!(refused["isError"], true);
        refused["content"][0]["text"].as_str().unwrap().to_owned()
    });
    let said: BTreeSet<String> = said.collect();
    assert_eq!(said.len(), 1, "every tool says the same");
    let said = said.first().unwrap();
    expect![[r#"
        tempo-mcp is not set up yet:
        - TEMPO_API_TOKEN is missing: Tempo API token: Tempo > Settings > API Integration
        - JIRA_BASE_URL is missing: your Jira site, like https://acme.atlassian.net
        - JIRA_EMAIL is missing: the e-mail address of your Atlassian account (basic only)
        - JIRA_API_TOKEN is missing: Jira API token, classic or scoped: Atlassian account > Security > API tokens
        Set these environment variables where the client starts the server (in its "env" section), and restart the client. `tempo-mcp install` does this for you, and `tempo-mcp doctor` checks the result. The Tempo token needs the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration."#]].assert_eq(said);
    let ended = session.end();
    assert_eq!((ended.code, ended.err.trim_end()), (Some(0), said.as_str()));
}

#[test]
fn what_is_wrong_is_said_without_repeating_the_value() {
    let mut command = program();
    command.args(["call", "searchIssues"]).envs([
        ("TEMPO_API_TOKEN", "${TEMPO_API_TOKEN}"),
        ("JIRA_BASE_URL", "http://acme.example.com"),
        ("JIRA_EMAIL", "secret-in-the-wrong-place"),
        ("JIRA_API_TOKEN", "two words"),
        ("TEMPO_BASE_URL", "ftp://api.example.com"),
        ("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", "Account"),
        ("TEMPO_MCP_READ_ONLY", "perhaps"),
        ("TEMPO_MCP_PACING", ""),
    ]);
    let refused = finish(&mut command);
    assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
    expect![[r#"
        tempo-mcp is not set up yet:
        - TEMPO_API_TOKEN is missing: Tempo API token: Tempo > Settings > API Integration
        - JIRA_BASE_URL must begin with https://, because credentials are sent there (http is only for this machine)
        - JIRA_EMAIL is not an e-mail address
        - JIRA_API_TOKEN contains a space or another character that no token has; paste it again
        - JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID must be the number of a custom field, like 10234
        - TEMPO_BASE_URL must begin with https://
        - TEMPO_MCP_READ_ONLY must be true or false
        Set these environment variables where the client starts the server (in its "env" section), and restart the client. `tempo-mcp install` does this for you, and `tempo-mcp doctor` checks the result. The Tempo token needs the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration.
    "#]].assert_eq(&refused.err);
}

#[test]
fn tools_and_help_need_no_configuration() {
    for arguments in [&["tools"][..], &["--help"], &["call", "--help"], &["call", "createWorklog", "--help"]]
    {
        let done = run(arguments);
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}
