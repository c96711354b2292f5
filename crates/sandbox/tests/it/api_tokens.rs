//! API tokens: who owns them, where they work and what they permit.

use serde_json::json;
use tempo_sandbox::{
    CLOUD_ID, COLLEAGUE_ACCOUNT_ID, COLLEAGUE_EMAIL, COLLEAGUE_JIRA_TOKEN, COLLEAGUE_TEMPO_TOKEN,
    JIRA_SCOPED_TOKEN, JIRA_TOKEN, JiraAuth, LEAD_TEMPO_TOKEN, MAIN_EMAIL, TEMPO_VIEW_TOKEN,
    TEMPO_WORKLOGS_TOKEN,
};

use crate::support::{basic, new_worklog, site};

const SCHEDULE: &str = "/4/user-schedule?from=2025-03-13&to=2025-03-14";

#[tokio::test(start_paused = true)]
async fn unknown_tempo_token_gets_401() {
    let site = site();
    for bad in ["", "Bearer nonsense", "Basic c2FuZGJveA==", "Bearer"] {
        let response = site.send_as(bad, "GET", "/4/worklogs", None).await;
        assert_eq!(response.status, 401, "{bad}");
        assert!(response.header("content-type").starts_with("text/html"));
    }
}

#[tokio::test(start_paused = true)]
async fn valid_token_gets_401_in_the_wrong_region() {
    let site = site();
    site.sandbox.settings(|settings| settings.wrong_region = true);
    assert_eq!(site.get("/4/worklogs").await.status, 401);
    assert_eq!(site.get("/rest/api/3/myself").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn view_token_reads_and_searches_only_if_configured() {
    let site = site();
    let view = format!("Bearer {TEMPO_VIEW_TOKEN}");
    assert_eq!(site.send_as(&view, "GET", "/4/worklogs", None).await.status, 200);
    assert_eq!(site.send_as(&view, "POST", "/4/worklogs", Some(new_worklog())).await.status, 403);
    let rejected = site.send_as(&view, "POST", "/4/worklogs/search", Some(json!({}))).await;
    assert_eq!(rejected.status, 403);
    assert!(rejected.header("content-type").starts_with("text/html"));
    site.sandbox.settings(|settings| settings.view_may_search = true);
    assert_eq!(site.send_as(&view, "POST", "/4/worklogs/search", Some(json!({}))).await.status, 200);
    assert_eq!(site.send_as(&view, "POST", "/4/worklogs", Some(new_worklog())).await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn token_without_scope_gets_403() {
    let site = site();
    let narrow = format!("Bearer {TEMPO_WORKLOGS_TOKEN}");
    for (path, status) in [
        ("/4/worklogs", 200),
        ("/4/work-attributes", 200),
        ("/4/globalconfiguration", 200),
        ("/4/accounts", 403),
        (SCHEDULE, 403),
        ("/4/periods?from=2025-03-13&to=2025-03-14", 403),
        ("/4/teams", 403),
    ] {
        assert_eq!(site.send_as(&narrow, "GET", path, None).await.status, status, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn token_acts_as_its_owner() {
    let site = site();
    let colleague = format!("Bearer {COLLEAGUE_TEMPO_TOKEN}");
    let mut body = new_worklog();
    body["authorAccountId"] = COLLEAGUE_ACCOUNT_ID.into();
    assert_eq!(site.send_as(&colleague, "POST", "/4/worklogs", Some(body)).await.status, 200);
    let secret = "/4/worklogs/project/10005";
    assert_eq!(site.get(secret).await.status, 404);
    let lead = format!("Bearer {LEAD_TEMPO_TOKEN}");
    assert_eq!(site.send_as(&lead, "GET", secret, None).await.status, 200);
    let auth = basic(COLLEAGUE_EMAIL, COLLEAGUE_JIRA_TOKEN);
    let myself = site.send_as(&auth, "GET", "/rest/api/3/myself", None).await.json();
    assert_eq!(myself["accountId"], COLLEAGUE_ACCOUNT_ID);
}

#[tokio::test(start_paused = true)]
async fn jira_token_with_another_users_email_gets_401() {
    let site = site();
    for bad in [
        basic(COLLEAGUE_EMAIL, JIRA_TOKEN),
        basic(MAIN_EMAIL, "x"),
        format!("Bearer {JIRA_TOKEN}"),
        String::new(),
    ] {
        let response = site.send_as(&bad, "GET", "/rest/api/3/myself", None).await;
        assert_eq!(response.status, 401, "{bad}");
    }
    site.sandbox.settings(|settings| settings.unauthorized_as_html = true);
    let response = site.send_as("", "GET", "/rest/api/3/myself", None).await;
    assert!(response.header("content-type").starts_with("text/html"));
}

#[tokio::test(start_paused = true)]
async fn scoped_token_works_only_at_the_gateway() {
    let site = site();
    let scoped = basic(MAIN_EMAIL, JIRA_SCOPED_TOKEN);
    let cloud = site.send_as("", "GET", "/_edge/tenant_info", None).await.json();
    assert_eq!(cloud, json!({"cloudId": CLOUD_ID}));
    let gateway = format!("/ex/jira/{CLOUD_ID}/rest/api/3/myself");
    assert_eq!(site.send_as(&scoped, "GET", "/rest/api/3/myself", None).await.status, 401);
    assert_eq!(site.send_as(&scoped, "GET", &gateway, None).await.status, 200);
    assert_eq!(site.send_as(&scoped, "GET", "/ex/jira/other/rest/api/3/myself", None).await.status, 404);
    assert_eq!(site.send_as("", "GET", &gateway, None).await.status, 401);
    site.sandbox.settings(|settings| settings.jira_auth = JiraAuth::GatewayOnly);
    assert_eq!(site.get("/rest/api/3/myself").await.status, 401);
    assert_eq!(site.get(&gateway).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn personal_access_token_works_if_configured() {
    let site = site();
    let bearer = "Bearer sandbox-pat";
    assert_eq!(site.send_as(bearer, "GET", "/rest/api/3/myself", None).await.status, 401);
    site.sandbox.settings(|settings| settings.jira_bearer_token = Some("sandbox-pat".to_owned()));
    assert_eq!(site.send_as(bearer, "GET", "/rest/api/3/myself", None).await.status, 200);
}
