//! How long a call may take whatever the vendors do, and what becomes of its writes when the time is over.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value, json};
use tempo_mcp_core::{
    ports::Progress,
    tools::{self, ToolResult},
};
use tempo_sandbox::Effect;
use tokio::time::Instant;

use tempo_test_support::{
    oauth_fixture::OauthFixture,
    site::{Outcome, Site},
    worklog_snapshot::{WorklogSnapshot, id, own},
};

fn week() -> Value {
    json!({"startDate": "2026-03-09", "endDate": "2026-03-18"})
}

fn create() -> Value {
    json!({"issueKey": "WEB-12", "date": "2026-03-18", "timeSpent": "1h"})
}

/// A call's outcome, and how many seconds it took.
async fn timed(site: &Site, tool: &str, arguments: Value) -> (Outcome, u64) {
    let started = Instant::now();
    let outcome = site.call(tool, arguments).await;
    (outcome, started.elapsed().as_secs())
}

fn slow(seconds: u64) -> Effect {
    Effect::Latency { ms: seconds * 1000 }
}

fn writes(site: &Site) -> usize {
    site.requests().iter().filter(|it| *it == "POST /4/worklogs" || it.ends_with("/bulk")).count()
}

#[tokio::test(start_paused = true)]
async fn reader_answers_within_45_seconds() {
    for (method, path) in [("GET", "*/myself"), ("POST", "/4/worklogs/search"), ("POST", "/issue/bulkfetch")]
    {
        let site = Site::new();
        site.fault(method, path, None, Effect::Hang);
        let (outcome, seconds) = timed(&site, "retrieveWorklogs", week()).await;
        assert!(seconds <= 45, "{path}: {seconds} s, {}", outcome.text);
    }
    // Each request responds, but all together take too long.
    let site = Site::with(&[], |it| it.page_limit = Some(1));
    site.fault("POST", "/4/worklogs/search", None, slow(12));
    let (outcome, seconds) = timed(&site, "retrieveWorklogs", week()).await;
    assert!(outcome.is_error && outcome.text.contains("Tempo"), "{}", outcome.text);
    assert_eq!(seconds, 44);
}

#[tokio::test(start_paused = true)]
async fn write_starts_nothing_new_after_30_seconds() {
    let site = Site::new();
    site.fault("POST", "/issue/bulkfetch", None, slow(20));
    site.fault("GET", "/4/work-attributes", None, slow(20));
    let mut call = create();
    call["attributes"] = json!({"_WorkType_": "Meeting"});
    let (outcome, seconds) = timed(&site, "createWorklog", call).await;
    assert_eq!((outcome.is_error, seconds, writes(&site)), (true, 30, 0), "{}", outcome.text);

    // A 429 is not waited for either, if the write could only be sent after that.
    let site = Site::new();
    site.fault("POST", "/issue/bulkfetch", None, slow(20));
    let pause = Effect::Status { status: 429, retry_after: Some(15), body: None, media_type: None };
    site.fault("POST", "*/4/worklogs", Some(1), pause);
    let (outcome, seconds) = timed(&site, "createWorklog", create()).await;
    assert_eq!((outcome.is_error, seconds, writes(&site)), (true, 20, 1), "{}", outcome.text);
}

#[tokio::test(start_paused = true)]
async fn write_that_waits_for_its_issue_is_not_sent_after_30_s() {
    let site = Site::new();
    site.fault("POST", "*/4/worklogs", None, Effect::Hang);
    let (first, second) =
        futures::join!(timed(&site, "createWorklog", create()), timed(&site, "createWorklog", create()));
    assert!(first.1 <= 55, "{} s", first.1);
    assert!(second.0.text.contains("was not sent"), "{}", second.0.text);
    assert_eq!((second.1, writes(&site)), (29, 1));
}

#[tokio::test(start_paused = true)]
async fn write_unanswered_at_45_seconds_is_reconciled() {
    let site = Site::new();
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    site.fault("POST", "/issue/bulkfetch", None, slow(20));
    site.fault("POST", "*/4/worklogs", None, Effect::HangAfter);
    let (outcome, seconds) = timed(&site, "createWorklog", create()).await;
    assert_eq!((outcome.is_error, seconds), (false, 45), "{}", outcome.text);
    assert_eq!(outcome.structured["worklog"]["worklogId"], id(&snapshot.changes(&site.sandbox).added[0]));
}

#[tokio::test(start_paused = true)]
async fn write_not_found_out_about_by_55_seconds_is_unknown() {
    let site = Site::new();
    site.fault("POST", "/issue/bulkfetch", None, slow(20));
    site.fault("POST", "*/4/worklogs", None, Effect::HangAfter);
    site.fault("POST", "/4/worklogs/search", None, Effect::Hang);
    let (outcome, seconds) = timed(&site, "createWorklog", create()).await;
    assert!(outcome.text.contains("is not known"), "{}", outcome.text);
    assert_eq!(seconds, 54);
}

