//! The control endpoints under `/__sandbox/`, and the methods that do the same.

use serde_json::{Value, json};
use tempo_sandbox::TEMPO_TOKEN;

use crate::support::{new_worklog, site};

#[tokio::test(start_paused = true)]
async fn faults_are_set_listed_and_cleared_over_http() {
    let site = site();
    let faults = json!([
        {"method": "GET", "path": "/4/worklogs", "times": 1, "effect": {"type": "status", "status": 503, "retry_after": 2}},
        {"effect": {"type": "reset_after"}, "path": "bulk", "skip": 1},
    ]);
    assert_eq!(site.post("/__sandbox/faults", faults).await.status, 200);
    let response = site.get("/4/worklogs").await;
    assert_eq!((response.status, response.header("retry-after")), (503, "2"));
    let left = site.get("/__sandbox/faults").await.json();
    assert_eq!((&left[0]["times"], &left[1]["skip"]), (&json!(0), &json!(1)));
    assert_eq!(site.post("/__sandbox/faults", json!([])).await.json(), json!([]));
}

#[tokio::test(start_paused = true)]
async fn request_log_can_be_turned_off() {
    let site = site();
    site.get("/4/accounts").await;
    site.post("/__sandbox/settings", json!({"logs_requests": false})).await;
    assert_eq!(site.get("/4/worklogs").await.status, 200);
    let logged = site.get("/__sandbox/requests").await.json();
    let paths: Vec<&Value> = logged.as_array().unwrap().iter().map(|it| &it["path"]).collect();
    assert_eq!(paths, ["/4/accounts"]);
}

#[tokio::test(start_paused = true)]
async fn invalid_control_input_is_explained() {
    let site = site();
    let cases = [
        ("faults", json!({}), "faults must be a JSON array; [] removes all faults"),
        ("faults", json!([{"effect": {"type": "explode"}}]), "faults[0]: unknown variant `explode`"),
        ("faults", json!([{"effect": {"type": "hang"}, "tims": 1}]), "faults[0]: unknown field `tims`"),
        ("settings", json!([]), "settings must be a JSON object"),
        ("settings", json!({"latency": 5}), "settings: unknown field `latency`"),
        ("settings", json!({"error_shape": "xml"}), "settings: unknown variant `xml`"),
        (
            "settings",
            json!({"default_start_time": "8"}),
            "settings: default_start_time must be a time as HH:MM:SS",
        ),
        ("seed", json!({"worklogs": -1, "issues": 1}), "seed: worklogs must be a whole number"),
        ("seed", json!({"worklogs": 1}), "seed: issues must be a whole number"),
        ("seed", json!({"worklogs": 1, "issues": 1, "x": 1}), "seed: unknown field `x`"),
        ("nothing", json!({}), "unknown control endpoint"),
    ];
    for (action, body, expected) in cases {
        let response = site.post(&format!("/__sandbox/{action}"), body).await;
        assert!(response.status == 400 || response.status == 404, "{action}");
        let error = response.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn settings_that_are_not_sent_keep_their_values() {
    let site = site();
    let response =
        site.post("/__sandbox/settings", json!({"latency_ms": 5, "closed_until": "2025-03-01"})).await;
    assert_eq!(response.status, 200, "{}", response.text());
    site.post("/__sandbox/settings", json!({"page_limit": 7, "latency_ms": 0})).await;
    let settings = site.get("/__sandbox/settings").await.json();
    assert_eq!(settings["closed_until"], "2025-03-01");
    assert_eq!(settings["page_limit"], 7);
    assert_eq!(site.get("/4/worklogs").await.json()["metadata"]["limit"], 7);
}

#[tokio::test(start_paused = true)]
async fn request_log_has_no_credentials() {
    let site = site();
    site.post("/4/worklogs", new_worklog()).await;
    site.get("/rest/api/3/issue/WEB-1?fields=summary").await;
    let text = site.get("/__sandbox/requests").await.text();
    assert!(!text.contains(TEMPO_TOKEN) && !text.contains("sandbox-jira"));
    let log: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(log.as_array().unwrap().len(), 2, "control requests are not logged");
    assert_eq!(log[0]["method"], "POST");
    assert_eq!(log[0]["path"], "/4/worklogs");
    assert_eq!(log[0]["body"], new_worklog());
    assert_eq!(log[0]["status"], 200);
    assert_eq!(log[0]["response"]["timeSpentSeconds"], 3600);
    assert_eq!(log[0]["authorization"], "Bearer");
    assert_eq!((&log[1]["query"], &log[1]["authorization"]), (&json!("fields=summary"), &json!("Basic")));
    site.delete("/__sandbox/requests").await;
    assert_eq!(site.get("/__sandbox/requests").await.json(), json!([]));
}

#[tokio::test(start_paused = true)]
async fn seeding_adds_quarter_hours_over_one_year() {
    let site = site();
    let before = site.sandbox.worklogs().len();
    let response = site.post("/__sandbox/seed", json!({"worklogs": 2000, "issues": 20})).await;
    assert_eq!(response.status, 200);
    let all = site.sandbox.worklogs();
    let added = &all[before..];
    assert_eq!(added.len(), 2000);
    assert!(added.iter().all(|row| row["timeSpentSeconds"] == 900));
    let dates: std::collections::BTreeSet<&str> =
        added.iter().map(|row| row["startDate"].as_str().unwrap()).collect();
    assert_eq!((dates.first(), dates.last(), dates.len()), (Some(&"2024-03-20"), Some(&"2025-03-19"), 365));
    let issue = site.get("/rest/api/3/issue/BULK-20?fields=project").await.json();
    assert_eq!(issue["fields"]["project"]["key"], "BULK");
    assert_eq!(site.get("/rest/api/3/issue/BULK-21").await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn reset_restores_data_settings_faults_and_log() {
    let site = site();
    let before = site.sandbox.worklogs();
    site.post("/4/worklogs", new_worklog()).await;
    site.sandbox.settings(|settings| settings.hide_email = true);
    site.post("/__sandbox/faults", json!([{"effect": {"type": "status", "status": 500}}])).await;
    assert_eq!(site.post("/__sandbox/reset", json!({})).await.status, 200);
    assert_eq!(site.sandbox.worklogs(), before);
    assert_eq!(site.sandbox.requests(), []);
    assert!(site.get("/rest/api/3/myself").await.json()["emailAddress"].is_string());
}

#[tokio::test(start_paused = true)]
async fn every_response_is_dated_by_the_sandbox_clock() {
    let site = site();
    let response = site.get("/4/worklogs").await;
    assert_eq!(response.header("date"), "Thu, 20 Mar 2025 14:00:00 GMT");
    tokio::time::advance(std::time::Duration::from_secs(61)).await;
    assert_eq!(site.get("/rest/api/3/nothing").await.header("date"), "Thu, 20 Mar 2025 14:01:01 GMT");
}
