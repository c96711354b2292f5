//! How fast and how often requests are sent.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempo_mcp_core::ports::{Clock, Entropy, EntropyError, HttpClient, HttpError, HttpErrorKind, Ports};
use tempo_sandbox::Effect;
use tokio::time::Instant;

use tempo_test_support::{
    site::{Site, ports},
    wire::{Sent, sandbox, wired},
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
        assert!(text.contains("5 minutes"), "{text}");
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
    for effect in [Effect::ResetBefore, Effect::Refuse, Effect::status(502), Effect::status(503), limited(1)]
    {
        let (site, wire) = wired(&[], |_| ());
        site.fault("POST", "/4/worklogs/search", Some(2), effect.clone());
        site.ok("retrieveWorklogs", period.clone()).await;
        assert_eq!(searches(&wire.sent()), 3, "{effect:?}");
        let (site, wire) = wired(&[], |_| ());
        site.fault("POST", "/4/worklogs/search", None, effect.clone());
        site.err("retrieveWorklogs", period.clone()).await;
        assert_eq!(searches(&wire.sent()), 4, "{effect:?} always");
    }
    // A call has time for two attempts that get no response.
    for times in [Some(1), None] {
        let (site, wire) = wired(&[], |_| ());
        site.fault("POST", "/4/worklogs/search", times, Effect::Hang);
        let outcome = site.call("retrieveWorklogs", period.clone()).await;
        assert_eq!((outcome.is_error, searches(&wire.sent())), (times.is_none(), 2));
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

/// A clock whose wall time can be set; its monotonic time is unaffected.
struct SetClock(Arc<dyn Clock>, Arc<AtomicI64>);

#[async_trait]
impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        self.0.now() + SignedDuration::from_hours(self.1.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

#[tokio::test(start_paused = true)]
async fn pause_lasts_as_long_although_the_clock_is_set() {
    let period = json!({"startDate": "2026-03-09", "endDate": "2026-03-18"});
    for hours in [-24, 24] {
        let set_by = Arc::new(AtomicI64::new(0));
        let site = Site::on_clock(|clock| Arc::new(SetClock(clock, set_by.clone())));
        site.fault("POST", "/4/worklogs/search", Some(1), limited(60));
        site.err("retrieveWorklogs", period.clone()).await;
        set_by.store(hours, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(30)).await;
        let text = site.err("retrieveWorklogs", period.clone()).await;
        assert!(text.contains("30 seconds"), "{text}");
        tokio::time::sleep(Duration::from_secs(30)).await;
        site.ok("retrieveWorklogs", period.clone()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn pause_of_more_than_5_minutes_is_tried_once_a_minute() {
    let (site, wire) = wired(&[], |_| ());
    let period = json!({"startDate": "2026-03-09", "endDate": "2026-03-18"});
    site.fault("POST", "/4/worklogs/search", None, limited(u64::MAX));
    let started = Instant::now();
    let text = site.err("retrieveWorklogs", period.clone()).await;
    assert!(text.ends_with("Try again in 5 minutes."), "{text}");
    while started.elapsed() < Duration::from_secs(470) {
        tokio::time::sleep(Duration::from_secs(10)).await;
        let text = site.err("retrieveWorklogs", period.clone()).await;
        assert!(text.ends_with("minutes.") || text.ends_with("seconds."), "{text}");
    }
    let at: Vec<u64> = to_tempo(&wire.sent()).iter().map(|it| (*it - started).as_secs()).collect();
    assert_eq!(at[..4], [0, 300, 360, 420]);

    // The vendor's pause is far from over, but it responded to a trial.
    site.sandbox.clear_faults();
    tokio::time::sleep(Duration::from_secs(60)).await;
    for _ in 0..2 {
        site.ok("retrieveWorklogs", period.clone()).await;
    }
}

/// Every byte is the same.
struct Byte(u8);

impl Entropy for Byte {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(self.0);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn retries_are_spread_by_randomness() {
    let mut waits = Vec::new();
    for byte in [0, 255] {
        let sandbox = sandbox(|_| ());
        let ports = Ports { entropy: Arc::new(Byte(byte)), ..ports(&sandbox) };
        let site = Site::over(&sandbox, &[], ports);
        for effect in [Effect::status(503), limited(10)] {
            site.fault("POST", "/4/worklogs/search", Some(1), effect);
            let started = Instant::now();
            site.ok("retrieveWorklogs", json!({"startDate": "2026-03-09", "endDate": "2026-03-18"})).await;
            waits.push(started.elapsed().as_millis());
        }
    }
    assert_eq!(waits, [500, 10_000, 750, 11_000]);
}

/// Passes on all responses except those of one path, which are too large.
struct TooLarge(Arc<dyn HttpClient>, &'static str, AtomicUsize);

#[async_trait]
impl HttpClient for TooLarge {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        if request.uri().path() != self.1 {
            return self.0.send(request).await;
        }
        self.2.fetch_add(1, Ordering::Relaxed);
        self.0.send(request).await?;
        Err(HttpError { sent: true, cause: HttpErrorKind::TooLarge })
    }
}

#[tokio::test(start_paused = true)]
async fn response_that_is_too_large_is_not_fetched_again() {
    let sandbox = sandbox(|_| ());
    let ports = ports(&sandbox);
    let http = Arc::new(TooLarge(ports.http.clone(), "/4/worklogs/search", AtomicUsize::new(0)));
    let site = Site::over(&sandbox, &[], Ports { http: http.clone(), ..ports });
    let text =
        site.err("retrieveWorklogs", json!({"startDate": "2026-03-09", "endDate": "2026-03-18"})).await;
    assert!(text.contains("too large") && text.contains("shorter period"), "{text}");
    assert_eq!(http.2.load(Ordering::Relaxed), 1);
}
