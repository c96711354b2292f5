//! `tempo-mcp doctor` with one thing broken at a time: it names that thing, and nothing else.
//!
//! The whole outputs are in `doctor/`. What needs another host or another clock is tested in core.

use std::{net::TcpListener, process::Command};

use expect_test::expect_file;
use serde_json::{Value, json};
use tempo_sandbox::{
    COLLEAGUE_EMAIL, COLLEAGUE_JIRA_TOKEN, JIRA_SCOPED_TOKEN, OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET,
    TEMPO_VIEW_TOKEN, TEMPO_WORKLOGS_TOKEN,
};

use crate::{
    network::{refusing_proxy, self_signed},
    program::{Run, finish},
    site::Site,
};

/// A home folder without any client.
const EMPTY_HOME: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/empty-home");

/// Examines a site with the account field set, as on a well configured one, and without any client.
fn doctor(site: &Site) -> Command {
    let mut res = site.program();
    res.env("HOME", EMPTY_HOME).env("USERPROFILE", EMPTY_HOME);
    for name in ["XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "CLAUDE_CONFIG_DIR"] {
        res.env_remove(name);
    }
    res.arg("doctor").env("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", "10039");
    res
}

/// Checks the whole output against the file, and the names of its problems.
fn check(name: &str, command: &mut Command, faults: &[&str]) {
    let run = finish(command);
    assert_eq!(run.err, "", "{name}");
    let (head, body) = run.out.split_once('\n').unwrap();
    assert!(head.starts_with("tempo-mcp doctor"), "{head}");
    expect_file![format!("doctor/{name}.txt")].assert_eq(body.trim_start());
    assert_eq!(found(&run), faults, "{name}");
    assert_eq!(run.code, Some(i32::from(!faults.is_empty())), "{name}");
    for secret in ["sandbox-", "@example.com", "Novak", "Raman", "00000000"] {
        assert!(!run.out.contains(secret), "{name} shows {secret}");
    }
}

/// The names of the checks marked with ✗.
fn found(run: &Run) -> Vec<String> {
    let lines = run.out.lines().filter_map(|it| it.trim_start().strip_prefix("✗ "));
    lines.map(|it| it.split("  ").next().unwrap().to_owned()).collect()
}

#[test]
fn healthy_site_has_no_problems() {
    check("nothing", &mut doctor(&Site::start_now()), &[]);
}

#[test]
fn wrong_tokens_are_named() {
    let site = Site::start_now();
    check("tempo-token", doctor(&site).env("TEMPO_API_TOKEN", "wrong"), &["Token"]);
    check("jira-token", doctor(&site).env("JIRA_API_TOKEN", "wrong"), &["Sign-in"]);
    let mut other = doctor(&site);
    other.env("JIRA_EMAIL", COLLEAGUE_EMAIL).env("JIRA_API_TOKEN", COLLEAGUE_JIRA_TOKEN);
    check("other-person", &mut other, &["Same person"]);
    check("token-with-scopes", doctor(&site).env("JIRA_API_TOKEN", JIRA_SCOPED_TOKEN), &[]);
    let mut blocked = doctor(&site);
    blocked
        .env("JIRA_API_TOKEN", JIRA_SCOPED_TOKEN)
        .env("ATLASSIAN_API_URL", format!("http://127.0.0.1:{}", closed_port()));
    check("gateway-blocked", &mut blocked, &["Gateway"]);
    let mut signed_out = doctor(&site);
    signed_out
        .env("JIRA_AUTH_TYPE", "oauth")
        .env("JIRA_OAUTH_CLIENT_ID", OAUTH_CLIENT_ID)
        .env("JIRA_OAUTH_CLIENT_SECRET", OAUTH_CLIENT_SECRET);
    check("not-signed-in", &mut signed_out, &["Sign-in"]);
}

#[test]
fn missing_scopes_are_named() {
    let site = Site::start_now();
    check("view-only", doctor(&site).env("TEMPO_API_TOKEN", TEMPO_VIEW_TOKEN), &["Worklogs"]);
    let mut read_only = doctor(&site);
    read_only.env("TEMPO_API_TOKEN", TEMPO_VIEW_TOKEN).env("TEMPO_MCP_READ_ONLY", "true");
    check("read-only", &mut read_only, &[]);
    let mut narrow = doctor(&site);
    narrow.env("TEMPO_API_TOKEN", TEMPO_WORKLOGS_TOKEN);
    check("worklogs-only", &mut narrow, &["Schemes", "Accounts"]);
    for (scope, faults) in [
        ("worklogs", &["Worklogs"][..]),
        ("schemes", &["Schemes"]),
        ("accounts", &["Accounts"]),
        ("approvals", &[]),
        ("plans", &[]),
        ("teams", &[]),
    ] {
        site.settings(json!({"missing_scopes": [scope]}));
        check(&format!("no-{scope}"), &mut doctor(&site), faults);
    }
    site.settings(json!({"missing_scopes": []}));
    site.faults(on("/rest/api/3/field", json!({"type": "status", "status": 403})));
    check("jira-scope", &mut doctor(&site), &["Issues"]);
}

