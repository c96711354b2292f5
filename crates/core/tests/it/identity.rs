//! Whose worklogs, on whose clock, and at which of Jira's addresses.

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
async fn who_it_is_is_asked_once_per_process() {
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
async fn who_it_is_is_asked_again_after_jira_refused_the_token() {
    let site = Site::new();
    site.ok("retrieveWorklogs", week()).await;
    site.fault("POST", "/rest/api/3/search/jql", Some(1), Effect::status(401));
    site.err("searchIssues", json!({"text": "login"})).await;
    site.ok("retrieveWorklogs", week()).await;
    assert_eq!(times(&site, MYSELF), 2);
}

#[tokio::test(start_paused = true)]
async fn tempos_refusal_says_nothing_about_who_it_is_in_jira() {
    let site = Site::new();
    site.ok("retrieveWorklogs", week()).await;
    site.fault("POST", "/4/worklogs/search", Some(1), Effect::status(401));
    site.err("retrieveWorklogs", week()).await;
    site.ok("retrieveWorklogs", week()).await;
    assert_eq!(times(&site, MYSELF), 1);
}

#[tokio::test(start_paused = true)]
async fn where_it_may_not_be_asked_the_person_is_found_by_the_whole_address() {
    for hidden in [false, true] {
        let site = Site::with(&[], |it| {
            it.myself_refused = true;
            it.hide_email = hidden;
        });
        let answer = site.ok("retrieveWorklogs", week()).await;
        assert_eq!(answer.structured["totals"]["count"], 8, "hidden {hidden}");
        assert_eq!(times(&site, "GET /rest/api/3/user/search"), 1);
        site.ok("retrieveWorklogs", week()).await;
        assert_eq!(times(&site, "GET /rest/api/3/user/search"), 1, "kept");
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_whose_address_only_begins_alike_is_not_taken() {
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
    assert!(!site.requests().iter().any(|it| it.contains("/4/")), "nobody else's worklogs are read");
}

#[tokio::test(start_paused = true)]
async fn a_hidden_time_zone_is_utc_and_said_by_every_reader() {
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
async fn today_is_the_users_day_and_not_the_hosts() {
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

/// Zones as an edge may tell them: by their offset of the moment.
struct ChangingZone(Arc<dyn Clock>, Arc<AtomicI8>);

#[async_trait]
impl Clock for ChangingZone {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    fn zone(&self, name: &str) -> Option<TimeZone> {
        (name == "Europe/Berlin").then(|| TimeZone::fixed(offset(self.1.load(Ordering::Relaxed))))
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_remembered_person_goes_with_a_change_of_the_zone() {
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
async fn a_scoped_token_goes_to_the_gateway_which_is_found_once_and_remembered() {
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
        ]
    );
    let asked = site.sandbox.requests().into_iter().find(|it| it.path == "/_edge/tenant_info").unwrap();
    assert_eq!(asked.authorization, None, "no credentials go with a question that needs none");
    site.sandbox.clear_requests();
    site.ok("searchIssues", json!({"text": "login"})).await;
    assert_eq!(site.requests(), [format!("POST {}", at_gateway("/rest/api/3/search/jql"))]);
}

#[tokio::test(start_paused = true)]
async fn two_questions_that_begin_together_both_find_the_gateway_and_later_ones_know_it() {
    let site = Site::with(&[], |it| {
        it.jira_auth = JiraAuth::GatewayOnly;
        it.latency_ms = 50;
    });
    site.ok("createWorklog", json!({"issueKey": "WEB-1", "date": "2026-03-18", "timeSpent": "1h"})).await;
    // No lock is held while the site is asked, so each of the two first questions may ask for itself.
    assert!(times(&site, "GET /_edge/tenant_info") <= 2, "{:?}", site.requests());
    site.sandbox.clear_requests();
    site.ok("createWorklog", json!({"issueKey": "WEB-2", "date": "2026-03-18", "timeSpent": "1h"})).await;
    assert_eq!(
        site.requests(),
        [format!("POST {}", at_gateway("/rest/api/3/issue/bulkfetch")), "POST /4/worklogs".to_owned()]
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_both_addresses_refuse_is_told_as_the_sites_and_not_tried_there_twice() {
    let site = Site::with(&[("JIRA_API_TOKEN", "wrong-token")], |_| ());
    for _ in 0..2 {
        let refusal = site.err("retrieveWorklogs", week()).await;
        assert!(refusal.starts_with("Jira does not accept JIRA_API_TOKEN"), "{refusal}");
    }
    assert_eq!(times(&site, "GET /_edge/tenant_info"), 1);
    assert_eq!(times(&site, &format!("GET {}", at_gateway("/rest/api/3/myself"))), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_the_site_accepts_never_goes_to_the_gateway() {
    let site = Site::new();
    site.ok("retrieveWorklogs", week()).await;
    site.fault("POST", "/search/jql", Some(1), Effect::status(401));
    site.err("searchIssues", json!({"text": "login"})).await;
    assert!(!site.requests().iter().any(|it| it.contains("/ex/jira/") || it.contains("tenant_info")));
}

#[tokio::test(start_paused = true)]
async fn a_gateway_address_is_used_as_it_is() {
    let base = format!("http://sandbox.localhost/ex/jira/{CLOUD_ID}");
    let site = Site::with(&[("JIRA_BASE_URL", &base), ("JIRA_API_TOKEN", JIRA_SCOPED_TOKEN)], |_| ());
    site.ok("searchIssues", json!({"text": "login"})).await;
    assert!(site.requests().iter().all(|it| it.contains("/ex/jira/")), "{:?}", site.requests());
}

#[tokio::test(start_paused = true)]
async fn a_bearer_token_is_sent_as_one() {
    let site = Site::with(
        &[("JIRA_AUTH_TYPE", "bearer"), ("JIRA_API_TOKEN", "sandbox-personal-token"), ("JIRA_EMAIL", "")],
        |it| it.jira_bearer_token = Some("sandbox-personal-token".into()),
    );
    site.ok("retrieveWorklogs", week()).await;
    let jira = site.sandbox.requests().into_iter().filter(|it| it.path.starts_with("/rest/"));
    assert!(jira.into_iter().all(|it| it.authorization.as_deref() == Some("Bearer")));
}
