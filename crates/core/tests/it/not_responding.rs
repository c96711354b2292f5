//! A vendor that does not respond: it gets no more requests for a while, and calls that wait for it leave room for others.

use std::time::Duration;

use expect_test::expect;
use futures::future::join_all;
use serde_json::{Value, json};
use tempo_mcp_core::upstream::Bulkhead;
use tempo_sandbox::Effect;
use tokio::time::Instant;

use tempo_test_support::{
    site::{Outcome, Site},
    wire::{Wire, wired},
};

const SEARCH: &str = "/4/worklogs/search";

fn week() -> Value {
    json!({"startDate": "2026-03-09", "endDate": "2026-03-18"})
}

fn searches(wire: &Wire) -> usize {
    wire.sent().iter().filter(|it| it.path == SEARCH).count()
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// The text of a call that returned without waiting.
async fn at_once(site: &Site) -> String {
    let started = Instant::now();
    let text = site.call("retrieveWorklogs", week()).await.text;
    assert_eq!(started.elapsed().as_secs(), 0, "{text}");
    text
}

/// Two calls with three time-outs, after which Tempo gets no request.
async fn opened(site: &Site) {
    site.fault("POST", SEARCH, None, Effect::Hang);
    site.err("retrieveWorklogs", week()).await;
    site.err("retrieveWorklogs", week()).await;
}

#[tokio::test(start_paused = true)]
async fn three_time_outs_stop_requests_to_that_vendor() {
    let (site, wire) = wired(&[], |_| ());
    opened(&site).await;
    assert_eq!(searches(&wire), 3);
    expect!["Tempo did not respond to the last requests, so this one was not sent. Try again in 15 seconds."]
        .assert_eq(&at_once(&site).await);
    let entry = json!({"issueKey": "WEB-12", "date": "2026-03-18", "timeSpent": "1h"});
    let text = site.err("createWorklog", entry.clone()).await;
    assert!(text.contains("was not sent"), "{text}");
    let bulk = site.call("bulkCreateWorklogs", json!({"worklogEntries": [entry]})).await;
    assert_eq!((&bulk.structured["notSent"], bulk.is_error), (&json!(1), true));
    assert_eq!(wire.sent().iter().filter(|it| it.path.starts_with("/4/")).count(), 3);
    site.ok("searchIssues", json!({"text": "checkout"})).await;
}

#[tokio::test(start_paused = true)]
async fn after_15_seconds_one_request_tries_the_vendor() {
    let (site, wire) = wired(&[], |_| ());
    opened(&site).await;
    pass(15).await;
    let calls = || join_all((0..4).map(|_| site.call("retrieveWorklogs", week())));
    let outcomes: Vec<Outcome> = calls().await;
    assert_eq!(searches(&wire), 4, "one of four calls tried");
    assert!(outcomes.iter().all(|it| it.is_error));
    site.sandbox.clear_faults();
    assert!(at_once(&site).await.contains("was not sent"), "it did not respond to the trial");
    pass(15).await;
    site.ok("retrieveWorklogs", week()).await;
    assert!(calls().await.iter().all(|it| !it.is_error), "all requests are sent again");
}

#[tokio::test(start_paused = true)]
async fn response_in_between_starts_the_count_again() {
    let (site, wire) = wired(&[], |_| ());
    for _ in 0..4 {
        site.fault("POST", SEARCH, Some(1), Effect::Hang);
        site.ok("retrieveWorklogs", week()).await;
    }
    assert_eq!(searches(&wire), 8);
}

#[tokio::test(start_paused = true)]
async fn tenants_do_not_share_a_circuit() {
    let (site, _) = wired(&[], |_| ());
    opened(&site).await;
    site.sandbox.clear_faults();
    site.restarted().ok("retrieveWorklogs", week()).await;
}

#[tokio::test(start_paused = true)]
async fn lost_write_is_reconciled_although_the_circuit_is_open() {
    let site = Site::new();
    let before = site.sandbox.worklogs().len();
    site.fault("POST", "*/4/worklogs", None, Effect::HangAfter);
    let entry = |key: &str| json!({"issueKey": key, "date": "2026-03-18", "timeSpent": "1h"});
    let entries = ["WEB-1", "WEB-2", "MOB-4"].map(entry);
    let result = site.ok("bulkCreateWorklogs", json!({"worklogEntries": entries})).await.structured;
    assert_eq!((&result["created"], site.sandbox.worklogs().len() - before), (&json!(3), 3));
}

/// A site in a service that takes 12 requests at once.
fn hosted() -> Site {
    let site = Site::new();
    let context = site.context.clone().with_bulkheads([Bulkhead::new(12)]);
    Site { context, ..site }
}

#[tokio::test(start_paused = true)]
async fn hanging_vendor_leaves_room_for_the_other_one() {
    let site = hosted();
    site.ok("retrieveWorklogs", week()).await;
    site.fault("POST", SEARCH, None, Effect::Hang);
    let stuck = join_all((0..12).map(|_| site.call("retrieveWorklogs", week())));
    let other = async {
        pass(1).await;
        site.ok("searchIssues", json!({"text": "checkout"})).await;
    };
    let (stuck, ()) = futures::join!(stuck, other);
    let mut texts: Vec<&str> = stuck.iter().map(|it| it.text.as_str()).collect();
    texts.sort_unstable();
    texts.dedup();
    expect![[r#"
        Tempo did not respond to the last requests, so this one was not sent. Try again in 15 seconds.
        Too many calls are waiting for Tempo, so this request was not sent. Try again in a minute."#]]
    .assert_eq(&texts.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn eight_calls_that_need_the_same_vendor_may_run_at_once() {
    let site = hosted();
    site.sandbox.settings(|it| it.latency_ms = 500);
    let calls = join_all((0..8).map(|_| site.call("retrieveWorklogs", week()))).await;
    assert!(calls.iter().all(|it| !it.is_error), "{calls:?}");
    site.ok("retrieveWorklogs", week()).await;
}