#[test]
fn wrong_account_field_is_named() {
    let site = Site::start_now();
    let with = |number: &str| {
        let mut res = doctor(&site);
        res.env("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", number);
        res
    };
    check("account-field-unknown", &mut with("99999"), &["Account field"]);
    check("account-field-of-another-kind", &mut with("10040"), &["Account field"]);
    check("account-field-not-set", &mut with(""), &[]);
}

#[test]
fn wrong_variables_are_named() {
    let site = Site::start_now();
    let mut command = doctor(&site);
    command.env("JIRA_EMAIL", "").env("TEMPO_REGION", "Mars");
    check("variables", &mut command, &["Variable", "Variable"]);
}

#[test]
fn unexpected_responses_are_named() {
    let site = Site::start_now();
    for (name, path, effect, faults) in [
        ("tempo-web-page", "/4/", json!({"type": "html200"}), &["Token"][..]),
        ("tempo-in-trouble", "/4/", json!({"type": "status", "status": 503}), &["Token"]),
        ("tempo-hangs-up", "/4/", json!({"type": "reset_before"}), &["Connection"]),
        (
            "tempo-redirects",
            "/4/",
            json!({"type": "redirect", "to": "https://elsewhere.example"}),
            &["Token"],
        ),
        ("one-read-fails", "/4/accounts", json!({"type": "cut_json"}), &["Accounts"]),
        ("jira-web-page", "/rest/", json!({"type": "html200"}), &["Sign-in"]),
        ("jira-refuses", "/myself", json!({"type": "status", "status": 500}), &["Sign-in"]),
    ] {
        site.faults(on(path, effect));
        check(name, &mut doctor(&site), faults);
    }
    let nothing = json!({"type": "status", "status": 404});
    site.faults(json!([{"path": "/_edge/", "effect": nothing}, {"path": "/rest/", "effect": nothing}]));
    check("wrong-site", &mut doctor(&site), &["Site"]);
}

fn on(path: &str, effect: Value) -> Value {
    json!([{"path": path, "effect": effect}])
}

#[test]
fn unreachable_hosts_are_explained() {
    let site = Site::start_now();
    check("unknown-host", doctor(&site).env("JIRA_BASE_URL", "https://acme.invalid"), &["Name"]);
    let closed = format!("http://127.0.0.1:{}", closed_port());
    check("nothing-listens", doctor(&site).env("TEMPO_BASE_URL", closed), &["Connection"]);
    check("certificate", doctor(&site).env("JIRA_BASE_URL", &self_signed().base), &["TLS"]);
    let mut proxied = doctor(&site);
    proxied.env("JIRA_BASE_URL", "https://acme.example.com").env("HTTPS_PROXY", refusing_proxy());
    check("proxy-refuses", &mut proxied, &["Proxy"]);
    let mut lost = doctor(&site);
    lost.env("JIRA_BASE_URL", "https://acme.example.com")
        .env("HTTPS_PROXY", "http://me:pw@proxy.invalid:3128");
    check("proxy-unknown", &mut lost, &["Proxy"]);
}

/// A port on which nothing listens: it was free a moment ago.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn wrong_clock_is_named() {
    let run = finish(&mut doctor(&Site::start()));
    assert_eq!((run.code, found(&run)), (Some(1), vec!["Clock".to_owned(), "Clock".to_owned()]));
    assert!(run.out.contains("this machine's clock is ") && run.out.contains(" days ahead of Tempo's"));
}

#[test]
fn rules_of_a_strict_site_are_listed() {
    let site = Site::start_now();
    site.settings(json!({
        "required_attributes": ["_WorkType_", "_Account_"], "remaining_estimate_required": true,
        "description_required": true, "max_seconds_per_day": 36000, "days_into_future": 7, "hide_time_zone": true,
    }));
    check("strict-site", &mut doctor(&site), &[]);
    site.settings(
        json!({"required_attributes": [], "global_configuration_refused": true, "no_schedule": "not_found"}),
    );
    check("secretive-site", &mut doctor(&site), &[]);
}

#[test]
fn json_report_has_the_same_findings() {
    let site = Site::start_now();
    let run = finish(doctor(&site).arg("--json").env("TEMPO_API_TOKEN", "wrong"));
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, &report["ok"]), (Some(1), &json!(false)));
    let checks =
        report["sections"].as_array().unwrap().iter().flat_map(|it| it["checks"].as_array().unwrap());
    let bad: Vec<&Value> = checks.filter(|it| it["mark"] == "bad").collect();
    assert_eq!(bad.len(), 1);
    assert_eq!(bad[0]["name"], "Token");
    assert!(bad[0]["advice"].as_str().unwrap().contains("API Integration"));
}

#[test]
fn simulation_in_the_process_has_no_problems() {
    let run = crate::program::run(&["--sandbox", "doctor"]);
    assert_eq!((run.code, found(&run).len()), (Some(0), 0), "{}", run.out);
}
