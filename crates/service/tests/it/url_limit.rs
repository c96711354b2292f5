//! A Jira account may have ten personal URLs, and the one that has been idle longest can be revoked at once.

use http::StatusCode;
use serde_json::json;
use tempo_mcp_core::domain::tenant::TenantId;
use tempo_mcp_service::{
    ports::{Cell, Database},
    store::tenants::TenantFilter,
};
use tempo_sandbox::{
    COLLEAGUE_EMAIL, COLLEAGUE_JIRA_TOKEN, COLLEAGUE_TEMPO_TOKEN, JIRA_TOKEN, MAIN_EMAIL, TEMPO_TOKEN,
};

use crate::support::{
    browser::{Browser, hidden},
    hosted::{Hosted, plain},
};

/// The form of the simulation's main user.
pub(crate) const FIELDS: [(&str, &str); 4] = [
    ("jiraBaseUrl", "http://sandbox.localhost"),
    ("jiraEmail", MAIN_EMAIL),
    ("jiraApiToken", JIRA_TOKEN),
    ("tempoApiToken", TEMPO_TOKEN),
];

async fn status(hosted: &Hosted, id: &TenantId) -> u16 {
    hosted.call(id, 1, "searchIssues", json!({ "text": "WEB-12" })).await.status().as_u16()
}

/// Ten URLs of the main user, of which only the fifth was never used.
async fn ten_urls(hosted: &Hosted) -> Vec<TenantId> {
    // The main user has one already.
    let mut ids = vec![hosted.alex.clone()];
    for _ in 0..9 {
        ids.push(Browser::sign_up(hosted).await.1);
    }
    for id in ids.iter().filter(|it| **it != ids[4]) {
        hosted.store.note_use(id, "2030-01-01").await.unwrap();
    }
    ids
}

#[tokio::test(start_paused = true)]
async fn eleventh_url_of_an_account_is_refused() {
    let hosted = plain().await;
    ten_urls(&hosted).await;
    let (code, page) = Browser::open(&hosted, "/setup").await.post(&FIELDS).await;
    assert_eq!(code, StatusCode::CONFLICT, "{page}");
    assert!(page.contains("10 personal URLs") && page.contains("not used yet"), "{page}");
    assert!(page.contains("Nothing was stored") && !page.contains("/mcp/u_"), "{page}");
    assert!(!page.contains(TEMPO_TOKEN) && !page.contains(JIRA_TOKEN));
    assert_eq!(hosted.store.list(&TenantFilter::All).await.unwrap().len(), 11, "ten, and the colleague's");
    // Another account is not affected.
    let other = [
        ("jiraBaseUrl", "http://sandbox.localhost"),
        ("jiraEmail", COLLEAGUE_EMAIL),
        ("jiraApiToken", COLLEAGUE_JIRA_TOKEN),
        ("tempoApiToken", COLLEAGUE_TEMPO_TOKEN),
    ];
    assert_eq!(Browser::open(&hosted, "/setup").await.post(&other).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn oldest_unused_url_is_revoked_on_the_spot() {
    let hosted = plain().await;
    let ids = ten_urls(&hosted).await;
    let (_, page) = Browser::open(&hosted, "/setup").await.post(&FIELDS).await;
    let oldest = hidden(&page, "oldest").unwrap();
    let mut manage = Browser::open(&hosted, "/manage").await;
    let (code, page) = manage.post(&[("action", "revoke-oldest"), ("oldest", &oldest)]).await;
    assert!(code == 200 && page.contains("no longer works"), "{page}");
    for id in &ids {
        assert_eq!(status(&hosted, id).await, if *id == ids[4] { 404 } else { 200 });
    }
    let (_, eleventh, _) = Browser::sign_up(&hosted).await;
    assert_eq!(status(&hosted, &eleventh).await, 200);
}

#[tokio::test(start_paused = true)]
async fn only_our_own_form_revokes_the_oldest_url() {
    let hosted = plain().await;
    let (mut browser, _, page) = Browser::sign_up(&hosted).await;
    let sealed_for_elsewhere = hidden(&page, "older").unwrap();
    for forged in ["", "forged", &sealed_for_elsewhere] {
        let (code, page) = browser.post(&[("action", "revoke-oldest"), ("oldest", forged)]).await;
        assert!(code == StatusCode::BAD_REQUEST && page.contains("Nothing was revoked"), "{page}");
    }
    assert_eq!(status(&hosted, &hosted.alex).await, 200);
}

/// What every sign-up, call and probe asks.
#[tokio::test(start_paused = true)]
async fn no_statement_of_a_sign_up_scans_tenants() {
    let hosted = plain().await;
    hosted.database.record();
    Browser::sign_up(&hosted).await;
    status(&hosted, &hosted.alex).await;
    hosted.store.check().await.unwrap();
    let statements = hosted.database.recorded();
    assert!(statements.iter().any(|it| it.starts_with("INSERT INTO tenants")), "{statements:?}");
    for sql in statements {
        let count = (1..10).filter(|it| sql.contains(&format!("?{it}"))).max().unwrap_or(0);
        let params = vec![Cell::Null; count];
        let plan = hosted.database.query(&format!("EXPLAIN QUERY PLAN {sql}"), &params).await.unwrap();
        for step in plan.iter().map(|it| it.text("detail")) {
            let is_scan = step.starts_with("SCAN") && !step.starts_with("SCAN server_keys");
            assert!(!is_scan && !step.contains("tenants_by_use"), "{step}: {sql}");
        }
    }
}
