//! The user's identity and time zone, and the address at which Jira accepts the credentials.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI8, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use expect_test::expect;
use jiff::tz::{TimeZone, offset};
use serde_json::{Value, json};
use tempo_mcp_core::ports::Clock;
use tempo_sandbox::{CLOUD_ID, Effect, JIRA_SCOPED_TOKEN, JiraAuth};

use tempo_test_support::site::Site;

const MYSELF: &str = "GET /rest/api/3/myself";

fn week() -> Value {
    json!({"startDate": "2026-03-16", "endDate": "2026-03-18"})
}

fn times(site: &Site, request: &str) -> usize {
    site.requests().iter().filter(|it| *it == request).count()
}

#[tokio::test(start_paused = true)]
async fn identity_is_read_once_per_process() {
    let site = Site::new();
    for tool in ["retrieveWorklogs", "getWorklogAnalytics", "getMissingWorklogDays"] {
        site.ok(tool, week()).await;
    }
    site.ok("createWorklog", json!({"issueKey": "WEB-1", "date": "2026-03-18", "timeSpent": "1h"})).await;
    site.ok("searchIssues", json!({"recent": true})).await;
    assert_eq!(times(&site, MYSELF), 1);
    site.restarted().ok("retrieveWorklogs", week()).await;
    assert_eq!(times(&site, MYSELF), 2);
}

#[tokio::test(start_paused = true)]
async fn identity_is_read_again_after_jira_refused_the_token() {
    let site = Site::new();
    site.ok("retrieveWorklogs", week()).await;
    site.fault("POST", "/rest/api/3/search/jql", Some(1), Effect::status(401));
    site.err("searchIssues", json!({"text": "login"})).await;
    site.ok("retrieveWorklogs", week()).await;
    assert_eq!(times(&site, MYSELF), 2);
}

#[tokio::test(start_paused = true)]
async fn known_identity_is_used_while_myself_fails() {
    for effect in [Effect::status(401), Effect::status(503), Effect::Refuse, Effect::Hang, Effect::Html200] {
        let site = Site::new();
        let before = site.ok("retrieveWorklogs", week()).await;
        site.fault("POST", "/rest/api/3/search/jql", Some(1), Effect::status(401));
        site.err("searchIssues", json!({"text": "login"})).await;
        site.fault("GET", "/myself", None, effect.clone());
        let during = site.ok("retrieveWorklogs", week()).await;
        assert_eq!(during.structured, before.structured, "{effect:?}");
        assert!(times(&site, MYSELF) > 1, "{effect:?}: Jira is asked first");
    }
    let unknown = Site::new();
    unknown.fault("GET", "/myself", None, Effect::status(503));
    assert!(unknown.err("retrieveWorklogs", week()).await.starts_with("Jira is unavailable"));
}

#[tokio::test(start_paused = true)]
async fn identity_is_not_read_again_after_tempo_refused() {
    let site = Site::new();
    site.ok("retrieveWorklogs", week()).await;
    site.fault("POST", "/4/worklogs/search", Some(1), Effect::status(401));
    site.err("retrieveWorklogs", week()).await;
    site.ok("retrieveWorklogs", week()).await;
    assert_eq!(times(&site, MYSELF), 1);
}

#[tokio::test(start_paused = true)]
async fn identity_is_found_by_email_where_myself_is_refused() {
    for hidden in [false, true] {
        let site = Site::with(&[], |it| {
            it.myself_refused = true;
            it.hide_email = hidden;
        });
        let answer = site.ok("retrieveWorklogs", week()).await;
        assert_eq!(answer.structured["totals"]["count"], 8, "hidden {hidden}");
        assert_eq!(times(&site, "GET /rest/api/3/user/search"), 1);
        site.ok("retrieveWorklogs", week()).await;
        assert_eq!(times(&site, "GET /rest/api/3/user/search"), 1, "cached");
    }
}

