//! Every endpoint is checked against the vendors' OpenAPI documents.

use serde_json::{Value, json};
use tempo_sandbox::{
    CLOUD_ID, COLLEAGUE_ACCOUNT_ID, Exchange, MAIN_ACCOUNT_ID, TEMPO_VIEW_TOKEN, WORK_TYPES, spec::Spec,
};

use crate::support::{Site, new_worklog, site};

fn spec() -> Option<Spec> {
    let spec = Spec::from_env();
    if spec.is_none() {
        println!("skipped: UPSTREAM_SPECS is not set");
    }
    spec
}

async fn read_tempo(site: &Site) {
    for path in [
        "worklogs?from=2025-03-01&to=2025-03-20&limit=20&projectId=10001&projectId=10002&orderBy=UPDATED",
        "worklogs?updatedFrom=2025-03-01&offset=10&limit=1",
        &format!("worklogs/user/{MAIN_ACCOUNT_ID}?from=2025-03-01"),
        "worklogs/issue/11012",
        "worklogs/project/10001",
        "worklogs/team/1",
        "worklogs/account/HARBOR-SUP",
        "worklogs/7001",
        "worklogs/7001/work-attribute-values",
        "worklogs/7001/work-attribute-values/_WorkType_",
        "worklogs/1",
        "work-attributes",
        "work-attributes/_WorkType_",
        "accounts?limit=50",
        "accounts/1",
        "accounts/HARBOR-DEV/links",
        "account-links/project/10001?includeGlobalAccounts=true",
        "globalconfiguration",
        "periods?from=2025-03-01&to=2025-03-31",
        "user-schedule?from=2025-02-01&to=2025-03-31",
        &format!("user-schedule/{COLLEAGUE_ACCOUNT_ID}?from=2025-03-01&to=2025-03-31"),
        &format!("workload-schemes/users/{MAIN_ACCOUNT_ID}"),
        &format!("holiday-schemes/users/{MAIN_ACCOUNT_ID}"),
        "teams",
        "teams/1",
        "teams/1/members",
    ] {
        site.get(&format!("/4/{path}")).await;
    }
}

async fn search_tempo(site: &Site) {
    for (path, body) in [
        (
            "worklogs/search?limit=5000&offset=0",
            json!({"authorIds": [MAIN_ACCOUNT_ID], "from": "2025-03-17"}),
        ),
        ("worklogs/search", json!({"issueIds": [11012], "orderBy": [{"field": "UPDATED", "order": "DESC"}]})),
        ("worklogs/tempo-to-jira", json!({"tempoWorklogIds": [7001, 7002]})),
        ("worklogs/jira-to-tempo", json!({"jiraWorklogIds": [7040]})),
        ("worklogs/work-attribute-values/search", json!({"tempoWorklogIds": [7001]})),
        ("accounts/search", json!({"statuses": ["OPEN", "ARCHIVED"], "keys": ["HARBOR-DEV"]})),
    ] {
        site.post(&format!("/4/{path}"), body).await;
    }
}

async fn write_tempo(site: &Site) {
    let mut body = new_worklog();
    body["startTime"] = "09:00:00".into();
    body["attributes"] =
        json!([{"key": "_WorkType_", "value": WORK_TYPES[0].0}, {"key": "_Account_", "value": "INTERNAL"}]);
    body["remainingEstimateSeconds"] = 60.into();
    let created = site.post("/4/worklogs", body.clone()).await.json();
    let path = format!("/4/worklogs/{}", created["tempoWorklogId"]);
    body.as_object_mut().unwrap().remove("issueId");
    site.put(&path, body).await;
    let values = json!([{"tempoWorklogId": created["tempoWorklogId"], "attributeValues": [{"key": "_Ticket_", "value": "1"}]}]);
    assert_eq!(site.post("/4/worklogs/work-attribute-values", values).await.status, 204);
    assert_eq!(site.delete(&format!("{path}?bypassPeriodClosuresAndApprovals=false")).await.status, 204);
    let item = json!({"authorAccountId": MAIN_ACCOUNT_ID, "startDate": "2025-03-19", "timeSpentSeconds": 60});
    assert_eq!(site.post("/4/worklogs/issue/11012/bulk", json!([item, item])).await.status, 200);
    let view = format!("Bearer {TEMPO_VIEW_TOKEN}");
    assert_eq!(site.send_as(&view, "POST", "/4/worklogs", Some(new_worklog())).await.status, 403);
}

