//! Every effect of a fault: what the client gets, and whether the worklog is stored.

use std::time::Duration;

use serde_json::{Value, json};
use tempo_sandbox::{ConnectionError, Effect, Fault};
use tokio::time::Instant;

use crate::support::{Response, Site, credentials, new_worklog, site};

const CREATE: &str = "/4/worklogs";

fn site_with(effect: Effect) -> Site {
    let site = site();
    site.sandbox.add_faults(vec![Fault::on("POST", CREATE, effect)]);
    site
}

async fn create(site: &Site) -> (Result<Response, ConnectionError>, bool) {
    let before = site.sandbox.worklogs().len();
    let response = site.try_send("POST", CREATE, &credentials(CREATE), Some(new_worklog())).await;
    (response, site.sandbox.worklogs().len() > before)
}

#[tokio::test(start_paused = true)]
async fn injected_status_has_the_vendors_body() {
    let site = site_with(Effect::status(503));
    let (response, stored) = create(&site).await;
    let response = response.unwrap();
    assert_eq!((response.status, stored), (503, false));
    assert!(response.header("content-type").starts_with("text/html"));

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
    let response = site.get("/4/worklogs").await;
    assert_eq!((response.text().as_str(), response.header("content-type")), ("plain", "text/plain"));
}

#[tokio::test(start_paused = true)]
async fn connection_breaks_before_or_after_processing() {
    let cases = [
        (Effect::Refuse, ConnectionError::Refused, false),
        (Effect::ResetBefore, ConnectionError::Reset, false),
        (Effect::ResetAfter, ConnectionError::Reset, true),
    ];
    for (effect, error, expected) in cases {
        let site = site_with(effect);
        let (response, stored) = create(&site).await;
        assert_eq!((response.err(), stored), (Some(error), expected));
        assert_eq!(site.sandbox.requests().last().unwrap().status, None);
    }
}

#[tokio::test(start_paused = true)]
async fn withheld_response_runs_into_the_client_timeout() {
    for (effect, expected) in [(Effect::Hang, false), (Effect::HangAfter, true)] {
        let site = site_with(effect);
        let before = site.sandbox.worklogs().len();
        let outcome = tokio::time::timeout(Duration::from_secs(30), create(&site)).await;
        assert!(outcome.is_err());
        assert_eq!(site.sandbox.worklogs().len() > before, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn responses_can_be_late_replaced_or_malformed() {
    let site = site_with(Effect::Latency { ms: 1500 });
    let start = Instant::now();
    assert!(create(&site).await.1);
    assert_eq!(start.elapsed(), Duration::from_millis(1500));

    let (response, stored) = create(&site_with(Effect::StatusAfter { status: 504 })).await;
    assert_eq!((response.unwrap().status, stored), (504, true));

    let (response, stored) = create(&site_with(Effect::CutJson)).await;
    let response = response.unwrap();
    assert_eq!((response.status, stored), (200, true));
    assert!(serde_json::from_slice::<Value>(&response.body).is_err() && !response.body.is_empty());

    let (response, stored) = create(&site_with(Effect::Html200)).await;
    let response = response.unwrap();
    assert_eq!((response.status, stored), (200, false));
    assert!(response.header("content-type").starts_with("text/html"));

    let (response, stored) = create(&site_with(Effect::EmptyBody)).await;
    assert_eq!((response.unwrap().text().as_str(), stored), ("", true));

    let (response, _) = create(&site_with(Effect::WrongMediaType)).await;
    let response = response.unwrap();
    assert!(response.header("content-type").starts_with("text/plain"));
    assert_eq!(response.json()["timeSpentSeconds"], 3600);

    let (response, stored) = create(&site_with(Effect::WrongShape)).await;
    assert!(response.unwrap().json().is_array() && stored);

    let to = "https://elsewhere.example.com/".to_owned();
    let (response, stored) = create(&site_with(Effect::Redirect { to: to.clone() })).await;
    let response = response.unwrap();
    assert_eq!((response.status, response.header("location"), stored), (302, to.as_str(), false));
}

#[tokio::test(start_paused = true)]
async fn next_page_link_can_be_foreign_or_endless() {
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
async fn skip_times_and_order_decide_which_fault_is_injected() {
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
        "a fault that skips does not hide a later one; a pattern with ? includes the query"
    );
    assert_eq!(site.get("/4/accounts").await.status, 200);
    let injected: Vec<Option<String>> =
        site.sandbox.requests().into_iter().take(3).map(|exchange| exchange.fault).collect();
    assert_eq!(injected, [Some("status".to_owned()), Some("status".to_owned()), None]);
}

#[tokio::test(start_paused = true)]
async fn rate_limit_counts_per_token_and_recovers() {
    let site = site();
    site.sandbox.settings(|settings| settings.rate_limit = Some(2));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(site.get("/4/worklogs?limit=1").await.status);
    }
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(site.get("/rest/api/3/myself").await.status, 200, "other tokens have their own limit");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(site.get("/4/worklogs?limit=1").await.status, 200);
}
