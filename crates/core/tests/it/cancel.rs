//! Callers that go away: reads end, a write that was sent is finished, and no new one starts.

use std::time::Duration;

use serde_json::{Value, json};
use tempo_sandbox::Effect;

use tempo_test_support::{
    site::Site,
    wire::{Wire, wired},
    worklog_snapshot::WorklogSnapshot,
};

const CREATE: fn() -> Value = || json!({"issueKey": "WEB-12", "date": "2026-03-18", "timeSpent": "1h"});

/// Starts the call, drops it after `after`, and waits until all background work is over.
async fn dropped(site: &Site, tool: &str, arguments: Value, after: Duration) {
    let call = tokio::time::timeout(after, site.call(tool, arguments)).await;
    assert!(call.is_err(), "the call ended before it could be dropped");
    tokio::time::sleep(Duration::from_secs(3600)).await;
}

fn writes(wire: &Wire) -> usize {
    wire.sent().iter().filter(|it| it.path == "/4/worklogs" || it.path.ends_with("/bulk")).count()
}

#[tokio::test(start_paused = true)]
async fn dropped_read_sends_no_further_request() {
    let (site, wire) = wired(&[], |it| {
        it.latency_ms = 1000;
        it.page_limit = Some(5);
    });
    let period = json!({"startDate": "2026-03-02", "endDate": "2026-03-18"});
    dropped(&site, "retrieveWorklogs", period, Duration::from_millis(2500)).await;
    assert_eq!(wire.sent().len(), 3, "{:?}", wire.sent());
}

#[tokio::test(start_paused = true)]
async fn dropped_create_that_was_not_sent_is_never_sent() {
    let (site, wire) = wired(&[], |it| it.latency_ms = 1000);
    dropped(&site, "createWorklog", CREATE(), Duration::from_millis(500)).await;
    assert_eq!(writes(&wire), 0);
}

#[tokio::test(start_paused = true)]
async fn dropped_create_that_was_sent_is_finished() {
    let site = Site::new();
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    site.fault("POST", "*/4/worklogs", Some(1), Effect::Latency { ms: 1000 });
    dropped(&site, "createWorklog", CREATE(), Duration::from_millis(500)).await;
    assert_eq!(snapshot.changes(&site.sandbox).added.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn lost_response_of_a_dropped_create_is_reconciled() {
    let site = Site::new();
    site.fault("POST", "*/4/worklogs", Some(1), Effect::HangAfter);
    dropped(&site, "createWorklog", CREATE(), Duration::from_millis(500)).await;
    assert!(site.requests().iter().any(|it| it == "POST /4/worklogs/search"), "{:?}", site.requests());
}

#[tokio::test(start_paused = true)]
async fn dropped_move_is_finished() {
    let site = Site::new();
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    let worklog = tempo_test_support::worklog_snapshot::id(&tempo_test_support::worklog_snapshot::own(
        &site.sandbox,
        "2026-03-13",
    ));
    site.fault("POST", "*/4/worklogs", Some(1), Effect::Latency { ms: 1000 });
    let arguments = json!({"worklogId": worklog, "issueKey": "MOB-4"});
    dropped(&site, "editWorklog", arguments, Duration::from_millis(500)).await;
    let changes = snapshot.changes(&site.sandbox);
    assert_eq!((changes.added.len(), changes.removed.len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn dropped_bulk_call_starts_no_further_write_on_an_issue() {
    let (site, wire) = wired(&[], |_| ());
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    let entry = json!({"issueKey": "WEB-12", "date": "2026-03-18", "timeSpent": "1m"});
    site.fault("POST", "*/bulk", None, Effect::Latency { ms: 1000 });
    let arguments = json!({"worklogEntries": vec![entry; 150]});
    dropped(&site, "bulkCreateWorklogs", arguments, Duration::from_millis(500)).await;
    assert_eq!((writes(&wire), snapshot.changes(&site.sandbox).added.len()), (1, 50));
}

#[tokio::test(start_paused = true)]
async fn dropped_bulk_call_starts_no_waiting_write() {
    let (site, wire) = wired(&[], |_| ());
    site.sandbox.add_worklogs(12, 12);
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    site.fault("POST", "*/4/worklogs", None, Effect::Latency { ms: 1000 });
    let entry =
        |i: usize| json!({"issueKey": format!("BULK-{}", i + 1), "date": "2026-03-18", "timeSpent": "1m"});
    let arguments = json!({"worklogEntries": (0..12).map(entry).collect::<Vec<_>>()});
    dropped(&site, "bulkCreateWorklogs", arguments, Duration::from_millis(500)).await;
    assert_eq!((writes(&wire), snapshot.changes(&site.sandbox).added.len()), (4, 4));
}

#[tokio::test(start_paused = true)]
async fn dropped_write_is_not_repeated_after_a_429() {
    let (site, wire) = wired(&[], |_| ());
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    let wait = Effect::Status { status: 429, retry_after: Some(10), body: None, media_type: None };
    site.fault("POST", "*/4/worklogs", Some(1), wait);
    dropped(&site, "createWorklog", CREATE(), Duration::from_secs(5)).await;
    assert_eq!(writes(&wire), 1);
    assert!(snapshot.changes(&site.sandbox).is_nothing());
}
