//! Managing a personal URL: replacing and deleting it.

use http::StatusCode;
use serde_json::json;
use tempo_mcp_core::domain::tenant::TenantId;
use tempo_mcp_service::store::tenants::TenantFilter;

use crate::support::{
    browser::{Browser, hidden, shown_id},
    hosted::{Hosted, hosted, options, plain},
};

async fn status(hosted: &Hosted, id: &TenantId) -> u16 {
    hosted.call(id, 1, "searchIssues", json!({ "text": "WEB-12" })).await.status().as_u16()
}

#[tokio::test(start_paused = true)]
async fn new_url_works_and_old_one_is_unknown_at_once() {
    let hosted = plain().await;
    assert_eq!(status(&hosted, &hosted.alex).await, 200);
    let mut browser = Browser::open(&hosted, "/manage").await;
    let (code, page) = browser.open_url(&hosted.alex).await;
    assert_eq!(code, 200);
    assert!(page.contains("sandbox.localhost") && !page.contains(hosted.alex.expose()), "{page}");
    let (code, page) = browser.post(&[("action", "rotate")]).await;
    assert_eq!(code, 200);
    let new = shown_id(&page);
    assert!(page.contains("claude mcp add --transport http tempo http"), "how to use it: {page}");
    assert_eq!((status(&hosted, &hosted.alex).await, status(&hosted, &new).await), (404, 200));
    assert_eq!(
        hosted.store.list(&TenantFilter::Account(tempo_sandbox::MAIN_ACCOUNT_ID.into())).await.unwrap().len(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn form_sent_twice_shows_the_same_new_url() {
    let hosted = plain().await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    let (_, page) = browser.open_url(&hosted.alex).await;
    let next = hidden(&page, "next").unwrap();
    let (cookies, token) = (browser.cookies.clone(), browser.token.clone());
    let (_, first) = browser.post(&[("action", "rotate"), ("next", &next)]).await;
    // Both were sent before the first response.
    (browser.cookies, browser.token) = (cookies.clone(), token.clone());
    let (code, second) = browser.post(&[("action", "rotate"), ("next", &next)]).await;
    assert_eq!((code.as_u16(), shown_id(&second)), (200, shown_id(&first)), "{second}");
    assert_eq!(status(&hosted, &shown_id(&first)).await, 200);
    (browser.cookies, browser.token) = (cookies, token);
    let (code, page) = browser.post(&[("action", "rotate"), ("next", "of someone else")]).await;
    assert!(code == StatusCode::BAD_REQUEST && !page.contains("/mcp/u_"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn deleting_asks_for_confirmation_and_leaves_nothing() {
    let hosted = plain().await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    browser.open_url(&hosted.alex).await;
    let (_, page) = browser.post(&[("action", "delete")]).await;
    assert!(page.contains("delete-confirmed"));
    assert_eq!(status(&hosted, &hosted.alex).await, 200, "not confirmed yet");
    let (code, page) = browser.post(&[("action", "delete-confirmed")]).await;
    assert!(code == 200 && page.contains("Nothing is stored"));
    assert_eq!(status(&hosted, &hosted.alex).await, 404);
    assert_eq!(hosted.store.list(&TenantFilter::All).await.unwrap().len(), 1);
    let (code, _) = browser.post(&[("action", "rotate")]).await;
    assert_eq!(code, StatusCode::BAD_REQUEST, "the cookie no longer opens the URL");
}

#[tokio::test(start_paused = true)]
async fn row_read_during_its_deletion_is_not_cached() {
    let hosted = plain().await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    browser.open_url(&hosted.alex).await;
    let (read, go_on) = hosted.database.hold_next();
    let deleted = async {
        read.await.unwrap();
        browser.post(&[("action", "delete-confirmed")]).await;
        go_on.send(()).unwrap();
    };
    let (late, ()) = tokio::join!(status(&hosted, &hosted.alex), deleted);
    assert_eq!(late, 200, "its row had been read before");
    assert_eq!(status(&hosted, &hosted.alex).await, 404);
}

#[tokio::test(start_paused = true)]
async fn opened_url_closes_after_ten_minutes() {
    let hosted = plain().await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    browser.open_url(&hosted.alex).await;
    tokio::time::sleep(std::time::Duration::from_secs(601)).await;
    let (code, page) = browser.post(&[("action", "delete-confirmed")]).await;
    assert!(code == StatusCode::BAD_REQUEST && page.contains("more than ten minutes"));
    assert_eq!(status(&hosted, &hosted.alex).await, 200);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_managed_without_the_url() {
    let hosted = plain().await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    let unknown = TenantId::from_random([200; 16]);
    assert_eq!(browser.open_url(&unknown).await.0, StatusCode::NOT_FOUND);
    assert_eq!(browser.post(&[("action", "open"), ("url", "nothing")]).await.0, StatusCode::NOT_FOUND);
    for action in ["rotate", "delete", "delete-confirmed", ""] {
        assert_eq!(browser.post(&[("action", action)]).await.0, StatusCode::BAD_REQUEST, "{action}");
    }
    browser.cookies.push(("manage".into(), "forged".into()));
    assert_eq!(browser.post(&[("action", "delete-confirmed")]).await.0, StatusCode::BAD_REQUEST);
    browser.open_url(&hosted.alex).await;
    browser.token = "0123456789abcdef0123456789abcdef".into();
    assert_eq!(
        browser.post(&[("action", "delete-confirmed")]).await.0,
        StatusCode::BAD_REQUEST,
        "another form's token"
    );
    assert_eq!(hosted.store.list(&TenantFilter::All).await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn guessing_urls_is_rate_limited() {
    let hosted = hosted(options(), 2).await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    let mut codes = Vec::new();
    for i in 200..203 {
        codes.push(browser.open_url(&TenantId::from_random([i; 16])).await.0.as_u16());
    }
    assert_eq!(codes, [404, 404, 429]);
    assert_eq!(browser.open_url(&hosted.alex).await.0, 200, "a valid URL is not limited");
}

#[tokio::test(start_paused = true)]
async fn limited_client_reads_no_row() {
    let hosted = hosted(options(), 2).await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    for _ in 0..4 {
        browser.open_url(&hosted.alex).await;
    }
    let reads = hosted.database.reads();
    assert_eq!(browser.open_url(&hosted.alex).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(hosted.database.reads(), reads);
    browser.address = "192.0.2.2".into();
    assert_eq!(browser.open_url(&hosted.alex).await.0, 200, "another client");
}

#[tokio::test(start_paused = true)]
async fn url_is_found_with_one_indexed_read() {
    let hosted = plain().await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    let reads = hosted.database.reads();
    hosted.database.take_plans();
    assert_eq!(browser.open_url(&TenantId::from_random([200; 16])).await.0, StatusCode::NOT_FOUND);
    assert_eq!(hosted.database.reads() - reads, 1, "an unknown URL");
    assert_eq!(browser.open_url(&hosted.alex).await.0, 200);
    let plans = hosted.database.take_plans();
    assert!(plans.len() > 1 && !plans.iter().any(|it| it.contains("SCAN")), "{plans:?}");
}

#[tokio::test(start_paused = true)]
async fn last_writes_are_shown_without_descriptions() {
    let hosted = plain().await;
    let entry = |seconds: &str| json!({ "issueKey": "WEB-12", "date": "2026-03-18", "timeSpent": seconds, "description": "a secret text" });
    hosted.call(&hosted.alex, 1, "createWorklog", entry("15m")).await;
    hosted.sandbox.settings(|it| it.required_attributes = vec!["_WorkType_".into()]);
    hosted.call(&hosted.alex, 2, "createWorklog", entry("20m")).await;
    let bulk = json!({ "worklogEntries": [entry("25m"), entry("30m")] });
    hosted.sandbox.settings(|it| it.required_attributes.clear());
    hosted.call(&hosted.alex, 3, "bulkCreateWorklogs", bulk).await;
    hosted.call(&hosted.priya, 4, "createWorklog", entry("35m")).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;

    let writes = hosted.store.writes(&hosted.alex).await.unwrap();
    let shown: Vec<(&str, &str)> = writes.iter().map(|it| (it.tool.as_str(), it.outcome.as_str())).collect();
    assert_eq!(
        shown,
        [("bulkCreateWorklogs", "created 2"), ("createWorklog", "refused"), ("createWorklog", "created")]
    );
    assert!(writes[0].worklog.ends_with(" and 1 more"), "{writes:?}");
    let mut browser = Browser::open(&hosted, "/manage").await;
    let (_, page) = browser.open_url(&hosted.alex).await;
    assert!(page.contains(&writes[2].worklog) && page.contains("refused") && !page.contains("a secret text"));
}

#[tokio::test(start_paused = true)]
async fn call_with_many_writes_is_one_row() {
    let hosted = plain().await;
    let entry = |issue: &str| json!({ "issueKey": issue, "date": "2026-03-18", "timeSpent": "15m" });
    let entries =
        json!({ "worklogEntries": [entry("WEB-12"), entry("WEB-12"), entry("INT-1"), entry("MOB-4")] });
    hosted.call(&hosted.alex, 1, "bulkCreateWorklogs", entries).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let writes = hosted.store.writes(&hosted.alex).await.unwrap();
    let first: u64 = writes[0].worklog.strip_suffix(" and 3 more").unwrap().parse().unwrap();
    assert!(hosted.sandbox.worklogs().iter().any(|it| tempo_test_support::worklog_snapshot::id(it) == first));

    hosted.call(&hosted.alex, 2, "editWorklog", json!({ "worklogId": first, "issueKey": "MOB-4" })).await;
    hosted.call(&hosted.alex, 3, "editWorklog", json!({ "worklogId": first, "timeSpent": "2h" })).await;
    let other = tempo_test_support::worklog_snapshot::id(&tempo_test_support::worklog_snapshot::own(
        &hosted.sandbox,
        "2026-03-13",
    ));
    hosted.call(&hosted.alex, 4, "editWorklog", json!({ "worklogId": other, "timeSpent": "2h" })).await;
    hosted.call(&hosted.alex, 5, "deleteWorklog", json!({ "worklogId": other })).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let writes = hosted.store.writes(&hosted.alex).await.unwrap();
    let shown: Vec<(&str, &str)> = writes.iter().map(|it| (it.tool.as_str(), it.outcome.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("deleteWorklog", "deleted"),
            ("editWorklog", "edited"),
            ("editWorklog", "created 1, deleted 1"),
            ("bulkCreateWorklogs", "created 4"),
        ]
    );
}
