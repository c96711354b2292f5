//! Results without names and labels, where these cannot be read: ids, stored values, and a note.

use expect_test::expect;
use serde_json::{Value, json};
use tempo_sandbox::Effect;

use tempo_test_support::site::Site;

fn day() -> Value {
    json!({"startDate": "2026-03-18", "endDate": "2026-03-18"})
}

/// A site whose Jira answers who the user is, and nothing else.
fn without_issues() -> Site {
    let site = Site::new();
    site.fault("POST", "/issue/bulkfetch", None, Effect::status(503));
    site
}

#[tokio::test(start_paused = true)]
async fn list_without_issues_shows_ids_and_a_note() {
    let list = without_issues().ok("retrieveWorklogs", day()).await;
    expect![[""]].assert_eq(&list.text);
    assert_eq!(list.structured["notes"].as_array().unwrap().len(), 1);
    assert_eq!(list.structured["totals"]["timeSpentSeconds"], 9000);
}

#[tokio::test(start_paused = true)]
async fn sums_without_issues_show_ids_and_a_note() {
    let sums = without_issues().ok("getWorklogAnalytics", day()).await;
    expect![[""]].assert_eq(&sums.text);
}

#[tokio::test(start_paused = true)]
async fn missing_days_without_issues_show_ids_and_a_note() {
    let days = without_issues()
        .ok("getMissingWorklogDays", json!({"startDate": "2026-03-16", "endDate": "2026-03-18"}))
        .await;
    expect![[""]].assert_eq(&days.text);
    let complete = json!({"startDate": "2026-03-02", "endDate": "2026-03-06"});
    let complete = without_issues().ok("getMissingWorklogDays", complete).await;
    assert!(complete.structured.get("notes").is_none(), "no issue is shown: {}", complete.text);
}

#[tokio::test(start_paused = true)]
async fn list_without_attributes_shows_stored_values_and_a_note() {
    let site = Site::new();
    site.fault("GET", "/4/work-attributes", None, Effect::status(403));
    let list = site.ok("retrieveWorklogs", day()).await;
    expect![[""]].assert_eq(&list.text);
}

#[tokio::test(start_paused = true)]
async fn sums_by_account_without_names_show_keys_and_a_note() {
    let site = Site::new();
    site.fault("GET", "/4/accounts", None, Effect::status(403));
    let mut call = day();
    call["groupBy"] = json!("account");
    expect![[""]].assert_eq(&site.ok("getWorklogAnalytics", call).await.text);
}

#[tokio::test(start_paused = true)]
async fn sums_by_attribute_without_labels_are_the_same() {
    let site = Site::new();
    site.fault("GET", "/4/work-attributes", None, Effect::status(503));
    let by = async |name: &str| {
        let call = json!({"startDate": "2026-03-18", "endDate": "2026-03-18", "groupBy": name});
        site.call("getWorklogAnalytics", call).await
    };
    expect![[""]].assert_eq(&by("attribute:_WorkType_").await.text);
    assert!(by("attribute:Work Type").await.is_error, "which attribute has this name is not known");
    assert!(by("account").await.is_error, "which attribute is the account is not known");
}

#[tokio::test(start_paused = true)]
async fn sums_by_project_fail_without_issues() {
    let mut call = day();
    call["groupBy"] = json!("project");
    let refusal = without_issues().err("getWorklogAnalytics", call).await;
    assert!(refusal.starts_with("Jira is unavailable: it responded with 503"), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn missing_days_fail_without_a_schedule() {
    let site = Site::new();
    site.fault("GET", "/4/user-schedule", None, Effect::status(503));
    assert!(site.err("getMissingWorklogDays", day()).await.starts_with("Tempo is unavailable"));
}

#[tokio::test(start_paused = true)]
async fn names_that_were_read_earlier_are_still_shown() {
    let site = Site::new();
    let before = site.ok("retrieveWorklogs", day()).await.structured;
    // Longer than names are cached.
    tokio::time::advance(std::time::Duration::from_secs(1200)).await;
    site.fault("POST", "/issue/bulkfetch", None, Effect::status(503));
    site.fault("GET", "/4/work-attributes", None, Effect::status(503));
    assert_eq!(site.ok("retrieveWorklogs", day()).await.structured, before);
    let mut by_issue = day();
    by_issue["issueKey"] = json!("WEB-2");
    let listed = site.ok("retrieveWorklogs", by_issue).await;
    assert_eq!(listed.structured["issueKey"], "WEB-2");
}

#[tokio::test(start_paused = true)]
async fn a_silent_jira_delays_a_list_by_ten_seconds_at_most() {
    let site = Site::new();
    site.fault("POST", "/issue/bulkfetch", None, Effect::Hang);
    let start = tokio::time::Instant::now();
    let list = site.ok("retrieveWorklogs", day()).await;
    assert!(list.text.contains("Jira did not respond in time"), "{}", list.text);
    assert_eq!(start.elapsed().as_secs(), 10, "on simulated time");
}
