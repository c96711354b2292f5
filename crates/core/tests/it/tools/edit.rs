//! `editWorklog`: fields.

use expect_test::expect;
use serde_json::{Value, json};
use tempo_sandbox::WORK_TYPES;

use super::{both, sent, stored};
use tempo_test_support::site::Site;

/// A worklog with something in every field; its id.
pub(super) async fn rich(site: &Site) -> u64 {
    let result = site
        .ok(
            "createWorklog",
            json!({
                "issueKey": "WEB-2",
                "date": "2026-03-20",
                "timeSpent": "2h",
                "startTime": "09:00",
                "description": "Measured",
                "attributes": {"_WorkType_": "Development", "_Ticket_": "T-1"},
                "billableHours": 2,
            }),
        )
        .await;
    result.structured["worklog"]["worklogId"].as_u64().unwrap()
}

pub(super) async fn edited(site: &Site, id: u64, more: Value) -> Value {
    let mut call = json!({"worklogId": id});
    call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    site.ok("editWorklog", call).await.structured
}

fn without(worklog: &Value, fields: &[&str]) -> Value {
    let mut map = worklog.as_object().unwrap().clone();
    map.retain(|name, _| !fields.contains(&name.as_str()) && name != "updatedAt");
    Value::Object(map)
}

#[tokio::test(start_paused = true)]
async fn result_shows_before_and_after_of_each_field() {
    let site = Site::new();
    let id = rich(&site).await;
    let result = site
        .ok(
            "editWorklog",
            json!({
                "worklogId": id.to_string(),
                "date": "2026-03-19",
                "startTime": "8:30",
                "timeSpent": "3h",
                "description": "Measured\nagain",
                "attributes": [{"key": "_WorkType_", "value": "Support"}, {"key": "_Ticket_", "value": ""}],
                "billableHours": 0,
                "remainingEstimateHours": 4,
            }),
        )
        .await;
    expect![[r#"
        Changed worklog 7728:
        - date: 2026-03-20 → 2026-03-19
        - startTime: 09:00 → 08:30
        - endTime: 11:00 → 11:30
        - timeSpent: 2h → 3h
        - billable: 2h → 0m
        - description: "Measured" → "Measured\nagain"
        - attribute _Ticket_: "T-1" → (none)
        - attribute _WorkType_: "1f0c6c52-0000-4000-8000-000000000001" ("Development") → "1f0c6c52-0000-4000-8000-000000000004" ("Support")
        - remaining estimate of the issue: set to 4h
        Now: worklogId 7728 | 2026-03-19 08:30–11:30 | 3h | WEB-2 (issueId 11002) "Product page loads slowly on phones" | billable 0m | "Measured\nagain" | _WorkType_="1f0c6c52-0000-4000-8000-000000000004" ("Support")

        {
          "changes": [
            {
              "after": "2026-03-19",
              "before": "2026-03-20",
              "field": "date"
            },
            {
              "after": "08:30",
              "before": "09:00",
              "field": "startTime"
            },
            {
              "after": "11:30",
              "before": "11:00",
              "field": "endTime"
            },
            {
              "after": "3h",
              "before": "2h",
              "field": "timeSpent"
            },
            {
              "after": "0m",
              "before": "2h",
              "field": "billable"
            },
            {
              "after": "\"Measured\\nagain\"",
              "before": "\"Measured\"",
              "field": "description"
            },
            {
              "after": "(none)",
              "before": "\"T-1\"",
              "field": "attribute _Ticket_"
            },
            {
              "after": "\"1f0c6c52-0000-4000-8000-000000000004\" (\"Support\")",
              "before": "\"1f0c6c52-0000-4000-8000-000000000001\" (\"Development\")",
              "field": "attribute _WorkType_"
            }
          ],
          "remainingEstimateSeconds": 14400,
          "worklog": {
            "attributes": [
              {
                "key": "_WorkType_",
                "label": "Support",
                "value": "1f0c6c52-0000-4000-8000-000000000004"
              }
            ],
            "billableSeconds": 0,
            "date": "2026-03-19",
            "description": "Measured\nagain",
            "endTime": "11:30",
            "issueId": 11002,
            "issueKey": "WEB-2",
            "startTime": "08:30",
            "summary": "Product page loads slowly on phones",
            "timeSpentSeconds": 10800,
            "worklogId": 7728
          }
        }"#]].assert_eq(&both(&result));
}

#[tokio::test(start_paused = true)]
async fn fields_that_are_not_named_stay() {
    let site = Site::new();
    let id = rich(&site).await;
    for (more, changed) in [
        (json!({"description": "New"}), vec!["description"]),
        (json!({"date": "2026-03-19"}), vec!["startDate", "startDateTimeUtc"]),
        (json!({"startTime": "10:00"}), vec!["startTime", "startDateTimeUtc"]),
        (json!({"billableHours": 1}), vec!["billableSeconds"]),
        (json!({"timeSpentHours": 1}), vec!["timeSpentSeconds"]),
        (json!({"attributes": {"_Ticket_": "T-2"}}), vec!["attributes"]),
    ] {
        let before = stored(&site, id);
        edited(&site, id, more.clone()).await;
        let after = stored(&site, id);
        assert_eq!(without(&after, &changed), without(&before, &changed), "{more}");
        assert_ne!(after[changed[0]], before[changed[0]], "{more}");
    }
}

#[tokio::test(start_paused = true)]
async fn null_changes_nothing_and_an_empty_description_clears() {
    let site = Site::new();
    let id = rich(&site).await;
    edited(&site, id, json!({"description": null, "date": null, "attributes": null, "startTime": "10:00"}))
        .await;
    assert_eq!(stored(&site, id)["description"], "Measured");
    let result = edited(&site, id, json!({"description": ""})).await;
    assert_eq!(stored(&site, id)["description"], "");
    assert_eq!(
        result["changes"],
        json!([{"field": "description", "before": "\"Measured\"", "after": "(none)"}])
    );
}

#[tokio::test(start_paused = true)]
async fn empty_or_null_attribute_is_removed_and_others_stay() {
    for value in [json!(""), Value::Null] {
        let site = Site::new();
        let id = rich(&site).await;
        edited(&site, id, json!({"attributes": [{"key": "_WorkType_", "value": value}]})).await;
        assert_eq!(stored(&site, id)["attributes"]["values"], json!([{"key": "_Ticket_", "value": "T-1"}]));
    }
    let site = Site::new();
    let id = rich(&site).await;
    edited(&site, id, json!({"attributes": r#"[{"key":"Work Type","value":"meeting"}]"#})).await;
    let values = stored(&site, id)["attributes"]["values"].clone();
    assert!(values.as_array().unwrap().contains(&json!({"key": "_WorkType_", "value": WORK_TYPES[2].0})));
    assert_eq!(values.as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn billable_time_follows_the_time_spent_if_it_equalled_it() {
    let site = Site::new();
    let id = rich(&site).await;
    let row = edited(&site, id, json!({"timeSpent": "3h"})).await["worklog"].clone();
    assert_eq!(row["billableSeconds"], 10_800);
    edited(&site, id, json!({"billableHours": 0})).await;
    let row = edited(&site, id, json!({"timeSpent": "1h"})).await["worklog"].clone();
    assert_eq!(row["billableSeconds"], 0);
    let row = edited(&site, id, json!({"billableHours": 5})).await["worklog"].clone();
    assert_eq!((&row["billableSeconds"], &row["timeSpentSeconds"]), (&json!(18_000), &json!(3600)));
    let row = edited(&site, id, json!({"description": "x"})).await["worklog"].clone();
    assert_eq!(row["billableSeconds"], 18_000, "an edit carries it over");
}

#[tokio::test(start_paused = true)]
async fn edit_to_the_same_values_writes_nothing() {
    let site = Site::new();
    let id = rich(&site).await;
    let call = json!({"worklogId": id, "timeSpent": "2h", "description": "Measured", "issueKey": "web-2"});
    let result = site.ok("editWorklog", call).await;
    assert!(
        result.text.starts_with("Nothing to change: the worklog already has these values."),
        "{}",
        result.text
    );
    assert_eq!(result.structured["changes"], json!([]));
    assert_eq!(sent(&site, "PUT", &id.to_string()), Value::Null);
}

#[tokio::test(start_paused = true)]
async fn edit_without_changes_is_refused() {
    let site = Site::new();
    let refusal = site.err("editWorklog", json!({"worklogId": 7001})).await;
    expect![[r#"
        Invalid arguments: nothing to change: give at least one of timeSpentHours, timeSpent, startTime, endTime, description, date, attributes, billableHours, remainingEstimateHours, issueKey
        Nothing was changed."#]].assert_eq(&refusal);
    assert_eq!(site.err("editWorklog", json!({"worklogId": 7001, "description": null})).await, refusal);
    assert_eq!(site.requests(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_remaining_estimate_alone_is_written() {
    let site = Site::with(&[], |it| it.remaining_estimate_required = false);
    let id = rich(&site).await;
    let result = site.ok("editWorklog", json!({"worklogId": id, "remainingEstimateHours": 0.5})).await;
    assert_eq!(sent(&site, "PUT", &id.to_string())["remainingEstimateSeconds"], 1800);
    assert_eq!(result.structured["remainingEstimateSeconds"], 1800);
    assert!(result.text.contains("remaining estimate of the issue: set to 30m"), "{}", result.text);
}

#[tokio::test(start_paused = true)]
async fn unknown_worklog_is_reported_as_unknown() {
    let site = Site::new();
    let refusal = site.err("editWorklog", json!({"worklogId": 999_999, "description": "x"})).await;
    assert!(refusal.starts_with("There is no worklog 999999"), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn an_edit_costs_two_requests_once_the_issue_is_known() {
    let site = Site::new();
    let id = rich(&site).await;
    site.sandbox.clear_requests();
    edited(&site, id, json!({"description": "x"})).await;
    assert_eq!(site.requests(), [format!("GET /4/worklogs/{id}"), format!("PUT /4/worklogs/{id}")]);
}