#[tokio::test(start_paused = true)]
async fn lost_edit_is_repeated_if_45_seconds_are_not_over() {
    for (times, seconds, text) in [(Some(1), 30, "description: "), (None, 45, "is not known")] {
        let site = Site::new();
        let victim = id(&own(&site.sandbox, "2026-03-13"));
        site.fault("PUT", "/4/worklogs/", times, Effect::Hang);
        let edit = json!({"worklogId": victim, "description": "Corrected"});
        let (outcome, took) = timed(&site, "editWorklog", edit).await;
        assert!(outcome.text.contains(text), "{}", outcome.text);
        assert_eq!((outcome.is_error, took), (times.is_none(), seconds));
        assert_eq!(site.requests().iter().filter(|it| it.starts_with("PUT ")).count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_name_look_up_leaves_time_for_the_write() {
    for path in ["*/myself", "/issue/bulkfetch"] {
        let site = Site::new();
        let victim = id(&own(&site.sandbox, "2026-03-13"));
        site.fault("GET", path, None, Effect::Hang);
        site.fault("POST", path, None, Effect::Hang);
        let (outcome, seconds) = timed(&site, "deleteWorklog", json!({"worklogId": victim})).await;
        assert_eq!((outcome.is_error, seconds), (false, 10), "{}", outcome.text);
    }
}

/// Five requests of 50 entries, of which three begin within 30 seconds.
#[tokio::test(start_paused = true)]
async fn unsent_bulk_entries_come_back_ready_to_be_passed() {
    let site = Site::with(&[], |it| it.max_seconds_per_day = None);
    let before = site.sandbox.worklogs().len();
    site.fault("POST", "*/bulk", Some(3), slow(12));
    let entry = |i: usize| {
        json!({"issueKey": "WEB-1", "date": "2026-03-18", "timeSpent": "1m", "startTime": "09:30", "billableHours": 0.0,
            "description": format!("Entry {i}"), "attributes": [{"key": "Work type", "value": "Meeting"}]})
    };
    let call = json!({"worklogEntries": (0..250).map(entry).collect::<Vec<_>>()});
    let (outcome, seconds) = timed(&site, "bulkCreateWorklogs", call).await;
    let result = &outcome.structured;
    assert_eq!((&result["created"], &result["notSent"], seconds), (&json!(150), &json!(100), 36));
    assert_eq!(result["entries"][150]["status"], "notSent");
    assert!(outcome.text.contains("0 failed, 0 unknown, 100 not sent."), "{}", outcome.text);
    assert_eq!(result["worklogEntries"].as_array().unwrap().len(), 100);
    assert_eq!(result["worklogEntries"][0], entry(150));

    let again = json!({"worklogEntries": result["worklogEntries"]});
    let result = site.ok("bulkCreateWorklogs", again).await.structured;
    assert_eq!((&result["created"], &result["notSent"]), (&json!(100), &json!(0)));
    let stored = site.sandbox.worklogs();
    let last = stored.iter().find(|it| it["description"] == "Entry 249").unwrap();
    assert_eq!((stored.len() - before, &last["billableSeconds"]), (250, &json!(0)));
}

struct Listener;

impl Progress for Listener {
    fn report(&self, _: usize, _: usize) {}
}

/// A bulk call of a client that receives its progress.
async fn with_progress(site: &Site, entries: Vec<Value>) -> (ToolResult, u64) {
    let context = site.context.for_call(Some(Arc::new(Listener)), None);
    let arguments = Map::from_iter([("worklogEntries".to_owned(), Value::Array(entries))]);
    let started = Instant::now();
    let result = tools::find("bulkCreateWorklogs").unwrap().call(&context, arguments).await.unwrap();
    (result, started.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn bulk_call_with_progress_goes_on_to_240_seconds() {
    for (seconds_each, created, took) in [(20, 500, 200), (28, 400, 224)] {
        let site = Site::with(&[], |it| it.max_seconds_per_day = None);
        site.fault("POST", "*/bulk", None, slow(seconds_each));
        let entry = json!({"issueKey": "WEB-1", "date": "2026-03-18", "timeSpent": "1m"});
        let (result, seconds) = with_progress(&site, vec![entry; 500]).await;
        let result = result.structured.to_value();
        assert_eq!((&result["created"], seconds), (&json!(created), took));
        assert_eq!(result["notSent"], 500 - created);
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_person_does_not_count() {
    let fixture = OauthFixture::new();
    fixture.site.fault("GET", "/authorize", None, slow(40));
    fixture.site.fault("POST", "/search/jql", None, slow(20));
    let (outcome, seconds) = timed(&fixture.site, "searchIssues", json!({"text": "checkout"})).await;
    assert!(!outcome.is_error, "{}", outcome.text);
    assert_eq!((fixture.asked(), seconds), (1, 60));
    // The time of the vendors still counts.
    fixture.site.fault("POST", "/issue/bulkfetch", None, Effect::Hang);
    let (_, seconds) = timed(&fixture.site, "searchIssues", json!({"text": "INT-1"})).await;
    assert_eq!(seconds, 44);
}

#[tokio::test(start_paused = true)]
async fn background_work_of_a_call_keeps_its_limits() {
    let site = Site::new();
    site.fault("POST", "*/4/worklogs", None, Effect::HangAfter);
    site.fault("POST", "/4/worklogs/search", None, Effect::Hang);
    let call = tokio::time::timeout(Duration::from_secs(1), site.call("createWorklog", create()));
    assert!(call.await.is_err());
    tokio::time::sleep(Duration::from_secs(56)).await;
    let before = site.requests().len();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(site.requests().len(), before);
}
