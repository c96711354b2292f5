//! Reading worklogs: lists, search, paging, ids and attribute values.

use serde_json::{Value, json};
use tempo_sandbox::{COLLEAGUE_ACCOUNT_ID, MAIN_ACCOUNT_ID};

use crate::support::{Site, new_worklog, site};

fn results(page: &Value) -> &Vec<Value> {
    page["results"].as_array().unwrap()
}

async fn list(site: &Site, path: &str) -> Vec<Value> {
    let response = site.get(path).await;
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    results(&response.json()).clone()
}

#[tokio::test(start_paused = true)]
async fn each_list_filters_by_its_path_parameter() {
    let site = site();
    let rows =
        list(&site, &format!("/4/worklogs/user/{}?limit=5000", MAIN_ACCOUNT_ID.replace(':', "%3A"))).await;
    assert!(rows.iter().all(|row| row["author"]["accountId"] == MAIN_ACCOUNT_ID));
    assert!(rows.len() > 100);
    let rows = list(&site, "/4/worklogs/issue/11012?limit=5000").await;
    assert!(!rows.is_empty() && rows.iter().all(|row| row["issue"]["id"] == 11012));
    let rows = list(&site, "/4/worklogs/project/10002?limit=5000").await;
    assert!(rows.iter().all(|row| row["issue"]["id"].as_u64().unwrap() / 1000 == 12));
    let rows = list(&site, "/4/worklogs/account/LANTERN-APP?limit=5000").await;
    assert!(rows.iter().all(|row| row["attributes"].to_string().contains("LANTERN-APP")));
    let rows = list(&site, "/4/worklogs/team/1?limit=5000").await;
    assert!(rows.iter().any(|row| row["author"]["accountId"] == COLLEAGUE_ACCOUNT_ID));
    for missing in ["user/nobody", "issue/99", "project/99", "account/NOPE", "team/99", "99", "x"] {
        let response = site.get(&format!("/4/worklogs/{missing}")).await;
        assert_eq!(response.status, 404, "{missing}");
        assert!(!response.message().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn worklog_list_takes_repeated_parameters_and_an_order() {
    let site = site();
    let rows =
        list(&site, "/4/worklogs?projectId=10001&projectId=10003&from=2025-03-10&to=2025-03-14&limit=5000")
            .await;
    assert!(rows.iter().any(|row| row["issue"]["id"].as_u64().unwrap() / 1000 == 11));
    assert!(rows.iter().any(|row| row["issue"]["id"].as_u64().unwrap() / 1000 == 13));
    assert!(
        rows.iter().all(|row| ("2025-03-10"..="2025-03-14").contains(&row["startDate"].as_str().unwrap()))
    );
    let rows = list(&site, "/4/worklogs?orderBy=ID&limit=3").await;
    let ids: Vec<u64> = rows.iter().map(|row| row["tempoWorklogId"].as_u64().unwrap()).collect();
    assert!(ids.is_sorted_by(|one, other| one > other), "{ids:?}");
    assert_eq!(site.get("/4/worklogs?orderBy=NAME").await.status, 400);
    assert_eq!(site.get("/4/worklogs?from=2025-02-30").await.status, 400);
    assert_eq!(site.get("/4/worklogs?issueId=x").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn search_filters_and_ignores_unknown_fields() {
    let site = site();
    let search = async |body: Value| {
        let response = site.post("/4/worklogs/search?limit=5000", body).await;
        assert_eq!(response.status, 200, "{}", response.text());
        results(&response.json()).clone()
    };
    let all = search(json!({})).await.len();
    assert_eq!(search(json!({"author": MAIN_ACCOUNT_ID, "authorIds": []})).await.len(), all);
    let mine = search(json!({"authorIds": [MAIN_ACCOUNT_ID], "issueIds": [11012, "11001"]})).await;
    assert!(!mine.is_empty() && mine.len() < all);
    assert_eq!(search(json!({"authorIds": ["nobody"]})).await.len(), 0);
    site.post("/4/worklogs", new_worklog()).await;
    assert_eq!(search(json!({"updatedFrom": "2025-03-20T14:00:00Z"})).await.len(), 1);
    let newest = search(json!({"orderBy": [{"field": "ID", "order": "DESC"}]})).await;
    assert_eq!(newest[0]["createdAt"], "2025-03-20T14:00:00Z");
    for bad in [json!({"authorIds": "x"}), json!({"issueIds": ["x"]}), json!({"from": "x"}), json!([])] {
        assert_eq!(site.post("/4/worklogs/search", bad).await.status, 400);
    }
}

#[tokio::test(start_paused = true)]
async fn paging_returns_every_worklog_once_in_order() {
    let site = site();
    let all = list(&site, "/4/worklogs?limit=5000").await;
    let mut seen: Vec<Value> = Vec::new();
    let mut next = Some("/4/worklogs?from=2000-01-01&limit=70".to_owned());
    while let Some(path) = next {
        let page = site.get(&path).await.json();
        assert_eq!(page["metadata"]["count"], results(&page).len());
        assert_eq!(page["metadata"]["offset"], seen.len());
        assert_eq!(page["metadata"]["limit"], 70);
        seen.extend(results(&page).clone());
        next = page["metadata"]["next"].as_str().map(|url| url.replace("http://localhost", ""));
    }
    assert_eq!(seen, all);
    let start = |row: &Value| format!("{}{}", row["startDate"], row["startTime"]);
    assert!(all.is_sorted_by_key(start));
}

#[tokio::test(start_paused = true)]
async fn page_size_is_limited_and_next_can_have_another_origin() {
    let site = site();
    site.sandbox.settings(|settings| {
        settings.page_limit = Some(20);
        settings.next_origin = Some("https://api.eu.tempo.io".to_owned());
    });
    let page = site.get("/4/worklogs?limit=5000").await.json();
    assert_eq!(page["metadata"]["limit"], 20);
    assert_eq!(page["metadata"]["next"], "https://api.eu.tempo.io/4/worklogs?offset=20&limit=20");
    for bad in ["limit=0", "limit=x", "offset=-1"] {
        assert_eq!(site.get(&format!("/4/worklogs?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test(start_paused = true)]
async fn jira_and_tempo_ids_map_to_each_other() {
    let site = site();
    let created = site.post("/4/worklogs", new_worklog()).await.json();
    let id = created["tempoWorklogId"].as_u64().unwrap();
    let there = site.post("/4/worklogs/tempo-to-jira", json!({"tempoWorklogIds": [id, 1]})).await.json();
    assert_eq!(results(&there).len(), 1);
    let jira = there["results"][0]["jiraWorklogId"].clone();
    assert_ne!(jira, id);
    let back = site.post("/4/worklogs/jira-to-tempo", json!({"jiraWorklogIds": [jira]})).await.json();
    assert_eq!(back["results"][0]["tempoWorklogId"], id);
    assert_eq!(site.post("/4/worklogs/jira-to-tempo", json!({"jiraWorklogIds": []})).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn attribute_values_are_read_searched_and_added() {
    let site = site();
    let created = site.post("/4/worklogs", new_worklog()).await.json();
    let id = &created["tempoWorklogId"];
    let add = json!([{"tempoWorklogId": id, "attributeValues": [{"key": "_Ticket_", "value": "T-9"}]}]);
    assert_eq!(site.post("/4/worklogs/work-attribute-values", add.clone()).await.status, 204);
    assert_eq!(
        site.post("/4/worklogs/work-attribute-values", add).await.status,
        400,
        "the value already exists"
    );
    let values = list(&site, &format!("/4/worklogs/{id}/work-attribute-values")).await;
    assert_eq!(values, [json!({"key": "_Ticket_", "value": "T-9"})]);
    let one = site.get(&format!("/4/worklogs/{id}/work-attribute-values/_Ticket_")).await.json();
    assert_eq!(one["value"], "T-9");
    assert_eq!(site.get(&format!("/4/worklogs/{id}/work-attribute-values/_Account_")).await.status, 404);
    let body = json!({"tempoWorklogIds": [id]});
    let found = site.post("/4/worklogs/work-attribute-values/search", body).await.json();
    assert_eq!(found[0]["workAttributeValues"][0]["value"], "T-9");
    let body = json!({"tempoWorklogIds": (1..=501).collect::<Vec<u64>>()});
    assert_eq!(site.post("/4/worklogs/work-attribute-values/search", body).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn page_of_5000_from_50000_worklogs_is_complete() {
    let site = site();
    site.sandbox.add_worklogs(50_000, 200);
    let path = format!("/4/worklogs/user/{MAIN_ACCOUNT_ID}?from=2024-03-20&limit=5000&offset=45000");
    let page = site.get(&path).await.json();
    assert_eq!(page["metadata"]["count"], 5000);
    assert_eq!(site.sandbox.requests()[0].response, Value::Null, "the response is too large for the log");
}
