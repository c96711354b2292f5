//! How fast and how often requests are sent.

use std::time::Duration;

use serde_json::{Value, json};
use tempo_sandbox::Effect;
use tokio::time::Instant;

use tempo_test_support::{
    site::Site,
    wire::{Sent, wired},
};

/// One entry on each of `count` issues.
fn entries(site: &Site, issues: usize) -> Value {
    site.sandbox.add_worklogs(issues, issues);
    let entry =
        |i: usize| json!({"issueKey": format!("BULK-{}", i + 1), "date": "2026-03-18", "timeSpent": "1m"});
    json!({"worklogEntries": (0..issues).map(entry).collect::<Vec<_>>()})
}

fn limited(seconds: u64) -> Effect {
    Effect::Status { status: 429, retry_after: Some(seconds), body: None, media_type: None }
}

fn to_tempo(sent: &[Sent]) -> Vec<Instant> {
    sent.iter().filter(|it| it.path.starts_with("/4/")).map(|it| it.at).collect()
}

fn searches(sent: &[Sent]) -> usize {
    sent.iter().filter(|it| it.path == "/4/worklogs/search").count()
}

#[tokio::test(start_paused = true)]
async fn at_most_four_requests_are_in_flight_to_each_vendor() {
    let (site, wire) = wired(&[], |it| it.latency_ms = 200);
    let call = entries(&site, 30);
    site.ok("bulkCreateWorklogs", call).await;
    assert_eq!(wire.most_in_flight("Tempo"), 4);
    let (site, wire) = wired(&[], |it| it.latency_ms = 200);
    site.sandbox.add_worklogs(900, 900);
    site.ok("retrieveWorklogs", json!({"startDate": "2025-03-18", "endDate": "2026-03-18", "limit": 1000}))
        .await;
    assert_eq!(wire.most_in_flight("Jira"), 4);
}

#[tokio::test(start_paused = true)]
async fn tempo_gets_thirty_requests_and_then_five_a_second() {
    let (site, wire) = wired(&[("TEMPO_MCP_PACING", "")], |_| ());
    let call = entries(&site, 60);
    site.ok("bulkCreateWorklogs", call).await;
    let at = to_tempo(&wire.sent());
    assert_eq!(at.len(), 60);
    assert_eq!(at[29], at[0], "the first thirty need not wait");
    for (i, later) in at.iter().enumerate().skip(30) {
        let seconds = later.duration_since(at[0]).as_secs_f64();
        assert!(seconds >= (i - 29) as f64 / 5.0, "request {i} after {seconds} s");
    }
    assert!(at[59].duration_since(at[0]) < Duration::from_secs(8), "it waits longer than it has to");
}

#[tokio::test(start_paused = true)]
async fn a_429_pauses_every_request_to_that_vendor_and_no_other() {
    let (site, wire) = wired(&[], |_| ());
    let call = entries(&site, 12);
    site.fault("POST", "*/4/worklogs", Some(1), limited(7));
    site.ok("bulkCreateWorklogs", call).await;
    let at = to_tempo(&wire.sent());
    let pause = Duration::from_secs(7);
    let before = at.iter().filter(|it| **it < at[0] + pause).count();
    assert!(before <= 4, "{before} sent during the pause");
    assert_eq!(at.len(), 13);

    site.fault("POST", "/4/worklogs/search", Some(1), limited(7));
    let started = Instant::now();
    let period = json!({"startDate": "2026-03-09", "endDate": "2026-03-18"});
    let (_, took) = tokio::join!(site.call("retrieveWorklogs", period), async {
        site.ok("searchIssues", json!({"text": "checkout"})).await;
        started.elapsed()
    });
    assert!(took < pause, "Jira was paused too");
}

#[tokio::test(start_paused = true)]
async fn long_pause_is_reported_and_not_waited_for() {
    for (tool, arguments, method, path) in [
        (
            "retrieveWorklogs",
            json!({"startDate": "2026-03-09", "endDate": "2026-03-18"}),
            "POST",
            "/4/worklogs/search",
        ),
        (
            "createWorklog",
            json!({"issueKey": "WEB-12", "date": "2026-03-18", "timeSpent": "1h"}),
            "POST",
            "*/4/worklogs",
        ),
        ("searchIssues", json!({"text": "checkout"}), "POST", "/search/jql"),
    ] {
        let site = Site::new();
        site.fault(method, path, None, limited(3600));
        let started = Instant::now();
        let text = site.err(tool, arguments.clone()).await;
        assert!(text.contains("60 minutes"), "{text}");
        let again = site.err(tool, arguments).await;
        assert!(again.contains("minutes"), "{again}");
        assert!(started.elapsed() < Duration::from_secs(1));
        let met = site.sandbox.requests().iter().filter(|it| it.status == Some(429)).count();
        assert_eq!(met, 1, "what was asked to wait was asked again");
    }
}

#[tokio::test(start_paused = true)]
async fn write_is_repeated_only_if_it_did_not_happen() {
    let create = json!({"issueKey": "WEB-12", "date": "2026-03-18", "timeSpent": "1h"});
    let unsent = [limited(2), Effect::Refuse];
    let open = [
        Effect::ResetBefore,
        Effect::ResetAfter,
        Effect::status(500),
        Effect::status(503),
        Effect::Html200,
        Effect::Hang,
    ];
    for (effect, posts) in unsent.into_iter().map(|it| (it, 2)).chain(open.into_iter().map(|it| (it, 1))) {
        let (site, wire) = wired(&[], |_| ());
        let before = site.sandbox.worklogs().len();
        site.fault("POST", "*/4/worklogs", Some(1), effect.clone());
        site.call("createWorklog", create.clone()).await;
        let sent = wire.sent().iter().filter(|it| it.path == "/4/worklogs").count();
        assert_eq!(sent, posts, "{effect:?}");
        assert!(site.sandbox.worklogs().len() <= before + 1, "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn read_is_repeated_after_temporary_errors() {
    let period = json!({"startDate": "2026-03-09", "endDate": "2026-03-18"});
    for effect in [
        Effect::ResetBefore,
        Effect::Refuse,
        Effect::status(502),
        Effect::status(503),
        limited(1),
        Effect::Hang,
    ] {
        let (site, wire) = wired(&[], |_| ());
        site.fault("POST", "/4/worklogs/search", Some(2), effect.clone());
        site.ok("retrieveWorklogs", period.clone()).await;
        assert_eq!(searches(&wire.sent()), 3, "{effect:?}");
        let (site, wire) = wired(&[], |_| ());
        site.fault("POST", "/4/worklogs/search", None, effect.clone());
        site.err("retrieveWorklogs", period.clone()).await;
        assert_eq!(searches(&wire.sent()), 4, "{effect:?} always");
    }
    for effect in [
        Effect::status(400),
        Effect::status(401),
        Effect::Html200,
        Effect::Redirect { to: "https://x.example.com".into() },
    ] {
        let (site, wire) = wired(&[], |_| ());
        site.fault("POST", "/4/worklogs/search", None, effect.clone());
        site.err("retrieveWorklogs", period.clone()).await;
        assert_eq!(searches(&wire.sent()), 1, "{effect:?}");
    }
}
