//! `deleteWorklog`.

use expect_test::expect;
use serde_json::{Value, json};

use super::{both, stored};
use tempo_test_support::site::Site;

async fn rich(site: &Site) -> u64 {
    let result = site
        .ok(
            "createWorklog",
            json!({
                "issueKey": "WEB-2",
                "date": "2026-03-17",
                "timeSpent": "1h 20m 5s",
                "startTime": "07:10:30",
                "description": format!("{}\n\"end\"", "long ".repeat(60)),
                "attributes": [{"key": "_WorkType_", "value": "Support"}, {"key": "_Ticket_", "value": "T | 1"}],
                "billableHours": 0.5,
            }),
        )
        .await;
    result.structured["worklog"]["worklogId"].as_u64().unwrap()
}

#[tokio::test(start_paused = true)]
async fn result_is_the_whole_worklog_that_is_gone() {
    let site = Site::new();
    let id = rich(&site).await;
    let result = site.ok("deleteWorklog", json!({"worklogId": id})).await;
    expect![[r#"
        Deleted:
        worklogId 7728 | 2026-03-17 07:10:30–08:30:35 | 1h 20m 5s | WEB-2 (issueId 11002) "Product page loads slowly on phones" | billable 30m | "long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long \n\"end\"" | _WorkType_="1f0c6c52-0000-4000-8000-000000000004" ("Support") | _Ticket_="T | 1"
        To enter it again, call createWorklog with {"issueKey":"WEB-2","date":"2026-03-17","timeSpent":"1h 20m 5s","startTime":"07:10:30","description":"long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long \n\"end\"","billableHours":0.5,"attributes":[{"key":"_WorkType_","value":"1f0c6c52-0000-4000-8000-000000000004"},{"key":"_Ticket_","value":"T | 1"}]}

        {
          "deleted": {
            "attributes": [
              {
                "key": "_WorkType_",
                "label": "Support",
                "value": "1f0c6c52-0000-4000-8000-000000000004"
              },
              {
                "key": "_Ticket_",
                "value": "T | 1"
              }
            ],
            "billableSeconds": 1800,
            "date": "2026-03-17",
            "description": "long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long \n\"end\"",
            "endTime": "08:30:35",
            "issueId": 11002,
            "issueKey": "WEB-2",
            "startTime": "07:10:30",
            "summary": "Product page loads slowly on phones",
            "timeSpentSeconds": 4805,
            "worklogId": 7728
          },
          "restore": {
            "attributes": [
              {
                "key": "_WorkType_",
                "value": "1f0c6c52-0000-4000-8000-000000000004"
              },
              {
                "key": "_Ticket_",
                "value": "T | 1"
              }
            ],
            "billableHours": 0.5,
            "date": "2026-03-17",
            "description": "long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long \n\"end\"",
            "issueKey": "WEB-2",
            "startTime": "07:10:30",
            "timeSpent": "1h 20m 5s"
          }
        }"#]].assert_eq(&both(&result));
    assert_eq!(stored(&site, id), Value::Null);
}

#[tokio::test(start_paused = true)]
async fn restore_arguments_enter_the_same_worklog_again() {
    let site = Site::new();
    let id = rich(&site).await;
    let before = stored(&site, id);
    let gone = site.ok("deleteWorklog", json!({"worklogId": id.to_string()})).await;
    let again = site.ok("createWorklog", gone.structured["restore"].clone()).await;
    let after = stored(&site, again.structured["worklog"]["worklogId"].as_u64().unwrap());
    for field in
        ["issue", "author", "startDate", "startTime", "timeSpentSeconds", "billableSeconds", "description"]
    {
        let of = |it: &Value| if field == "issue" { it["issue"]["id"].clone() } else { it[field].clone() };
        assert_eq!(of(&after), of(&before), "{field}");
    }
    assert_eq!(after["attributes"]["values"], before["attributes"]["values"]);
}

#[tokio::test(start_paused = true)]
async fn restore_arguments_are_in_the_text_too() {
    let site = Site::new();
    let id = rich(&site).await;
    let gone = site.ok("deleteWorklog", json!({"worklogId": id})).await;
    let start = gone.text.find("call createWorklog with ").unwrap() + "call createWorklog with ".len();
    let read: Value = serde_json::from_str(gone.text.get(start..).unwrap()).unwrap();
    assert_eq!(read, gone.structured["restore"]);
}

#[tokio::test(start_paused = true)]
async fn unknown_worklog_is_reported_as_unknown() {
    let site = Site::new();
    let refusal = site.err("deleteWorklog", json!({"worklogId": 999_999})).await;
    expect!["There is no worklog 999999, or it is not visible to you. It may have been deleted. retrieveWorklogs lists worklog ids; they are Tempo's, not Jira's."].assert_eq(&refusal);
}

#[tokio::test(start_paused = true)]
async fn the_id_may_be_a_string_or_a_number() {
    let site = Site::new();
    for id in [json!(7726), json!(" 7727 ")] {
        site.ok("deleteWorklog", json!({"worklogId": id})).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_costs_two_requests_once_the_issue_is_known() {
    let site = Site::new();
    let id = rich(&site).await;
    site.sandbox.clear_requests();
    site.ok("deleteWorklog", json!({"worklogId": id})).await;
    assert_eq!(site.requests(), [format!("GET /4/worklogs/{id}"), format!("DELETE /4/worklogs/{id}")]);
}

#[tokio::test(start_paused = true)]
async fn worklog_of_an_unreadable_issue_can_be_deleted() {
    let site = Site::new();
    site.fault("POST", "/issue/bulkfetch", None, tempo_sandbox::Effect::status(403));
    let result = site.ok("deleteWorklog", json!({"worklogId": 7727})).await;
    assert!(result.text.contains("(its key could not be read just now)"), "{}", result.text);
    assert!(result.structured["deleted"].get("issueKey").is_none());
    assert_eq!(result.structured["restore"]["issueKey"], result.structured["deleted"]["issueId"].to_string());
}