async fn use_jira(site: &Site) {
    for path in [
        "myself",
        "issue/WEB-12?fields=summary,status,timetracking",
        "issue/WEB-12",
        "issue/NOPE-1",
        "user/search?query=pri",
        &format!("user/bulk?accountId={COLLEAGUE_ACCOUNT_ID}&maxResults=20"),
        &format!("user?accountId={COLLEAGUE_ACCOUNT_ID}"),
        "field",
        "project/search?query=web",
        "mypermissions?permissions=BROWSE_PROJECTS",
        "search/jql?jql=project%20%3D%20WEB&maxResults=5&fields=summary",
    ] {
        site.get(&format!("/rest/api/3/{path}")).await;
    }
    site.get(&format!("/ex/jira/{CLOUD_ID}/rest/api/3/myself")).await;
    for (path, body) in [
        (
            "issue/bulkfetch",
            json!({"issueIdsOrKeys": ["WEB-1", "11012"], "fields": ["summary"], "fieldsByKeys": false}),
        ),
        ("search/jql", json!({"jql": "project = WEB ORDER BY key", "fields": ["*all"], "maxResults": 3})),
        ("search/jql", json!({"jql": "nonsense"})),
        ("search/approximate-count", json!({"jql": "project = WEB"})),
    ] {
        site.post(&format!("/rest/api/3/{path}"), body).await;
    }
}

#[tokio::test(start_paused = true)]
async fn every_endpoint_matches_the_openapi_documents() {
    let Some(spec) = spec() else { return };
    let site = site();
    read_tempo(&site).await;
    search_tempo(&site).await;
    write_tempo(&site).await;
    use_jira(&site).await;
    let requests = site.sandbox.requests();
    let violations: Vec<String> = requests.iter().flat_map(|exchange| spec.check(exchange)).collect();
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(requests.iter().filter(|exchange| exchange.status == Some(200)).count() > 40);
}

#[tokio::test(start_paused = true)]
async fn undocumented_requests_and_responses_are_reported() {
    let Some(spec) = spec() else { return };
    let exchange = |method: &str, path: &str, query: &str, body: Value, response: Value| Exchange {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        body,
        status: Some(200),
        response,
        authorization: None,
        fault: None,
    };
    let bad = [
        exchange("PATCH", "/4/worklogs/1", "", Value::Null, Value::Null),
        exchange("GET", "/4/nothing", "", Value::Null, Value::Null),
        exchange("GET", "/4/user-schedule", "from=2025-01-01", Value::Null, Value::Null),
        exchange("GET", "/4/worklogs", "author=x", Value::Null, Value::Null),
        exchange("GET", "/4/worklogs", "limit=many", Value::Null, Value::Null),
        exchange("GET", "/4/worklogs/issue/WEB-1", "", Value::Null, Value::Null),
        exchange("POST", "/4/worklogs", "", json!({"issueId": 1}), Value::Null),
        exchange("PUT", "/4/worklogs/1", "", new_worklog(), Value::Null),
        exchange("GET", "/4/worklogs/1", "", Value::Null, json!({"tempoWorklogId": 1})),
        exchange("POST", "/rest/api/3/issue/bulkfetch", "", json!({"issues": []}), Value::Null),
    ];
    for exchange in bad {
        assert!(
            !spec.check(&exchange).is_empty(),
            "{} {}?{}",
            exchange.method,
            exchange.path,
            exchange.query
        );
    }
}
