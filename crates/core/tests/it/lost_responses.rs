//! Writes whose response is lost. What became of them is found out and never guessed, and nothing is stored twice.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tempo_sandbox::{Effect, Fault};

use tempo_test_support::{
    site::{Outcome, Site},
    wire::{sandbox, with_wrong_clock},
    worklog_snapshot::{Changes, WorklogSnapshot, id, own},
};

fn entry() -> Value {
    json!({"issueKey": "INT-1", "date": "2026-03-18", "timeSpent": "15m", "description": "Stand-up, afternoon"})
}

fn lose(site: &Site, effect: Effect) {
    site.fault("POST", "*/4/worklogs", Some(1), effect);
}

fn posts(site: &Site) -> usize {
    site.requests().iter().filter(|it| *it == "POST /4/worklogs").count()
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// The result shows exactly the worklog that was added.
fn assert_told(outcome: &Outcome, changes: &Changes) {
    assert!(!outcome.is_error, "{}", outcome.text);
    assert_eq!(changes.added.len(), 1, "{changes:?}");
    assert_eq!(outcome.structured["worklog"]["worklogId"], id(&changes.added[0]));
    assert!(changes.removed.is_empty() && changes.changed.is_empty(), "{changes:?}");
}

/// The error says that nothing was found, and when Tempo was read.
fn assert_not_found(outcome: &Outcome, changes: &Changes) {
    assert!(changes.is_nothing(), "{changes:?}");
    let (_, after) = outcome
        .text
        .split_once("was not found in Tempo as of ")
        .unwrap_or_else(|| panic!("{}", outcome.text));
    let time: Vec<&str> = after.split(['.', ':']).take(3).collect();
    assert!(time.iter().all(|it| it.len() == 2 && it.parse::<u8>().is_ok()), "{}", outcome.text);
    assert!(outcome.text.contains("before you try again"), "{}", outcome.text);
}

fn assert_unknown(outcome: &Outcome) {
    assert!(outcome.is_error && outcome.text.contains("is not known"), "{}", outcome.text);
}

#[tokio::test(start_paused = true)]
async fn stored_worklog_is_found_however_the_response_was_lost() {
    let cut_off = [
        Effect::ResetAfter,
        Effect::StatusAfter { status: 502 },
        Effect::StatusAfter { status: 504 },
        Effect::HangAfter,
        Effect::CutJson,
        Effect::EmptyBody,
        Effect::WrongShape,
    ];
    for effect in cut_off {
        let site = Site::new();
        let snapshot = WorklogSnapshot::of(&site.sandbox);
        lose(&site, effect);
        let outcome = site.ok("createWorklog", entry()).await;
        assert_told(&outcome, &snapshot.changes(&site.sandbox));
        assert_eq!(posts(&site), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn worklog_that_was_not_stored_is_reported_and_not_resent() {
    for effect in [Effect::ResetBefore, Effect::Html200, Effect::status(503), Effect::Hang] {
        let site = Site::new();
        let snapshot = WorklogSnapshot::of(&site.sandbox);
        lose(&site, effect);
        let outcome = site.call("createWorklog", entry()).await;
        assert_not_found(&outcome, &snapshot.changes(&site.sandbox));
        assert_eq!(posts(&site), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn worklog_that_appears_late_is_found() {
    let site = Site::new();
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    lose(&site, Effect::ResetAfter);
    // The first two readings find nothing, because the site's index lags behind.
    let empty = json!({"self": "x", "metadata": {"count": 0, "offset": 0, "limit": 5000}, "results": []});
    let lagging =
        Effect::Status { status: 200, retry_after: None, body: Some(empty.to_string()), media_type: None };
    site.fault("POST", "/4/worklogs/search", Some(2), lagging);
    let outcome = site.ok("createWorklog", entry()).await;
    assert_told(&outcome, &snapshot.changes(&site.sandbox));
}

#[tokio::test(start_paused = true)]
async fn outcome_is_unknown_if_tempo_cannot_be_read() {
    let site = Site::new();
    lose(&site, Effect::ResetAfter);
    site.fault("POST", "/4/worklogs/search", None, Effect::Html200);
    assert_unknown(&site.call("createWorklog", entry()).await);
    assert_eq!(posts(&site), 1);
}

#[tokio::test(start_paused = true)]
async fn outcome_is_unknown_with_two_candidates() {
    let site = Site::new();
    let other = site.restarted();
    lose(&site, Effect::HangAfter);
    let elsewhere = async {
        pass(3).await;
        other.ok("createWorklog", entry()).await
    };
    let (ours, _) = tokio::join!(site.call("createWorklog", entry()), elsewhere);
    assert_unknown(&ours);
}

/// The same worklog is created twice on purpose, and the response to the second is lost.
async fn twice(first: &Site, second: &Site, lost: Effect) -> (Outcome, Changes) {
    first.ok("createWorklog", entry()).await;
    pass(4).await;
    let snapshot = WorklogSnapshot::of(&second.sandbox);
    lose(second, lost);
    let outcome = second.call("createWorklog", entry()).await;
    (outcome, snapshot.changes(&second.sandbox))
}

#[tokio::test(start_paused = true)]
async fn equal_earlier_worklog_is_not_taken_for_the_lost_one() {
    let site = Site::new();
    let (outcome, changes) = twice(&site, &site, Effect::ResetBefore).await;
    assert_not_found(&outcome, &changes);
    let site = Site::new();
    let (outcome, changes) = twice(&site, &site, Effect::ResetAfter).await;
    assert_told(&outcome, &changes);
}

#[tokio::test(start_paused = true)]
async fn equal_earlier_worklog_is_recognized_after_a_restart() {
    let site = Site::new();
    let (outcome, changes) = twice(&site, &site.restarted(), Effect::ResetBefore).await;
    assert_not_found(&outcome, &changes);
    let site = Site::new();
    let (outcome, changes) = twice(&site, &site.restarted(), Effect::ResetAfter).await;
    assert_told(&outcome, &changes);
}

#[tokio::test(start_paused = true)]
async fn own_worklog_of_the_same_second_is_not_a_candidate() {
    let site = Site::new();
    let first = site.ok("createWorklog", entry()).await;
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    lose(&site, Effect::ResetAfter);
    let second = site.ok("createWorklog", entry()).await;
    assert_told(&second, &snapshot.changes(&site.sandbox));
    assert_ne!(first.structured["worklog"]["worklogId"], second.structured["worklog"]["worklogId"]);
}

#[tokio::test(start_paused = true)]
async fn clock_that_is_an_hour_off_changes_nothing() {
    for hours in [-1, 1] {
        for (lost, stored) in [(Effect::ResetBefore, false), (Effect::ResetAfter, true)] {
            let sandbox = sandbox(|_| ());
            let wrong = || with_wrong_clock(&sandbox, SignedDuration::from_hours(hours));
            let (outcome, changes) = twice(&wrong(), &wrong(), lost).await;
            if stored { assert_told(&outcome, &changes) } else { assert_not_found(&outcome, &changes) }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn identical_entries_of_a_lost_bulk_call_get_their_own_ids() {
    let site = Site::new();
    site.ok("createWorklog", entry()).await;
    pass(4).await;
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    site.fault("POST", "*/bulk", Some(1), Effect::ResetAfter);
    let outcome = site
        .restarted()
        .ok("bulkCreateWorklogs", json!({"worklogEntries": [entry(), entry(), entry()]}))
        .await;
    let mut told: Vec<u64> = outcome.structured["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["worklogId"].as_u64())
        .collect();
    told.sort_unstable();
    let added: Vec<u64> = snapshot.changes(&site.sandbox).added.iter().map(id).collect();
    assert_eq!((told, added.len()), (added.clone(), 3));
}

#[tokio::test(start_paused = true)]
async fn lost_edit_is_resent_only_if_nothing_changed() {
    for (effect, puts) in
        [(Effect::ResetAfter, 1), (Effect::StatusAfter { status: 502 }, 1), (Effect::ResetBefore, 2)]
    {
        let site = Site::new();
        let before = own(&site.sandbox, "2026-03-13");
        site.fault("PUT", "/4/worklogs/", Some(1), effect);
        let outcome =
            site.ok("editWorklog", json!({"worklogId": id(&before), "description": "Corrected"})).await;
        assert_eq!(outcome.structured["worklog"]["description"], "Corrected");
        assert_eq!(site.requests().iter().filter(|it| it.starts_with("PUT ")).count(), puts);
        let after = own(&site.sandbox, "2026-03-13");
        assert_ne!(after["description"], "Corrected", "another worklog was changed");
    }
}

#[tokio::test(start_paused = true)]
async fn lost_edit_of_only_the_remaining_estimate_is_resent() {
    let site = Site::new();
    let worklog = own(&site.sandbox, "2026-03-13");
    site.fault("PUT", "/4/worklogs/", Some(1), Effect::ResetBefore);
    site.ok("editWorklog", json!({"worklogId": id(&worklog), "remainingEstimateHours": 3})).await;
    assert_eq!(
        site.requests().iter().filter(|it| it.starts_with("PUT ")).count(),
        2,
        "the worklog cannot tell"
    );
    let site = Site::new();
    site.fault("PUT", "/4/worklogs/", None, Effect::ResetBefore);
    assert_unknown(
        &site.call("editWorklog", json!({"worklogId": id(&worklog), "remainingEstimateHours": 3})).await,
    );
}

#[tokio::test(start_paused = true)]
async fn lost_deletion_is_reconciled() {
    for effect in [Effect::ResetAfter, Effect::ResetBefore, Effect::HangAfter, Effect::Html200] {
        let site = Site::new();
        let snapshot = WorklogSnapshot::of(&site.sandbox);
        let victim = id(&own(&site.sandbox, "2026-03-13"));
        site.fault("DELETE", "/4/worklogs/", Some(1), effect);
        site.ok("deleteWorklog", json!({"worklogId": victim})).await;
        let changes = snapshot.changes(&site.sandbox);
        assert_eq!(changes.removed.iter().map(id).collect::<Vec<_>>(), [victim]);
    }
    let site = Site::new();
    let victim = id(&own(&site.sandbox, "2026-03-13"));
    site.fault("DELETE", "/4/worklogs/", None, Effect::ResetBefore);
    assert_unknown(&site.call("deleteWorklog", json!({"worklogId": victim})).await);
}

#[tokio::test(start_paused = true)]
async fn equal_creates_with_one_lost_response_are_two_worklogs() {
    for lost in [Effect::ResetAfter, Effect::ResetBefore] {
        let site = Site::new();
        site.sandbox.settings(|it| it.latency_ms = 300);
        let before = site.sandbox.worklogs().len();
        let stored = if matches!(lost, Effect::ResetAfter) { 2 } else { 1 };
        site.sandbox.add_faults(vec![Fault::on("POST", "*/4/worklogs", lost).skip(1).times(1)]);
        let entry = || json!({"issueKey": "WEB-12", "date": "2026-03-18", "timeSpent": "15m", "description": "Stand-up"});
        let (first, second) =
            futures::join!(site.call("createWorklog", entry()), site.call("createWorklog", entry()));
        assert_eq!(site.sandbox.worklogs().len(), before + stored);
        let ids: Vec<_> = [&first, &second]
            .iter()
            .filter(|it| !it.is_error)
            .map(|it| it.structured["worklog"]["worklogId"].as_u64().unwrap())
            .collect();
        assert_eq!(ids.len(), stored, "{first:?} {second:?}");
        assert!(ids.windows(2).all(|it| it[0] != it[1]), "{ids:?}");
    }
}
