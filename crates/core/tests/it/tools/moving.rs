//! `editWorklog` to another issue.

use expect_test::expect;
use serde_json::{Value, json};
use tempo_sandbox::{ACCOUNT_FIELD, Effect};

use super::{
    both,
    edit::{edited, rich},
    stored,
};
use tempo_test_support::site::Site;

const ACCOUNT: (&str, &str) = ("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", ACCOUNT_FIELD);

fn value<'a>(worklog: &'a Value, key: &str) -> Option<&'a str> {
    let values = worklog["attributes"]["values"].as_array().unwrap();
    values.iter().find(|it| it["key"] == key).map(|it| it["value"].as_str().unwrap())
}

#[tokio::test(start_paused = true)]
async fn result_names_both_ids_and_every_change() {
    let site = Site::with(&[ACCOUNT], |_| ());
    let id = rich(&site).await;
    let result = site.ok("editWorklog", json!({"worklogId": id, "issueKey": "mob-4"})).await;
    expect![[r#"
        Moved: worklog 7728 is now worklog 7729; the old id no longer exists.
        - issue: WEB-2 (issueId 11002) "Product page loads slowly on phones" → MOB-4 (issueId 12004) "Dark mode"
        - worklogId: 7728 → 7729
        - attribute _Account_: "HARBOR-SUP" ("Harbor Books: Support") → "LANTERN-APP" ("Lantern Travel: App")
        Now: worklogId 7729 | 2026-03-20 09:00–11:00 | 2h | MOB-4 (issueId 12004) "Dark mode" | billable 2h | "Measured" | _Ticket_="T-1" | _WorkType_="1f0c6c52-0000-4000-8000-000000000001" ("Development") | _Account_="LANTERN-APP" ("Lantern Travel: App")

        {
          "changes": [
            {
              "after": "MOB-4 (issueId 12004) \"Dark mode\"",
              "before": "WEB-2 (issueId 11002) \"Product page loads slowly on phones\"",
              "field": "issue"
            },
            {
              "after": "7729",
              "before": "7728",
              "field": "worklogId"
            },
            {
              "after": "\"LANTERN-APP\" (\"Lantern Travel: App\")",
              "before": "\"HARBOR-SUP\" (\"Harbor Books: Support\")",
              "field": "attribute _Account_"
            }
          ],
          "movedFromWorklogId": 7728,
          "worklog": {
            "attributes": [
              {
                "key": "_Ticket_",
                "value": "T-1"
              },
              {
                "key": "_WorkType_",
                "label": "Development",
                "value": "1f0c6c52-0000-4000-8000-000000000001"
              },
              {
                "key": "_Account_",
                "label": "Lantern Travel: App",
                "value": "LANTERN-APP"
              }
            ],
            "billableSeconds": 7200,
            "date": "2026-03-20",
            "description": "Measured",
            "endTime": "11:00",
            "issueId": 12004,
            "issueKey": "MOB-4",
            "startTime": "09:00",
            "summary": "Dark mode",
            "timeSpentSeconds": 7200,
            "worklogId": 7729
          }
        }"#]].assert_eq(&both(&result));
}

#[tokio::test(start_paused = true)]
async fn a_move_keeps_all_fields_and_takes_the_new_account() {
    let site = Site::with(&[ACCOUNT], |_| ());
    let id = rich(&site).await;
    let before = stored(&site, id);
    let result = edited(&site, id, json!({"issueKey": "MOB-4"})).await;
    assert_eq!(stored(&site, id), Value::Null);
    let after = stored(&site, result["worklog"]["worklogId"].as_u64().unwrap());
    for field in ["startDate", "startTime", "timeSpentSeconds", "billableSeconds", "description", "author"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["issue"]["id"], 12_004);
    assert_eq!(value(&before, "_Account_"), Some("HARBOR-SUP"));
    assert_eq!(value(&after, "_Account_"), Some("LANTERN-APP"));
    for key in ["_WorkType_", "_Ticket_"] {
        assert_eq!(value(&after, key), value(&before, key));
    }
    assert_eq!(result["movedFromWorklogId"], id);
}

#[tokio::test(start_paused = true)]
async fn given_account_wins_and_is_removed_if_the_issue_has_none() {
    let site = Site::with(&[ACCOUNT], |_| ());
    let id = rich(&site).await;
    let given = json!({"issueKey": "MOB-4", "attributes": {"_Account_": "INTERNAL"}});
    let result = edited(&site, id, given).await;
    let id = result["worklog"]["worklogId"].as_u64().unwrap();
    assert_eq!(value(&stored(&site, id), "_Account_"), Some("INTERNAL"));
    let result = edited(&site, id, json!({"issueKey": "INT-1"})).await;
    let id = result["worklog"]["worklogId"].as_u64().unwrap();
    assert_eq!(value(&stored(&site, id), "_Account_"), None);
}

#[tokio::test(start_paused = true)]
async fn without_the_account_field_the_account_stays() {
    let site = Site::new();
    let id = rich(&site).await;
    edited(&site, id, json!({"attributes": {"_Account_": "INTERNAL"}})).await;
    let result = edited(&site, id, json!({"issueKey": "MOB-4"})).await;
    let id = result["worklog"]["worklogId"].as_u64().unwrap();
    assert_eq!(value(&stored(&site, id), "_Account_"), Some("INTERNAL"));
}

#[tokio::test(start_paused = true)]
async fn the_same_issue_by_another_name_is_not_a_move() {
    let site = Site::new();
    let entry = json!({"issueKey": "MOB-7", "date": "2026-03-20", "timeSpent": "1h"});
    let id = site.ok("createWorklog", entry).await.structured["worklog"]["worklogId"].as_u64().unwrap();
    for (i, name) in [json!("mob-7"), json!("WEB-9"), json!("12007"), json!(12007)].into_iter().enumerate() {
        let result = edited(&site, id, json!({"issueKey": name, "description": format!("{i}")})).await;
        assert_eq!(result["worklog"]["worklogId"], id, "{name}");
        assert!(result.get("movedFromWorklogId").is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_move_may_change_other_fields_as_well() {
    let site = Site::new();
    let id = rich(&site).await;
    let more = json!({"issueKey": "WEB-1", "endTime": "09:30", "date": "2026-03-21", "description": ""});
    let row = edited(&site, id, more).await["worklog"].clone();
    let found = (
        &row["issueKey"],
        &row["timeSpentSeconds"],
        &row["billableSeconds"],
        &row["date"],
        &row["description"],
    );
    assert_eq!(found, (&json!("WEB-1"), &json!(1800), &json!(1800), &json!("2026-03-21"), &json!("")));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_target_changes_nothing() {
    let site = Site::new();
    let id = rich(&site).await;
    let before = site.sandbox.worklogs();
    let refusal = site.err("editWorklog", json!({"worklogId": id, "issueKey": "WEB-999"})).await;
    assert!(refusal.starts_with("There is no issue WEB-999"), "{refusal}");
    assert_eq!(site.sandbox.worklogs(), before);
}

#[tokio::test(start_paused = true)]
async fn a_refused_removal_undoes_the_copy() {
    let site = Site::new();
    let id = rich(&site).await;
    let before = site.sandbox.worklogs();
    site.fault("DELETE", "/4/worklogs/", Some(1), Effect::status(403));
    let refusal = site.err("editWorklog", json!({"worklogId": id, "issueKey": "WEB-1"})).await;
    assert!(refusal.contains("Nothing was changed"), "{refusal}");
    assert_eq!(site.sandbox.worklogs(), before);
}

#[tokio::test(start_paused = true)]
async fn both_ids_are_reported_if_neither_can_be_removed() {
    let site = Site::new();
    let id = rich(&site).await;
    site.fault("DELETE", "/4/worklogs/", None, Effect::status(403));
    let refusal = site.err("editWorklog", json!({"worklogId": id, "issueKey": "WEB-1"})).await;
    expect![[r#"The worklog was copied to the other issue as worklog 7729, but neither the old worklog 7728 nor the copy could be deleted: both exist now, so the time counts twice. Tempo refused this (403): "Forbidden Access to this resource is forbidden.". Delete 7728 with deleteWorklog to complete the move, or 7729 to undo it. Either TEMPO_API_TOKEN lacks a scope, or you lack the permission in this project, or TEMPO_BASE_URL is the address of another region. The tools need the scopes Worklogs (View and Manage), Schemes (View), Accounts (View); scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration."#]].assert_eq(&refusal);
}
