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
    expect![[r#"
        2 worklogs from 2026-03-18 to 2026-03-18: 2h 30m in all, billable 1h 30m. Today is 2026-03-18 (Europe/Berlin).
        Totals: 2026-03-18 2h 30m (2)
        Note: Some issue keys and summaries could not be read, so those issues are shown by id. Jira is unavailable: it responded with 503. Try again in a few minutes.
        worklogId 7726 | 2026-03-18 09:00–10:00 | 1h | issue 14001 (its key could not be read just now) | billable 0m | "Stand-up, demo" | _WorkType_="1f0c6c52-0000-4000-8000-000000000003" ("Meeting")
        worklogId 7727 | 2026-03-18 10:00–11:30 | 1h 30m | issue 11002 (its key could not be read just now) | billable 1h 30m | "Lazy loading" | _Account_="HARBOR-SUP" | _WorkType_="1f0c6c52-0000-4000-8000-000000000001" ("Development")"#]].assert_eq(&list.text);
    assert_eq!(list.structured["notes"].as_array().unwrap().len(), 1);
    assert_eq!(list.structured["totals"]["timeSpentSeconds"], 9000);
}

#[tokio::test(start_paused = true)]
async fn sums_without_issues_show_ids_and_a_note() {
    let sums = without_issues().ok("getWorklogAnalytics", day()).await;
    expect![[r#"
        2h 30m in 2 worklogs from 2026-03-18 to 2026-03-18, by issue. Today is 2026-03-18 (Europe/Berlin).
        Note: Some issue keys and summaries could not be read, so those issues are shown by id. Jira is unavailable: it responded with 503. Try again in a few minutes.
        - issue 11002 (its key could not be read just now): 1h 30m, 60 %, 1 worklog
        - issue 14001 (its key could not be read just now): 1h, 40 %, 1 worklog"#]].assert_eq(&sums.text);
}

#[tokio::test(start_paused = true)]
async fn missing_days_without_issues_show_ids_and_a_note() {
    let days = without_issues()
        .ok("getMissingWorklogDays", json!({"startDate": "2026-03-16", "endDate": "2026-03-18"}))
        .await;
    expect![[r#"
        2h 30m missing on 1 day before today (Mon 2026-03-16 to Wed 2026-03-18). Today is 2026-03-18 (Europe/Berlin).
        Note: Some issue keys and summaries could not be read, so those issues are shown by id. Jira is unavailable: it responded with 503. Try again in a few minutes.
        - 2026-03-16 Monday: expected 8h, logged 5h 30m, missing 2h 30m — 4h issue 12004 (its key could not be read just now); 1h 30m issue 14001 (its key could not be read just now)
        Today so far (not in the total): 2026-03-18 Wednesday: expected 8h, logged 2h 30m, missing 5h 30m — 1h 30m issue 11002 (its key could not be read just now); 1h issue 14001 (its key could not be read just now)"#]].assert_eq(&days.text);
    let complete = json!({"startDate": "2026-03-02", "endDate": "2026-03-06"});
    let complete = without_issues().ok("getMissingWorklogDays", complete).await;
    assert!(complete.structured.get("notes").is_none(), "no issue is shown: {}", complete.text);
}

#[tokio::test(start_paused = true)]
async fn list_without_attributes_shows_stored_values_and_a_note() {
    let site = Site::new();
    site.fault("GET", "/4/work-attributes", None, Effect::status(403));
    let list = site.ok("retrieveWorklogs", day()).await;
    expect![[r#"
        2 worklogs from 2026-03-18 to 2026-03-18: 2h 30m in all, billable 1h 30m. Today is 2026-03-18 (Europe/Berlin).
        Totals: 2026-03-18 2h 30m (2)
        Note: The labels of work attributes could not be read, so their stored values are shown. Tempo refused this (403): "Forbidden Access to this resource is forbidden.". Either TEMPO_API_TOKEN lacks a scope, or you lack the permission in this project, or TEMPO_BASE_URL is the address of another region. The tools need the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration.
        worklogId 7726 | 2026-03-18 09:00–10:00 | 1h | INT-1 (issueId 14001) "Meetings and stand-ups" | billable 0m | "Stand-up, demo" | _WorkType_="1f0c6c52-0000-4000-8000-000000000003"
        worklogId 7727 | 2026-03-18 10:00–11:30 | 1h 30m | WEB-2 (issueId 11002) "Product page loads slowly on phones" | billable 1h 30m | "Lazy loading" | _Account_="HARBOR-SUP" | _WorkType_="1f0c6c52-0000-4000-8000-000000000001""#]].assert_eq(&list.text);
}

#[tokio::test(start_paused = true)]
async fn sums_by_account_without_names_show_keys_and_a_note() {
    let site = Site::new();
    site.fault("GET", "/4/accounts", None, Effect::status(403));
    let mut call = day();
    call["groupBy"] = json!("account");
    expect![[r#"
        2h 30m in 2 worklogs from 2026-03-18 to 2026-03-18, by account. Today is 2026-03-18 (Europe/Berlin).
        Note: The names of accounts could not be read, so only their keys are shown. Tempo refused this (403): "Forbidden Access to this resource is forbidden.". Either TEMPO_API_TOKEN lacks a scope, or you lack the permission in this project, or TEMPO_BASE_URL is the address of another region. The tools need the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration.
        - "HARBOR-SUP": 1h 30m, 60 %, 1 worklog
        - (no account): 1h, 40 %, 1 worklog"#]].assert_eq(&site.ok("getWorklogAnalytics", call).await.text);
}

#[tokio::test(start_paused = true)]
async fn sums_by_attribute_without_labels_are_the_same() {
    let site = Site::new();
    site.fault("GET", "/4/work-attributes", None, Effect::status(503));
    let by = async |name: &str| {
        let call = json!({"startDate": "2026-03-18", "endDate": "2026-03-18", "groupBy": name});
        site.call("getWorklogAnalytics", call).await
    };
    expect![[r#"
        2h 30m in 2 worklogs from 2026-03-18 to 2026-03-18, by attribute:_WorkType_. Today is 2026-03-18 (Europe/Berlin).
        Note: The labels of work attributes could not be read, so their stored values are shown. Tempo is unavailable: it responded with 503. Try again in a few minutes.
        - "1f0c6c52-0000-4000-8000-000000000001": 1h 30m, 60 %, 1 worklog
        - "1f0c6c52-0000-4000-8000-000000000003": 1h, 40 %, 1 worklog"#]].assert_eq(&by("attribute:_WorkType_").await.text);
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
    // Later than the names expire in the cache.
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
