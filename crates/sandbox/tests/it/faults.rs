//! Every fault: what the client sees, and what was stored.

use std::time::Duration;

use serde_json::{Value, json};
use tempo_sandbox::{Broken, Effect, Fault};
use tokio::time::Instant;

use crate::site::{Reply, Site, credentials, entry, site};

const CREATE: &str = "/4/worklogs";

fn with(effect: Effect) -> Site {
    let site = site();
    site.sandbox.add_faults(vec![Fault::on("POST", CREATE, effect)]);
    site
}

async fn create(site: &Site) -> (Result<Reply, Broken>, bool) {
    let before = site.sandbox.worklogs().len();
    let reply = site.try_send("POST", CREATE, &credentials(CREATE), Some(entry())).await;
    (reply, site.sandbox.worklogs().len() > before)
}

#[tokio::test(start_paused = true)]
async fn a_status_is_played_in_the_vendors_words() {
    let site = with(Effect::status(503));
    let (reply, stored) = create(&site).await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, stored), (503, false));
    assert!(reply.header("content-type").starts_with("text/html"));

    site.sandbox.clear_faults();
    let effect = Effect::Status { status: 429, retry_after: Some(7), body: None, media_type: None };
    site.sandbox.add_faults(vec![Fault { method: None, path: None, skip: 0, times: None, effect }]);
    let tempo = site.get("/4/worklogs").await;
    assert_eq!((tempo.status, tempo.header("retry-after")), (429, "7"));
    let jira = site.get("/rest/api/3/myself").await;
    assert_eq!(jira.json()["errorMessages"][0], "The request has been rate-limited. Please try again later.");
    assert_eq!(jira.header("ratelimit-reason"), "jira-burst-based");

    site.sandbox.clear_faults();
    let effect = Effect::Status {
        status: 400,
        retry_after: None,
        body: Some("plain".to_owned()),
        media_type: Some("text/plain".to_owned()),
    };
    site.sandbox.add_faults(vec![Fault::on("GET", "/4/", effect)]);
    let reply = site.get("/4/worklogs").await;
    assert_eq!((reply.text().as_str(), reply.header("content-type")), ("plain", "text/plain"));
}

#[tokio::test(start_paused = true)]
async fn connections_break_before_and_after_processing() {
    let cases = [
        (Effect::Refuse, Broken::BeforeSending, false),
        (Effect::ResetBefore, Broken::AnswerLost, false),
        (Effect::ResetAfter, Broken::AnswerLost, true),
    ];
    for (effect, broken, expected) in cases {
        let site = with(effect);
        let (reply, stored) = create(&site).await;
        assert_eq!((reply.err(), stored), (Some(broken), expected));
        assert_eq!(site.sandbox.requests().last().unwrap().status, None);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes_leaves_it_to_the_clients_timeout() {
    for (effect, expected) in [(Effect::Hang, false), (Effect::HangAfter, true)] {
        let site = with(effect);
        let before = site.sandbox.worklogs().len();
        let outcome = tokio::time::timeout(Duration::from_secs(30), create(&site)).await;
        assert!(outcome.is_err());
        assert_eq!(site.sandbox.worklogs().len() > before, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn answers_come_late_or_spoilt() {
    let site = with(Effect::Latency { ms: 1500 });
    let start = Instant::now();
    assert!(create(&site).await.1);
    assert_eq!(start.elapsed(), Duration::from_millis(1500));

    let (reply, stored) = create(&with(Effect::StatusAfter { status: 504 })).await;
    assert_eq!((reply.unwrap().status, stored), (504, true));

    let (reply, stored) = create(&with(Effect::CutJson)).await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, stored), (200, true));
    assert!(serde_json::from_slice::<Value>(&reply.body).is_err() && !reply.body.is_empty());

    let (reply, stored) = create(&with(Effect::Html200)).await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, stored), (200, false));
    assert!(reply.header("content-type").starts_with("text/html"));

    let (reply, stored) = create(&with(Effect::EmptyBody)).await;
    assert_eq!((reply.unwrap().text().as_str(), stored), ("", true));

    let (reply, _) = create(&with(Effect::WrongMediaType)).await;
    let reply = reply.unwrap();
    assert!(reply.header("content-type").starts_with("text/plain"));
    assert_eq!(reply.json()["timeSpentSeconds"], 3600);

    let (reply, stored) = create(&with(Effect::WrongShape)).await;
    assert!(reply.unwrap().json().is_array() && stored);

    let to = "https://elsewhere.example.com/".to_owned();
    let (reply, stored) = create(&with(Effect::Redirect { to: to.clone() })).await;
    let reply = reply.unwrap();
    assert_eq!((reply.status, reply.header("location"), stored), (302, to.as_str(), false));
}

#[tokio::test(start_paused = true)]
async fn paging_leads_astray() {
    let site = site();
    let host = "evil.example.com".to_owned();
    site.sandbox.add_faults(vec![Fault::on("GET", CREATE, Effect::ForeignNext { host }).times(1)]);
    let page = site.get("/4/worklogs?limit=3").await.json();
    assert_eq!(page["metadata"]["next"], "https://evil.example.com/4/worklogs?offset=3&limit=3");

    site.sandbox.add_faults(vec![Fault::on("GET", CREATE, Effect::EndlessPaging)]);
    let first = site.get("/4/worklogs?limit=3").await.json();
    let far = site.get("/4/worklogs?limit=3&offset=900000").await.json();
    assert_eq!(first["results"], far["results"]);
    assert_eq!(far["metadata"]["offset"], 900_000);
    assert_eq!(far["metadata"]["next"], "http://localhost/4/worklogs?offset=900003&limit=3");

    let jql = "/rest/api/3/search/jql";
    site.sandbox.add_faults(vec![Fault::on("POST", jql, Effect::EndlessPaging)]);
    let mut body = json!({"jql": "key = WEB-1"});
    for _ in 0..3 {
        let page = site.post(jql, body.clone()).await.json();
        assert_eq!(page["isLast"], false);
        body["nextPageToken"] = page["nextPageToken"].clone();
    }
}

#[tokio::test(start_paused = true)]
async fn skip_times_and_order_decide_which_fault_plays() {
    let site = site();
    site.sandbox.add_faults(vec![
        Fault::on("GET", "/4/worklogs*", Effect::status(500)).skip(1).times(1),
        Fault::on("get", "limit=2", Effect::status(400)),
        Fault::on("GET", "?limit=2", Effect::status(404)).times(1),
    ]);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(site.get("/4/worklogs?limit=2").await.status);
    }
    assert_eq!(
        statuses,
        [404, 500, 200, 200],
        "a skipping fault hides no later one; the query counts with a ?"
    );
    assert_eq!(site.get("/4/accounts").await.status, 200);
    let played: Vec<Option<String>> =
        site.sandbox.requests().into_iter().take(3).map(|exchange| exchange.fault).collect();
    assert_eq!(played, [Some("status".to_owned()), Some("status".to_owned()), None]);
}

#[tokio::test(start_paused = true)]
async fn the_rate_limit_counts_per_token_and_recovers() {
    let site = site();
    site.sandbox.settings(|settings| settings.rate_limit = Some(2));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(site.get("/4/worklogs?limit=1").await.status);
    }
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(site.get("/rest/api/3/myself").await.status, 200, "another credential");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(site.get("/4/worklogs?limit=1").await.status, 200);
}