#[tokio::test(start_paused = true)]
async fn person_with_a_similar_email_address_is_not_accepted() {
    let site = Site::with(&[], |it| it.myself_refused = true);
    let body = json!([
        {"accountId": "5f0000000000000000000002", "displayName": "A", "emailAddress": "alex.novak@example.community"},
        {"accountId": "5f0000000000000000000003", "displayName": "B", "emailAddress": "xalex.novak@example.com"},
    ]);
    let effect = Effect::Status {
        status: 200,
        retry_after: None,
        body: Some(body.to_string()),
        media_type: Some("application/json".into()),
    };
    site.fault("GET", "/user/search", None, effect);
    let refusal = site.err("retrieveWorklogs", week()).await;
    assert!(refusal.starts_with("Jira refused"), "{refusal}");
    assert!(!site.requests().iter().any(|it| it.contains("/4/")), "no other person's worklogs are read");
}

#[tokio::test(start_paused = true)]
async fn hidden_time_zone_is_utc_and_noted_by_every_read_tool() {
    let site = Site::with(&[], |it| it.hide_time_zone = true);
    let mut texts = Vec::new();
    for (tool, call) in [
        ("retrieveWorklogs", week()),
        ("getMissingWorklogDays", week()),
        ("getWorklogAnalytics", week()),
        ("searchIssues", json!({"text": "login"})),
    ] {
        let answer = site.ok(tool, call).await;
        assert_eq!(answer.structured["timeZone"], "UTC");
        assert_eq!(answer.structured["today"], "2026-03-18");
        let note = answer.structured["timeZoneNote"].as_str().unwrap();
        assert!(answer.text.contains(note), "{tool}");
        texts.push(note.to_owned());
    }
    texts.dedup();
    expect!["the Jira profile hides its time zone, so this is the date in UTC"].assert_eq(&texts.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn today_is_the_date_in_the_users_time_zone() {
    for (hours, in_berlin, in_utc) in
        [(8, "2026-03-18", "2026-03-18"), (9, "2026-03-19", "2026-03-18"), (10, "2026-03-19", "2026-03-19")]
    {
        for (hidden, today) in [(false, in_berlin), (true, in_utc)] {
            let site = Site::with(&[], |it| it.hide_time_zone = hidden);
            // The site's clock starts at 15:00 in Berlin, which is 14:00 in UTC.
            tokio::time::advance(Duration::from_secs(hours * 3600 + 60)).await;
            let call = json!({"startDate": "2026-03-18", "endDate": "2026-03-20"});
            let answer = site.ok("getMissingWorklogDays", call).await;
            assert_eq!(answer.structured["today"], today, "after {hours} hours");
            let yesterday_is_short = today == "2026-03-19";
            assert_eq!(answer.structured["totalMissingSeconds"] != 0, yesterday_is_short, "{}", answer.text);
            assert_eq!(answer.structured["todaySoFar"]["date"], today);
        }
    }
}

/// Zones as the Worker knows them: by their current offset.
struct ChangingZone(Arc<dyn Clock>, Arc<AtomicI8>);

#[async_trait]
impl Clock for ChangingZone {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn zone(&self, name: &str) -> Option<TimeZone> {
        (name == "Europe/Berlin").then(|| TimeZone::fixed(offset(self.1.load(Ordering::Relaxed))))
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

#[tokio::test(start_paused = true)]
async fn cached_identity_follows_a_change_of_the_time_zone() {
    let hours = Arc::new(AtomicI8::new(1));
    let site = Site::on_clock(|clock| Arc::new(ChangingZone(clock, hours.clone())));
    // 22:30 in UTC.
    tokio::time::advance(Duration::from_secs(8 * 3600 + 1800)).await;
    let today = async || {
        let answer = site.ok("retrieveWorklogs", week()).await.structured;
        assert_eq!(answer["timeZone"], "Europe/Berlin");
        answer["today"].clone()
    };
    assert_eq!(today().await, "2026-03-18");
    hours.store(2, Ordering::Relaxed);
    assert_eq!(today().await, "2026-03-19");
    assert_eq!(times(&site, MYSELF), 1);
}

fn at_gateway(path: &str) -> String {
    format!("/ex/jira/{CLOUD_ID}{path}")
}

#[tokio::test(start_paused = true)]
async fn scoped_token_finds_the_gateway_once() {
    let site = Site::with(&[("JIRA_API_TOKEN", JIRA_SCOPED_TOKEN)], |_| ());
    site.ok("retrieveWorklogs", week()).await;
    let bulk = at_gateway("/rest/api/3/issue/bulkfetch");
    assert_eq!(
        site.requests(),
        [
            MYSELF.to_owned(),
            "GET /_edge/tenant_info".to_owned(),
            format!("GET {}", at_gateway("/rest/api/3/myself")),
            "POST /4/worklogs/search".to_owned(),
            format!("POST {bulk}"),
            "GET /4/work-attributes".to_owned(),
        ]
    );
    let asked = site.sandbox.requests().into_iter().find(|it| it.path == "/_edge/tenant_info").unwrap();
    assert_eq!(asked.authorization, None, "no credentials are sent with a request that needs none");
    site.sandbox.clear_requests();
    site.ok("searchIssues", json!({"text": "login"})).await;
    assert_eq!(site.requests(), [format!("POST {}", at_gateway("/rest/api/3/search/jql"))]);
}

#[tokio::test(start_paused = true)]
async fn simultaneous_first_requests_both_find_the_gateway() {
    let site = Site::with(&[], |it| {
        it.jira_auth = JiraAuth::GatewayOnly;
        it.latency_ms = 50;
    });
    site.ok("createWorklog", json!({"issueKey": "WEB-1", "date": "2026-03-18", "timeSpent": "1h"})).await;
    // No lock is held during a request, so each of the first two requests may look for the gateway.
    assert!(times(&site, "GET /_edge/tenant_info") <= 2, "{:?}", site.requests());
    site.sandbox.clear_requests();
    site.ok("createWorklog", json!({"issueKey": "WEB-2", "date": "2026-03-18", "timeSpent": "1h"})).await;
    assert_eq!(
        site.requests(),
        [format!("POST {}", at_gateway("/rest/api/3/issue/bulkfetch")), "POST /4/worklogs".to_owned()]
    );
}

#[tokio::test(start_paused = true)]
async fn token_refused_everywhere_tries_the_gateway_once() {
    let site = Site::with(&[("JIRA_API_TOKEN", "wrong-token")], |_| ());
    for _ in 0..2 {
        let refusal = site.err("retrieveWorklogs", week()).await;
        assert!(refusal.starts_with("Jira does not accept JIRA_API_TOKEN"), "{refusal}");
    }
    assert_eq!(times(&site, "GET /_edge/tenant_info"), 1);
    assert_eq!(times(&site, &format!("GET {}", at_gateway("/rest/api/3/myself"))), 1);
}

#[tokio::test(start_paused = true)]
async fn token_that_the_site_accepts_never_goes_to_the_gateway() {
    let site = Site::new();
    site.ok("retrieveWorklogs", week()).await;
    site.fault("POST", "/search/jql", Some(1), Effect::status(401));
    site.err("searchIssues", json!({"text": "login"})).await;
    assert!(!site.requests().iter().any(|it| it.contains("/ex/jira/") || it.contains("tenant_info")));
}

#[tokio::test(start_paused = true)]
async fn gateway_address_is_used_as_it_is() {
    let base = format!("http://sandbox.localhost/ex/jira/{CLOUD_ID}");
    let site = Site::with(&[("JIRA_BASE_URL", &base), ("JIRA_API_TOKEN", JIRA_SCOPED_TOKEN)], |_| ());
    site.ok("searchIssues", json!({"text": "login"})).await;
    assert!(site.requests().iter().all(|it| it.contains("/ex/jira/")), "{:?}", site.requests());
}

#[tokio::test(start_paused = true)]
async fn bearer_token_is_sent_as_bearer() {
    let site = Site::with(
        &[("JIRA_AUTH_TYPE", "bearer"), ("JIRA_API_TOKEN", "sandbox-personal-token"), ("JIRA_EMAIL", "")],
        |it| it.jira_bearer_token = Some("sandbox-personal-token".into()),
    );
    site.ok("retrieveWorklogs", week()).await;
    let jira = site.sandbox.requests().into_iter().filter(|it| it.path.starts_with("/rest/"));
    assert!(jira.into_iter().all(|it| it.authorization.as_deref() == Some("Bearer")));
}
