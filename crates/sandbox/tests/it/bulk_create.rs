//! The bulk creation of worklogs.

use std::time::Duration;

use serde_json::{Value, json};
use tempo_sandbox::MAIN_ACCOUNT_ID;

use crate::support::{credentials, site};

const PATH: &str = "/4/worklogs/issue/11012/bulk";

fn item(seconds: u64) -> Value {
    json!({"authorAccountId": MAIN_ACCOUNT_ID, "startDate": "2025-03-19", "timeSpentSeconds": seconds})
}

#[tokio::test(start_paused = true)]
async fn fifty_items_are_created_and_fifty_one_are_rejected() {
    let site = site();
    let items: Vec<Value> = (1..=50).map(item).collect();
    let created = site.post(PATH, items.clone().into()).await.json();
    let seconds: Vec<u64> =
        created.as_array().unwrap().iter().map(|row| row["timeSpentSeconds"].as_u64().unwrap()).collect();
    assert_eq!(seconds, (1..=50).collect::<Vec<u64>>());
    let more: Vec<Value> = (1..=51).map(item).collect();
    assert_eq!(site.post(PATH, more.into()).await.status, 400);
    assert_eq!(site.post(PATH, json!([])).await.status, 400);
    assert_eq!(site.post("/4/worklogs/issue/99/bulk", json!([item(1)])).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn invalid_item_rejects_all_items_or_the_later_ones() {
    let site = site();
    let before = site.sandbox.worklogs().len();
    let items = json!([item(60), item(0), item(60)]);
    let rejected = site.post(PATH, items.clone()).await;
    assert_eq!(rejected.status, 400);
    assert_eq!(rejected.message(), "[1]: timeSpentSeconds must be a whole number greater than or equal to 1");
    assert_eq!(site.sandbox.worklogs().len(), before);
    site.sandbox.settings(|settings| settings.bulk_atomic = false);
    assert_eq!(site.post(PATH, items).await.status, 400);
    assert_eq!(site.sandbox.worklogs().len(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn response_can_list_items_in_reverse_order() {
    let site = site();
    site.sandbox.settings(|settings| settings.bulk_reversed_order = true);
    let created = site.post(PATH, json!([item(1), item(2)])).await.json();
    assert_eq!(created[0]["timeSpentSeconds"], 2);
}

#[tokio::test(start_paused = true)]
async fn concurrent_bulk_on_the_same_issue_gets_409() {
    let site = site();
    site.sandbox.settings(|settings| settings.latency_ms = 100);
    let (first, second, other) = tokio::join!(
        site.post(PATH, json!([item(1)])),
        site.post(PATH, json!([item(2)])),
        site.post("/4/worklogs/issue/11001/bulk", json!([item(3)])),
    );
    assert_eq!((first.status, second.status, other.status), (200, 409, 200));
    assert_eq!(site.post(PATH, json!([item(2)])).await.status, 200, "the first call is finished");
}

#[tokio::test(start_paused = true)]
async fn disconnected_client_does_not_leave_the_issue_locked() {
    let site = site();
    site.sandbox.settings(|settings| settings.latency_ms = 1000);
    let auth = credentials(PATH);
    let first = site.try_send("POST", PATH, &auth, Some(json!([item(1)])));
    assert!(tokio::time::timeout(Duration::from_millis(10), first).await.is_err());
    assert_eq!(site.post(PATH, json!([item(2)])).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn bulk_ignores_required_estimate_unless_configured() {
    let site = site();
    site.sandbox.settings(|settings| settings.remaining_estimate_required = true);
    assert_eq!(site.post(PATH, json!([item(1)])).await.status, 200);
    site.sandbox.settings(|settings| settings.bulk_needs_remaining_estimate = true);
    assert_eq!(site.post(PATH, json!([item(1)])).await.status, 400);
}
