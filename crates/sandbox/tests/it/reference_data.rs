//! Tempo's work attributes, accounts, configuration, schedules, periods and teams.

use serde_json::{Value, json};
use tempo_sandbox::{LEAD_ACCOUNT_ID, MAIN_ACCOUNT_ID, PART_TIMER_ACCOUNT_ID, WORK_TYPES};

use crate::support::{Site, site};

async fn keys(site: &Site, path: &str, name: &str) -> Vec<Value> {
    let page = site.get(path).await.json();
    page["results"].as_array().unwrap().iter().map(|row| row[name].clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn work_attributes_are_listed_with_values_and_labels() {
    let site = site();
    let types = keys(&site, "/4/work-attributes", "type").await;
    assert_eq!(types, ["ACCOUNT", "STATIC_LIST", "CHECKBOX", "INPUT_FIELD", "INPUT_NUMERIC"]);
    let list = site.get("/4/work-attributes/_WorkType_").await.json();
    assert_eq!(list["names"][WORK_TYPES[1].0], "Code Review");
    assert_eq!(list["values"].as_array().unwrap().len(), WORK_TYPES.len());
    assert_eq!(site.get("/4/work-attributes?limit=2").await.json()["metadata"]["count"], 2);
    assert_eq!(site.get("/4/work-attributes/_Nope_").await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn accounts_are_listed_searched_and_read_by_id() {
    let site = site();
    let listed = keys(&site, "/4/accounts", "key").await;
    assert_eq!(listed, ["HARBOR-DEV", "HARBOR-SUP", "LANTERN-APP", "INTERNAL", "HARBOR-OLD"]);
    assert_eq!(site.get("/4/accounts/5").await.json()["status"], "CLOSED");
    assert_eq!(site.get("/4/accounts/HARBOR-DEV").await.status, 404, "accounts are read by id, not by key");
    let found = site.post("/4/accounts/search", json!({"statuses": ["ARCHIVED"]})).await.json();
    assert_eq!(found["results"][0]["key"], "HARBOR-2019");
    let found = site.post("/4/accounts/search", json!({"keys": ["INTERNAL"], "global": true})).await.json();
    assert_eq!(found["results"][0]["id"], 4);
    let links = site.get("/4/accounts/HARBOR-SUP/links").await.json();
    assert_eq!(links["results"].as_array().unwrap().len(), 2);
    let links = site.get("/4/account-links/project/10001").await.json();
    let default: Vec<&Value> =
        links["results"].as_array().unwrap().iter().filter(|link| link["default"] == true).collect();
    assert_eq!(default[0]["account"]["self"], "http://localhost/4/accounts/HARBOR-DEV");
    let more = site.get("/4/account-links/project/10001?includeGlobalAccounts=true").await.json();
    assert_eq!(more["results"].as_array().unwrap().len(), links["results"].as_array().unwrap().len() + 1);
}

#[tokio::test(start_paused = true)]
async fn global_configuration_can_be_forbidden() {
    let site = site();
    assert_eq!(site.get("/4/globalconfiguration").await.json()["weekStart"], 1);
    site.sandbox.settings(|settings| settings.global_configuration_refused = true);
    assert_eq!(site.get("/4/globalconfiguration").await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn periods_are_weeks_in_the_field_periods() {
    let site = site();
    let response = site.get("/4/periods?from=2025-03-12&to=2025-03-17").await.json();
    let weeks = json!([
        {"from": "2025-03-10", "to": "2025-03-16"},
        {"from": "2025-03-17", "to": "2025-03-23"},
    ]);
    assert_eq!(response, json!({"periods": weeks}));
    assert_eq!(site.get("/4/periods?from=2025-03-12").await.status, 400);
    assert_eq!(site.get("/4/periods?from=2025-03-12&to=2025-03-11").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn schedules_and_schemes_are_read_by_user() {
    let site = site();
    let path = format!("/4/user-schedule/{PART_TIMER_ACCOUNT_ID}?from=2025-03-13&to=2025-03-14");
    let days = site.get(&path).await.json();
    assert_eq!(days["results"][0]["requiredSeconds"], 14400);
    assert_eq!(days["results"][1]["type"], "NON_WORKING_DAY");
    assert_eq!(days["metadata"]["count"], 2);
    assert_eq!(site.get("/4/user-schedule/nobody?from=2025-03-13&to=2025-03-14").await.status, 404);
    assert_eq!(site.get("/4/user-schedule?from=2025-03-13").await.status, 400);
    let scheme = site.get(&format!("/4/workload-schemes/users/{MAIN_ACCOUNT_ID}")).await.json();
    assert_eq!(scheme["name"], "Full time");
    let scheme = site.get(&format!("/4/holiday-schemes/users/{LEAD_ACCOUNT_ID}")).await.json();
    assert_eq!(scheme["defaultScheme"], true);
}

#[tokio::test(start_paused = true)]
async fn single_team_is_listed_with_its_members() {
    let site = site();
    assert_eq!(keys(&site, "/4/teams", "name").await, ["Product Team"]);
    assert_eq!(site.get("/4/teams/1").await.json()["lead"]["accountId"], LEAD_ACCOUNT_ID);
    assert_eq!(site.get("/4/teams/1/members").await.json()["results"].as_array().unwrap().len(), 5);
    assert_eq!(site.get("/4/teams/2").await.status, 404);
    assert_eq!(site.get("/4/nothing").await.status, 404);
}
