//! Every error message: what happened, the vendor's own words, and what to do.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tempo_mcp_core::{
    config::Loaded,
    ports::{HttpClient, HttpError, HttpErrorKind, Ports},
    tools::{self, Context},
};
use tempo_sandbox::{Effect, Sandbox, Settings, TEMPO_VIEW_TOKEN, TEMPO_WORKLOGS_TOKEN};

use tempo_test_support::site::{Site, ports};

fn entry() -> Value {
    json!({"issueKey": "WEB-1", "date": "2026-03-18", "timeSpent": "1h"})
}

fn week() -> Value {
    json!({"startDate": "2026-03-16", "endDate": "2026-03-18"})
}

fn with(settings: impl FnOnce(&mut Settings)) -> Site {
    Site::with(&[], settings)
}

async fn check(site: Site, tool: &str, call: Value, expected: Expect) {
    let said = site.err(tool, call).await;
    expected.assert_eq(&said);
    for secret in ["sandbox-tempo", "sandbox-jira", "wrong-token", "@example.com"] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_jira_token() {
    let site = Site::with(&[("JIRA_API_TOKEN", "wrong-token")], |_| ());
    check(site, "retrieveWorklogs", week(), expect!["Jira does not accept JIRA_API_TOKEN for JIRA_EMAIL (401). One of them is wrong, or the token expired or was revoked, or JIRA_BASE_URL is another site. Create a token in Atlassian account > Security > API tokens."]).await;
}

#[tokio::test(start_paused = true)]
async fn wrong_jira_bearer_token() {
    let site = Site::with(&[("JIRA_API_TOKEN", "wrong-token"), ("JIRA_AUTH_TYPE", "bearer")], |_| ());
    check(site, "retrieveWorklogs", week(), expect!["Jira does not accept JIRA_API_TOKEN for JIRA_EMAIL (401). One of them is wrong, or the token expired or was revoked, or JIRA_BASE_URL is another site. Create a token in Atlassian account > Security > API tokens."]).await;
}

#[tokio::test(start_paused = true)]
async fn wrong_tempo_token() {
    let site = Site::with(&[("TEMPO_API_TOKEN", "wrong-token")], |_| ());
    check(site, "retrieveWorklogs", week(), expect!["Tempo does not accept TEMPO_API_TOKEN (401). The token is wrong, expired or revoked, or TEMPO_BASE_URL is the address of another region. Create a token in Tempo > Settings > API Integration."]).await;
}

#[tokio::test(start_paused = true)]
async fn wrong_region() {
    check(with(|it| it.wrong_region = true), "retrieveWorklogs", week(), expect!["Tempo does not accept TEMPO_API_TOKEN (401). The token is wrong, expired or revoked, or TEMPO_BASE_URL is the address of another region. Create a token in Tempo > Settings > API Integration."]).await;
}

#[tokio::test(start_paused = true)]
async fn missing_scope_for_reading_the_schedule() {
    let site = Site::with(&[("TEMPO_API_TOKEN", TEMPO_WORKLOGS_TOKEN)], |_| ());
    check(site, "getMissingWorklogDays", week(), expect![[r#"Tempo refused this (403): "Forbidden The token does not have the scope for this request.". Either TEMPO_API_TOKEN lacks a scope, or you lack the permission in this project, or TEMPO_BASE_URL is the address of another region. The tools need the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration."#]]).await;
}

#[tokio::test(start_paused = true)]
async fn missing_scope_for_writing() {
    let site = Site::with(&[("TEMPO_API_TOKEN", TEMPO_VIEW_TOKEN)], |_| ());
    check(site, "createWorklog", entry(), expect![[r#"Tempo refused this (403): "Forbidden The token does not have the scope for this request.". Nothing was changed. Either TEMPO_API_TOKEN lacks a scope, or you lack the permission in this project, or TEMPO_BASE_URL is the address of another region. The tools need the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration."#]]).await;
}

#[tokio::test(start_paused = true)]
async fn jira_forbids() {
    let site = Site::new();
    site.fault("POST", "/search/jql", None, Effect::status(403));
    check(site, "searchIssues", json!({"text": "login"}), expect![[r#"Jira refused this (403): "HTTP 403". Either the account of JIRA_API_TOKEN may not do this, or a token with scopes lacks read:jira-work or read:jira-user."#]]).await;
}

#[tokio::test(start_paused = true)]
async fn site_that_is_not_jira() {
    let site = Site::new();
    site.fault("GET", "/rest/api/3/myself", None, Effect::Html200);
    check(site, "retrieveWorklogs", week(), expect!["Jira responded with a web page instead of data. Often a proxy or a sign-in page responds instead, or JIRA_BASE_URL is wrong."]).await;
}

#[tokio::test(start_paused = true)]
async fn site_that_does_not_exist() {
    let site = Site::new();
    site.fault("GET", "/rest/api/3/", None, Effect::status(404));
    site.fault("GET", "/_edge/tenant_info", None, Effect::status(404));
    check(
        site,
        "retrieveWorklogs",
        week(),
        expect![[r#"Jira did not find this: "HTTP 404". It was deleted, or you may not see it, or JIRA_BASE_URL is wrong."#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn address_that_redirects() {
    let site = Site::new();
    site.fault(
        "GET",
        "/rest/api/3/myself",
        None,
        Effect::Redirect { to: "https://elsewhere.example/".into() },
    );
    check(site, "retrieveWorklogs", week(), expect!["Jira's address redirects elsewhere. The redirect was not followed, because your token would go with it. Check JIRA_BASE_URL."]).await;
}

#[tokio::test(start_paused = true)]
async fn rate_limited() {
    let site = Site::new();
    let effect = Effect::Status { status: 429, retry_after: Some(240), body: None, media_type: None };
    site.fault("POST", "/4/worklogs/search", None, effect);
    check(site, "retrieveWorklogs", week(), expect!["Tempo accepts no more requests for now. Requests that were not sent yet were not sent. Try again in 4 minutes."]).await;
}

#[tokio::test(start_paused = true)]
async fn unavailable_vendor() {
    let site = Site::new();
    site.fault("POST", "/4/worklogs/search", None, Effect::status(503));
    check(
        site,
        "retrieveWorklogs",
        week(),
        expect!["Tempo is unavailable: it responded with 503. Try again in a few minutes."],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn response_that_never_comes() {
    let site = Site::new();
    site.fault("POST", "/4/worklogs/search", None, Effect::Hang);
    check(
        site,
        "retrieveWorklogs",
        week(),
        expect!["Tempo did not respond in time. Try again in a few minutes."],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn pages_without_an_end() {
    let site = Site::new();
    site.fault("POST", "/4/worklogs/search", None, Effect::EndlessPaging);
    check(
        site,
        "retrieveWorklogs",
        week(),
        expect![
            "Tempo sent page after page without an end, so no total would be right. Try a shorter period."
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn closed_period() {
    let site = with(|it| it.closed_until = Some("2026-03-31".parse().unwrap()));
    check(site, "createWorklog", entry(), expect![[r#"Tempo refused this because the timesheet period is closed: "Forbidden Period is closed". Nothing was changed. A Tempo administrator can reopen it (Tempo > Settings > Periods), or the person who approved that timesheet."#]]).await;
}

#[tokio::test(start_paused = true)]
async fn missing_attribute() {
    let site =
        with(|it| it.required_attributes = vec!["_WorkType_".into(), "_Account_".into(), "_Ticket_".into()]);
    check(site, "createWorklog", entry(), expect![[r#"
        Tempo refused this: "Work attribute Account (_Account_) is required"; "Work attribute Work Type (_WorkType_) is required"; "Work attribute Ticket (_Ticket_) is required". Nothing was changed.
        This Tempo site:
        - allows at most 24h per person and day
        - allows worklogs at most 365 days ahead
        - requires the work attribute "Account" (key _Account_): the key of a Tempo account
        - requires the work attribute "Work Type" (key _WorkType_), one of "Development", "Code Review", "Meeting", "Support"
        - requires the work attribute "Ticket" (key _Ticket_)"#]]).await;
}

#[tokio::test(start_paused = true)]
async fn remaining_estimate_required() {
    check(
        with(|it| it.remaining_estimate_required = true),
        "createWorklog",
        entry(),
        expect![[r#"
            Tempo refused this: "Estimated remaining time must not be empty.". Nothing was changed.
            This Tempo site:
            - requires a remaining estimate: set remainingEstimateHours
            - allows at most 24h per person and day
            - allows worklogs at most 365 days ahead"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn refusal_with_unreadable_site_requirements() {
    let site = with(|it| {
        it.description_required = true;
        it.global_configuration_refused = true;
    });
    site.fault("GET", "/4/work-attributes", None, Effect::status(403));
    check(
        site,
        "createWorklog",
        entry(),
        expect![[r#"Tempo refused this: "Description must not be empty.". Nothing was changed."#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn unknown_issue() {
    let call = json!({"issueKey": "WEB-999", "date": "2026-03-18", "timeSpent": "1h"});
    check(Site::new(), "createWorklog", call, expect!["There is no issue WEB-999, or it is not visible to you. Use searchIssues to find issues by words."]).await;
}

#[tokio::test(start_paused = true)]
async fn unknown_worklog() {
    let call = json!({"worklogId": 999_999, "description": "x"});
    check(Site::new(), "editWorklog", call, expect!["There is no worklog 999999, or it is not visible to you. It may have been deleted. retrieveWorklogs lists worklog ids; they are Tempo's, not Jira's."]).await;
}

#[tokio::test(start_paused = true)]
async fn lost_and_not_found() {
    let site = Site::new();
    site.fault("POST", "*/4/worklogs", None, Effect::ResetBefore);
    check(site, "createWorklog", entry(), expect!["The connection to Tempo ended before its response arrived. The worklog was not found in Tempo as of 15:00:05. Check that day with retrieveWorklogs before you try again."]).await;
}

#[tokio::test(start_paused = true)]
async fn lost_and_unknown() {
    let site = Site::new();
    site.fault("POST", "*/4/worklogs", None, Effect::ResetAfter);
    site.fault("POST", "/4/worklogs/search", None, Effect::status(500));
    check(site, "createWorklog", entry(), expect!["The connection to Tempo ended before its response arrived. Whether the change was made is not known. Check that day with retrieveWorklogs before you try again."]).await;
}

#[tokio::test(start_paused = true)]
async fn missing_configuration_is_listed_completely() {
    let unset = ["TEMPO_API_TOKEN", "JIRA_BASE_URL", "JIRA_EMAIL", "JIRA_API_TOKEN"].map(|it| (it, ""));
    let site = Site::with(&unset, |_| ());
    let mut texts = Vec::new();
    for tool in tools::ALL {
        texts.push(site.err(tool.name, json!({})).await);
    }
    texts.dedup();
    expect![[r#"
        tempo-mcp is not set up yet:
        - TEMPO_API_TOKEN is missing: Tempo API token: Tempo > Settings > API Integration
        - JIRA_BASE_URL is missing: your Jira site, like https://acme.atlassian.net
        - JIRA_EMAIL is missing: the e-mail address of your Atlassian account (basic only)
        - JIRA_API_TOKEN is missing: Jira API token, classic or scoped: Atlassian account > Security > API tokens
        Set these environment variables where the client starts the server (in its "env" section), and restart the client. `tempo-mcp install` does this for you, and `tempo-mcp doctor` checks the result. The Tempo token needs the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration."#]].assert_eq(&texts.join("\n\n"));
    assert_eq!(site.requests(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn invalid_configuration_is_reported_without_its_secrets() {
    let wrong = [
        ("TEMPO_API_TOKEN", "two wrong-token"),
        ("JIRA_BASE_URL", "http://acme.atlassian.net"),
        ("JIRA_EMAIL", "${JIRA_EMAIL}"),
        ("JIRA_AUTH_TYPE", "oauth"),
    ];
    check(Site::with(&wrong, |_| ()), "retrieveWorklogs", week(), expect![[r#"
        tempo-mcp is not set up yet:
        - TEMPO_API_TOKEN contains a space or another character that no token has; paste it again
        - JIRA_BASE_URL must begin with https://, because credentials are sent there (http is only for this machine)
        - JIRA_OAUTH_CLIENT_ID is missing: client id of your Atlassian app (oauth only)
        - JIRA_OAUTH_CLIENT_SECRET is missing: secret of your Atlassian app (oauth only)
        Set these environment variables where the client starts the server (in its "env" section), and restart the client. `tempo-mcp install` does this for you, and `tempo-mcp doctor` checks the result. The Tempo token needs the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration."#]]).await;
}

#[tokio::test(start_paused = true)]
async fn read_only() {
    let site = Site::with(&[("TEMPO_MCP_READ_ONLY", "true")], |_| ());
    check(
        site,
        "createWorklog",
        entry(),
        expect![
            "createWorklog writes, and this server is read-only (TEMPO_MCP_READ_ONLY). Nothing was changed."
        ],
    )
    .await;
}

/// Errors below HTTP, which the in-process sandbox cannot simulate.
struct Failing(HttpError);

#[async_trait]
impl HttpClient for Failing {
    async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        Err(self.0.clone())
    }
}

#[tokio::test(start_paused = true)]
async fn errors_below_http() {
    let sandbox = Sandbox::new(tempo_sandbox::Options::default());
    let variables = sandbox.environment("http://sandbox.localhost");
    let lookup = |name: &str| variables.iter().find(|it| it.0 == name).map(|it| it.1.clone());
    let mut lines = Vec::new();
    for cause in [
        HttpErrorKind::Connect,
        HttpErrorKind::Tls,
        HttpErrorKind::Proxy,
        HttpErrorKind::Timeout,
        HttpErrorKind::Broken,
        HttpErrorKind::TooLarge,
    ] {
        let sent = matches!(cause, HttpErrorKind::Timeout | HttpErrorKind::Broken | HttpErrorKind::TooLarge);
        let http = Arc::new(Failing(HttpError { sent, cause }));
        let context = Context::new(&Loaded::from_lookup(&lookup), Ports { http, ..ports(&sandbox) });
        for (tool, call) in [("retrieveWorklogs", week()), ("deleteWorklog", json!({"worklogId": 1}))] {
            let Value::Object(call) = call else { unreachable!() };
            let error = tools::find(tool).unwrap().call(&context, call).await.unwrap_err();
            lines.push(format!("{cause:?}, {tool}: {}", error.message(&context.audience)));
        }
    }
    expect![[r#"
        Connect, retrieveWorklogs: Jira cannot be reached: no connection to its address. Check the network, JIRA_BASE_URL, and HTTPS_PROXY if your network needs a proxy.
        Connect, deleteWorklog: Tempo cannot be reached: no connection to its address. Check the network, TEMPO_BASE_URL, and HTTPS_PROXY if your network needs a proxy.
        Tls, retrieveWorklogs: Jira's certificate is not trusted on this machine. If a company proxy inspects TLS, install its certificate in the system's store or name its file in SSL_CERT_FILE.
        Tls, deleteWorklog: Tempo's certificate is not trusted on this machine. If a company proxy inspects TLS, install its certificate in the system's store or name its file in SSL_CERT_FILE.
        Proxy, retrieveWorklogs: The proxy in HTTPS_PROXY refused the connection to Jira. Check its address and its credentials.
        Proxy, deleteWorklog: The proxy in HTTPS_PROXY refused the connection to Tempo. Check its address and its credentials.
        Timeout, retrieveWorklogs: Jira did not respond in time. Try again in a few minutes.
        Timeout, deleteWorklog: Tempo did not respond in time. Try again in a few minutes.
        Broken, retrieveWorklogs: The connection to Jira was interrupted. Try again.
        Broken, deleteWorklog: The connection to Tempo was interrupted. Try again.
        TooLarge, retrieveWorklogs: Jira's response is too large to be right. Try a shorter period.
        TooLarge, deleteWorklog: Tempo's response is too large to be right. Try a shorter period."#]].assert_eq(&lines.join("\n"));
}
