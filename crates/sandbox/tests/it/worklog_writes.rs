//! Creating, updating and deleting worklogs.

use expect_test::expect;
use serde_json::{Value, json};
use tempo_sandbox::{COLLEAGUE_ACCOUNT_ID, LEAD_TEMPO_TOKEN, MAIN_ACCOUNT_ID};

use crate::support::{Site, new_worklog, site};

async fn create(site: &Site, body: Value) -> Value {
    let response = site.post("/4/worklogs", body).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

#[tokio::test(start_paused = true)]
async fn created_worklog_is_returned_and_read_back() {
    let site = site();
    let body = json!({
        "issueId": 11012, "authorAccountId": MAIN_ACCOUNT_ID, "startDate": "2025-03-20", "startTime": "9:05:00",
        "timeSpentSeconds": 5400, "description": "a \"quoted\" | piped\nline 🌙",
        "attributes": [{"key": "_Account_", "value": "HARBOR-SUP"}], "unknownField": true,
    });
    let created = create(&site, body).await;
    let read = site.get(&format!("/4/worklogs/{}", created["tempoWorklogId"])).await.json();
    assert_eq!(created, read);
    let id = &created["tempoWorklogId"];
    let link = format!("http://localhost/4/worklogs/{id}");
    let expected = json!({
        "self": link,
        "tempoWorklogId": id,
        "issue": {"self": "http://localhost/rest/api/3/issue/11012", "id": 11012},
        "timeSpentSeconds": 5400,
        "billableSeconds": 5400,
        "startDate": "2025-03-20",
        "startTime": "09:05:00",
        "startDateTimeUtc": "2025-03-20T08:05:00Z",
        "description": "a \"quoted\" | piped\nline 🌙",
        "createdAt": "2025-03-20T14:00:00Z",
        "updatedAt": "2025-03-20T14:00:00Z",
        "author": {
            "self": format!("http://localhost/rest/api/3/user?accountId={MAIN_ACCOUNT_ID}"),
            "accountId": MAIN_ACCOUNT_ID,
        },
        "attributes": {
            "self": format!("{link}/work-attribute-values"),
            "values": [{"key": "_Account_", "value": "HARBOR-SUP"}],
        },
    });
    assert_eq!(created, expected);
}

#[tokio::test(start_paused = true)]
async fn put_resets_fields_that_are_not_sent() {
    let site = site();
    let mut body = new_worklog();
    body["description"] = "before".into();
    body["startTime"] = "13:00:00".into();
    body["billableSeconds"] = 60.into();
    body["attributes"] = json!([{"key": "_Ticket_", "value": "T-1"}]);
    let created = create(&site, body).await;
    let path = format!("/4/worklogs/{}", created["tempoWorklogId"]);
    let update = json!({
        "authorAccountId": MAIN_ACCOUNT_ID, "startDate": "2025-03-19", "timeSpentSeconds": 1800, "issueId": 11001,
    });
    let updated = site.put(&path, update).await.json();
    assert_eq!(updated["description"], "");
    assert_eq!(updated["startTime"], "08:00:00");
    assert_eq!(updated["billableSeconds"], 1800);
    assert_eq!(updated["attributes"]["values"], json!([]));
    assert_eq!(updated["issue"]["id"], 11012, "a worklog cannot be moved");
    assert_eq!(site.get(&path).await.json(), updated);
}

#[tokio::test(start_paused = true)]
async fn delete_responds_with_204_then_404() {
    let site = site();
    let created = create(&site, new_worklog()).await;
    let path = format!("/4/worklogs/{}", created["tempoWorklogId"]);
    let response = site.delete(&path).await;
    assert_eq!((response.status, response.text().as_str()), (204, ""));
    assert_eq!(site.delete(&path).await.status, 404);
    assert_eq!(site.get(&path).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn every_error_in_a_worklog_is_reported() {
    let site = site();
    let body = json!({
        "issueId": 99, "authorAccountId": "nobody", "startDate": "2025-02-30", "startTime": "24:00:00",
        "timeSpentSeconds": 0, "description": 7, "attributes": [{"key": "_Nope_", "value": "1"}],
    });
    let response = site.post("/4/worklogs", body).await;
    assert_eq!(response.status, 400);
    let messages: Vec<String> = response.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["message"].as_str().unwrap().to_owned())
        .collect();
    expect![[r#"
        Issue with id 99 does not exist or you cannot see it
        User with account id nobody does not exist or is not active
        startDate must be a date in format yyyy-MM-dd
        timeSpentSeconds must be a whole number greater than or equal to 1
        startTime must match "^([0-1]?[0-9]|2[0-3])(:[0-5][0-9])(:[0-5][0-9])$"
        description must be a text
        Work attribute with key _Nope_ does not exist"#]]
    .assert_eq(&messages.join("\n"));
    for missing in ["issueId", "authorAccountId", "startDate", "timeSpentSeconds"] {
        let mut body = new_worklog();
        body.as_object_mut().unwrap().remove(missing);
        let response = site.post("/4/worklogs", body).await;
        assert_eq!(response.status, 400);
        assert!(response.message().contains(missing), "{}", response.text());
    }
}

#[tokio::test(start_paused = true)]
async fn attribute_values_are_checked_by_type() {
    let site = site();
    let attribute = async |key: &str, value: &str| {
        let mut body = new_worklog();
        body["attributes"] = json!([{"key": key, "value": value}]);
        site.post("/4/worklogs", body).await.status
    };
    assert_eq!(attribute("_WorkType_", "Development").await, 400, "the label is not the value");
    assert_eq!(attribute("_WorkType_", tempo_sandbox::WORK_TYPES[0].0).await, 200);
    assert_eq!(attribute("_Overtime_", "yes").await, 400);
    assert_eq!(attribute("_Overtime_", "true").await, 200);
    assert_eq!(attribute("_Kilometers_", "twelve").await, 400);
    assert_eq!(attribute("_Kilometers_", "12.5").await, 200);
    assert_eq!(attribute("_Account_", "HARBOR-OLD").await, 400, "closed");
    assert_eq!(attribute("_Account_", "NOPE").await, 400);
}

#[tokio::test(start_paused = true)]
async fn only_the_lead_may_log_for_others() {
    let site = site();
    let mut body = new_worklog();
    body["authorAccountId"] = COLLEAGUE_ACCOUNT_ID.into();
    let rejected = site.post("/4/worklogs", body.clone()).await;
    assert_eq!(rejected.status, 403);
    assert!(rejected.header("content-type").starts_with("text/html"));
    let lead = format!("Bearer {LEAD_TEMPO_TOKEN}");
    let created = site.send_as(&lead, "POST", "/4/worklogs", Some(body)).await;
    assert_eq!(created.status, 200);
    let path = format!("/4/worklogs/{}", created.json()["tempoWorklogId"]);
    assert_eq!(site.delete(&path).await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn remaining_estimate_is_reduced_or_set() {
    let site = site();
    let remaining = async || {
        let issue = site.get("/rest/api/3/issue/MOB-4?fields=timetracking").await.json();
        issue["fields"]["timetracking"]["remainingEstimateSeconds"].as_u64().unwrap()
    };
    let before = remaining().await;
    let mut body = new_worklog();
    body["issueId"] = 12004.into();
    create(&site, body.clone()).await;
    assert_eq!(remaining().await, before - 3600);
    body["remainingEstimateSeconds"] = 120.into();
    create(&site, body).await;
    assert_eq!(remaining().await, 120);
}

#[tokio::test(start_paused = true)]
async fn body_with_other_media_type_gets_415() {
    let site = site();
    let request = http::Request::builder()
        .method("POST")
        .uri("/4/worklogs")
        .header("authorization", crate::support::credentials("/4/"))
        .body(new_worklog().to_string().into())
        .unwrap();
    let response = site.sandbox.call(request).await.unwrap();
    assert_eq!(response.status(), 415);
}
