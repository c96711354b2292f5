//! How many requests a call sends one after the other, in simulated time: each takes a second.

use serde_json::{Value, json};

use tempo_test_support::site::Site;

fn slow() -> Site {
    let site = Site::new();
    site.sandbox.settings(|it| it.latency_ms = 1000);
    site
}

async fn seconds(site: &Site, tool: &str, call: Value) -> u64 {
    let start = tokio::time::Instant::now();
    site.ok(tool, call).await;
    start.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn edit_takes_two_round_trips_cold_and_warm() {
    let cold = json!({"worklogId": 7727, "description": "x", "attributes": {"_WorkType_": "Meeting"}});
    let site = slow();
    assert_eq!(seconds(&site, "editWorklog", cold).await, 2);
    assert_eq!(seconds(&site, "editWorklog", json!({"worklogId": 7727, "timeSpent": "2h"})).await, 2);
    assert_eq!(seconds(&site, "editWorklog", json!({"worklogId": 7726, "timeSpent": "2h"})).await, 2);
}

#[tokio::test(start_paused = true)]
async fn deletion_takes_two_round_trips_cold_and_warm() {
    let site = slow();
    assert_eq!(seconds(&site, "deleteWorklog", json!({"worklogId": 7727})).await, 2);
    assert_eq!(seconds(&site, "deleteWorklog", json!({"worklogId": 7726})).await, 2);
}

#[tokio::test(start_paused = true)]
async fn move_takes_three_round_trips() {
    let call = json!({"worklogId": 7727, "issueKey": "MOB-4"});
    assert_eq!(seconds(&slow(), "editWorklog", call).await, 3);
}

#[tokio::test(start_paused = true)]
async fn reports_take_three_round_trips_cold_and_one_warm() {
    let week = || json!({"startDate": "2026-03-16", "endDate": "2026-03-18"});
    for tool in ["retrieveWorklogs", "getWorklogAnalytics", "getMissingWorklogDays"] {
        let site = slow();
        assert_eq!(seconds(&site, tool, week()).await, 3, "{tool}");
        assert_eq!(seconds(&site, tool, week()).await, 1, "{tool}, warm");
    }
    let mut by_account = week();
    by_account["groupBy"] = json!("account");
    assert_eq!(seconds(&slow(), "getWorklogAnalytics", by_account).await, 2);
}
