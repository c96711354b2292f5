//! `editWorklog`: start, end and duration together.

use expect_test::expect;
use serde_json::{Value, json};
use tempo_sandbox::Effect;

use super::edit::{edited, rich};
use tempo_test_support::site::Site;

/// Start, end and seconds of a worklog from 09:00 to 11:00 after an edit.
async fn times(more: Value) -> (String, String, u64) {
    let site = Site::new();
    let id = rich(&site).await;
    let row = edited(&site, id, more).await["worklog"].clone();
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    (text("startTime"), text("endTime"), row["timeSpentSeconds"].as_u64().unwrap())
}

fn is(start: &str, end: &str, seconds: u64) -> (String, String, u64) {
    (start.into(), end.into(), seconds)
}

#[tokio::test(start_paused = true)]
async fn a_new_start_alone_keeps_the_duration() {
    assert_eq!(times(json!({"startTime": "13:15"})).await, is("13:15", "15:15", 7200));
    assert_eq!(times(json!({"startTime": "23:00"})).await, is("23:00", "01:00 (next day)", 7200));
}

#[tokio::test(start_paused = true)]
async fn a_new_end_alone_changes_the_duration() {
    assert_eq!(times(json!({"endTime": "12:30"})).await, is("09:00", "12:30", 12_600));
    assert_eq!(times(json!({"endTime": "00:00"})).await, is("09:00", "00:00 (next day)", 54_000));
}

#[tokio::test(start_paused = true)]
async fn a_new_duration_alone_keeps_the_start() {
    assert_eq!(times(json!({"timeSpent": "45m"})).await, is("09:00", "09:45", 2700));
    assert_eq!(times(json!({"timeSpentHours": "0.75"})).await, is("09:00", "09:45", 2700));
}

#[tokio::test(start_paused = true)]
async fn contradicting_times_are_refused() {
    assert_eq!(times(json!({"startTime": "10:00", "endTime": "10:45"})).await, is("10:00", "10:45", 2700));
    assert_eq!(times(json!({"endTime": "10:00", "timeSpent": "1h"})).await, is("09:00", "10:00", 3600));
    let site = Site::new();
    let id = rich(&site).await;
    let mut refusals = Vec::new();
    for more in [
        json!({"endTime": "10:00", "timeSpent": "2h"}),
        json!({"endTime": "09:00"}),
        json!({"endTime": "8:59"}),
        json!({"startTime": "10:00", "endTime": "11:00", "timeSpentHours": 2}),
    ] {
        let mut call = more.clone();
        call["worklogId"] = json!(id);
        refusals.push(format!("{more}\n{}", site.err("editWorklog", call).await));
    }
    expect![[r#"
        {"endTime":"10:00","timeSpent":"2h"}
        Invalid argument: timeSpentHours: contradicts another argument: timeSpent 2h (2h), startTime 09:00 to endTime 10:00 (1h); give one of them
        Nothing was changed.

        {"endTime":"09:00"}
        Invalid argument: endTime: 09:00 is not after startTime 09:00; for a worklog past midnight give startTime and timeSpent instead
        Nothing was changed.

        {"endTime":"8:59"}
        Invalid argument: endTime: 08:59 is not after startTime 09:00; for a worklog past midnight give startTime and timeSpent instead
        Nothing was changed.

        {"endTime":"11:00","startTime":"10:00","timeSpentHours":2}
        Invalid argument: timeSpentHours: contradicts another argument: timeSpentHours 2 (2h), startTime 10:00 to endTime 11:00 (1h); give one of them
        Nothing was changed."#]].assert_eq(&refusals.join("\n\n"));
    assert!(!site.requests().iter().any(|it| it.starts_with("PUT")));
}

#[tokio::test(start_paused = true)]
async fn an_end_needs_a_given_or_a_stored_start() {
    let site = Site::with(&[], |it| it.default_start_time = None);
    let entry = json!({"issueKey": "WEB-2", "date": "2026-03-20", "timeSpent": "1h"});
    let id = site.ok("createWorklog", entry).await.structured["worklog"]["worklogId"].clone();
    let refusal = site.err("editWorklog", json!({"worklogId": id, "endTime": "10:00"})).await;
    assert_eq!(refusal, "Invalid argument: endTime: needs startTime\nNothing was changed.");
    let call = json!({"worklogId": id, "startTime": "9:00", "endTime": "9:30"});
    let row = site.ok("editWorklog", call).await.structured["worklog"].clone();
    assert_eq!(row["timeSpentSeconds"], 1800);
}

#[tokio::test(start_paused = true)]
async fn a_refused_edit_changes_nothing_and_says_why() {
    let site = Site::new();
    let id = rich(&site).await;
    site.fault("PUT", "/4/worklogs/", Some(1), Effect::status(400));
    let refusal = site.err("editWorklog", json!({"worklogId": id, "description": "x"})).await;
    assert!(refusal.contains("Tempo refused this") && refusal.contains("Nothing was changed"), "{refusal}");
}
