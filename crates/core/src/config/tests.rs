use std::collections::HashMap;

use expect_test::expect;

use super::*;

const WHOLE: [(&str, &str); 4] = [
    ("TEMPO_API_TOKEN", "tempo-secret"),
    ("JIRA_BASE_URL", "acme.atlassian.net"),
    ("JIRA_EMAIL", "someone@example.com"),
    ("JIRA_API_TOKEN", "jira-secret"),
];

fn load(pairs: &[(&str, &str)]) -> Loaded {
    let map: HashMap<String, String> = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    Loaded::from_lookup(&|name| map.get(name).cloned())
}

fn with(more: &[(&str, &str)]) -> Loaded {
    let mut pairs = WHOLE.to_vec();
    pairs.extend_from_slice(more);
    load(&pairs)
}

fn errors(loaded: Loaded) -> String {
    let lines: Vec<String> = loaded.config.unwrap_err().0.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn all_missing_variables_are_reported_at_once() {
    expect![[r#"
        TEMPO_API_TOKEN is missing: Tempo API token: Tempo > Settings > API Integration
        JIRA_BASE_URL is missing: your Jira site, like https://acme.atlassian.net
        JIRA_EMAIL is missing: the e-mail address of your Atlassian account (basic only)
        JIRA_API_TOKEN is missing: Jira API token, classic or scoped: Atlassian account > Security > API tokens"#]].assert_eq(&errors(load(&[("TEMPO_API_TOKEN", "  "), ("JIRA_EMAIL", "${JIRA_EMAIL}")])));
}

#[test]
fn all_invalid_values_are_reported_at_once() {
    let wrong = with(&[
        ("TEMPO_API_TOKEN", "two words"),
        ("JIRA_EMAIL", "me"),
        ("TEMPO_BASE_URL", "http://api.tempo.io"),
        ("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", "Account"),
        ("TEMPO_MCP_READ_ONLY", "maybe"),
        ("TEMPO_MCP_PACING", "fast"),
    ]);
    assert!(wrong.read_only, "an invalid value forbids writing as well");
    expect![[r#"
        TEMPO_API_TOKEN contains a space or another character that no token has; paste it again
        JIRA_EMAIL is not an e-mail address
        JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID must be the number of a custom field, like 10234
        TEMPO_BASE_URL must begin with https://, because credentials are sent there (http is only for this machine)
        TEMPO_MCP_READ_ONLY must be true or false
        TEMPO_MCP_PACING must be true or false"#]]
    .assert_eq(&errors(wrong));
    assert!(errors(with(&[("JIRA_AUTH_TYPE", "magic")])).contains("basic, bearer or oauth"));
}

#[test]
fn defaults_apply_and_values_are_normalized() {
    let config = with(&[]).config.unwrap();
    assert_eq!(config.tempo.base.as_str(), "https://api.tempo.io/");
    assert_eq!(config.jira.gateway.as_str(), "https://api.atlassian.com/");
    assert!(config.pacing && config.jira.account_field.is_none());

    let set = with(&[
        ("TEMPO_BASE_URL", "https://api.eu.tempo.io/4/"),
        ("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", "customfield_10234"),
        ("TEMPO_MCP_PACING", "off"),
        ("TEMPO_MCP_READ_ONLY", "1"),
    ]);
    assert!(set.read_only);
    let config = set.config.unwrap();
    assert_eq!(config.tempo.base.as_str(), "https://api.eu.tempo.io/");
    assert_eq!(config.jira.account_field.as_deref(), Some("customfield_10234"));
    assert!(!config.pacing);
}

#[test]
fn region_is_a_short_form_of_the_address() {
    for (region, base) in [
        ("global", "https://api.tempo.io/"),
        ("eu", "https://api.eu.tempo.io/"),
        ("US", "https://api.us.tempo.io/"),
    ] {
        let config = with(&[("TEMPO_REGION", region)]).config.unwrap();
        assert_eq!(config.tempo.base.as_str(), base);
        let both = with(&[("TEMPO_REGION", region), ("TEMPO_BASE_URL", base)]);
        assert_eq!(both.config.unwrap().tempo.base.as_str(), base, "both are the same address");
    }
    expect!["TEMPO_REGION must be global, eu or us"].assert_eq(&errors(with(&[("TEMPO_REGION", "Europe")])));
    expect!["TEMPO_REGION and TEMPO_BASE_URL are different addresses; remove one of them"]
        .assert_eq(&errors(with(&[("TEMPO_REGION", "eu"), ("TEMPO_BASE_URL", "https://api.us.tempo.io/4")])));
    expect!["TEMPO_BASE_URL must begin with https://"]
        .assert_eq(&errors(with(&[("TEMPO_REGION", "eu"), ("TEMPO_BASE_URL", "ftp://api.tempo.io")])));
}

#[test]
fn bearer_needs_no_email() {
    let pairs = [
        ("TEMPO_API_TOKEN", "t"),
        ("JIRA_BASE_URL", "a.example"),
        ("JIRA_API_TOKEN", "j"),
        ("JIRA_AUTH_TYPE", "bearer"),
    ];
    assert!(matches!(load(&pairs).config.unwrap().jira.auth, JiraAuth::Bearer(_)));
}

/// Signing in needs no Jira token, and no Tempo token yet.
const OAUTH: [(&str, &str); 4] = [
    ("JIRA_BASE_URL", "acme.atlassian.net"),
    ("JIRA_AUTH_TYPE", "oauth"),
    ("JIRA_OAUTH_CLIENT_ID", "client"),
    ("JIRA_OAUTH_CLIENT_SECRET", "client-secret"),
];

#[test]
fn oauth_needs_an_app_and_no_jira_token() {
    let loaded = load(&OAUTH);
    assert_eq!(loaded.config.unwrap_err().0, [ConfigError::Missing("TEMPO_API_TOKEN")]);
    let JiraAuth::OAuth(app) = loaded.jira.unwrap().auth else { panic!("not oauth") };
    assert_eq!((app.client_id.as_str(), app.callback_port), ("client", 7788));
    assert_eq!(app.login.as_str(), "https://auth.atlassian.com/");

    let wrong = with(&[
        ("JIRA_AUTH_TYPE", "oauth"),
        ("JIRA_OAUTH_CALLBACK_PORT", "77880"),
        ("ATLASSIAN_AUTH_URL", "http://auth.atlassian.com"),
    ]);
    expect![[r#"
        JIRA_OAUTH_CLIENT_ID is missing: client id of your Atlassian app (oauth only)
        JIRA_OAUTH_CLIENT_SECRET is missing: secret of your Atlassian app (oauth only)
        JIRA_OAUTH_CALLBACK_PORT must be the number of a port, like 7788
        ATLASSIAN_AUTH_URL must begin with https://, because credentials are sent there (http is only for this machine)"#]]
    .assert_eq(&errors(wrong));
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}{:?}", with(&[]), load(&OAUTH));
    for secret in ["tempo-secret", "jira-secret", "client-secret", "someone@example.com"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
