//! `getWorklogAnalytics`.

use expect_test::expect;
use serde_json::{Value, json};

use super::both;
use tempo_test_support::site::Site;

async fn by(site: &Site, group_by: &str) -> tempo_test_support::site::Outcome {
    let call = json!({"startDate": "2026-03-02", "endDate": "2026-03-18", "groupBy": group_by});
    site.ok("getWorklogAnalytics", call).await
}

fn hundredths(result: &Value) -> u64 {
    let groups = result["groups"].as_array().unwrap().iter().chain(result.get("others"));
    groups.map(|it| (it["percentage"].as_f64().unwrap() * 100.0).round() as u64).sum()
}

#[tokio::test(start_paused = true)]
async fn time_is_summed_up_by_issue_by_default() {
    let site = Site::new();
    let call = json!({"startDate": "2026-03-16", "endDate": "2026-03-18"});
    expect![[r#"
        16h in 8 worklogs from 2026-03-16 to 2026-03-18, by issue. Today is 2026-03-18 (Europe/Berlin).
        - MOB-4 "Dark mode": 4h, 25 %, 1 worklog
        - INT-1 "Meetings and stand-ups": 3h, 18.75 %, 3 worklogs
        - MOB-7 "Share a trip by link": 3h, 18.75 %, 1 worklog
        - WEB-1 "Checkout: guest orders without an account": 3h, 18.75 %, 1 worklog
        - WEB-2 "Product page loads slowly on phones": 1h 30m, 9.38 %, 1 worklog
        - WEB-6 "Replace the image pipeline": 1h 30m, 9.37 %, 1 worklog

        {
          "endDate": "2026-03-18",
          "groupBy": "issue",
          "groups": [
            {
              "count": 1,
              "key": "MOB-4",
              "name": "Dark mode",
              "percentage": 25.0,
              "timeSpentHours": 4.0,
              "timeSpentSeconds": 14400
            },
            {
              "count": 3,
              "key": "INT-1",
              "name": "Meetings and stand-ups",
              "percentage": 18.75,
              "timeSpentHours": 3.0,
              "timeSpentSeconds": 10800
            },
            {
              "count": 1,
              "key": "MOB-7",
              "name": "Share a trip by link",
              "percentage": 18.75,
              "timeSpentHours": 3.0,
              "timeSpentSeconds": 10800
            },
            {
              "count": 1,
              "key": "WEB-1",
              "name": "Checkout: guest orders without an account",
              "percentage": 18.75,
              "timeSpentHours": 3.0,
              "timeSpentSeconds": 10800
            },
            {
              "count": 1,
              "key": "WEB-2",
              "name": "Product page loads slowly on phones",
              "percentage": 9.38,
              "timeSpentHours": 1.5,
              "timeSpentSeconds": 5400
            },
            {
              "count": 1,
              "key": "WEB-6",
              "name": "Replace the image pipeline",
              "percentage": 9.37,
              "timeSpentHours": 1.5,
              "timeSpentSeconds": 5400
            }
          ],
          "startDate": "2026-03-16",
          "timeZone": "Europe/Berlin",
          "today": "2026-03-18",
          "totals": {
            "count": 8,
            "timeSpentHours": 16.0,
            "timeSpentSeconds": 57600
          }
        }"#]]
    .assert_eq(&both(&site.ok("getWorklogAnalytics", call).await));
}

#[tokio::test(start_paused = true)]
async fn every_grouping_sums_up_the_same_time() {
    let site = Site::new();
    let mut texts = Vec::new();
    for group_by in
        ["issue", "account", "day", "week", "month", "project", "attribute:_WorkType_", "attribute:Work Type"]
    {
        let result = by(&site, group_by).await;
        assert_eq!(result.structured["groupBy"], group_by);
        assert_eq!(hundredths(&result.structured), 10_000, "{group_by}");
        let groups = result.structured["groups"].as_array().unwrap();
        for of in ["timeSpentSeconds", "count"] {
            let sum: u64 = groups.iter().map(|it| it[of].as_u64().unwrap()).sum();
            assert_eq!(result.structured["totals"][of], sum, "{group_by}");
        }
        texts.push(result.text);
    }
    expect![[r#"
        86h in 42 worklogs from 2026-03-02 to 2026-03-18, by issue. Today is 2026-03-18 (Europe/Berlin).
        - WEB-1 "Checkout: guest orders without an account": 18h, 20.93 %, 5 worklogs
        - WEB-2 "Product page loads slowly on phones": 14h 30m, 16.86 %, 7 worklogs
        - WEB-12 "Login bug: session is lost after a password reset": 14h 30m, 16.86 %, 5 worklogs
        - MOB-7 "Share a trip by link": 11h, 12.79 %, 5 worklogs
        - INT-1 "Meetings and stand-ups": 9h 30m, 11.05 %, 12 worklogs
        - MOB-4 "Dark mode": 8h, 9.3 %, 2 worklogs
        - WEB-6 "Replace the image pipeline": 4h 30m, 5.23 %, 3 worklogs
        - OPS-1 "On-call week": 4h, 4.65 %, 2 worklogs
        - INT-2 "Training and conferences": 2h, 2.33 %, 1 worklog

        86h in 42 worklogs from 2026-03-02 to 2026-03-18, by account. Today is 2026-03-18 (Europe/Berlin).
        - "HARBOR-SUP" "Harbor Books: Support": 33h, 38.37 %, 14 worklogs
        - "HARBOR-DEV" "Harbor Books: Development": 22h 30m, 26.16 %, 8 worklogs
        - "LANTERN-APP" "Lantern Travel: App": 19h, 22.1 %, 7 worklogs
        - (no account): 11h 30m, 13.37 %, 13 worklogs

        86h in 42 worklogs from 2026-03-02 to 2026-03-18, by day. Today is 2026-03-18 (Europe/Berlin).
        - 2026-03-02 "Monday": 8h, 9.31 %, 4 worklogs
        - 2026-03-03 "Tuesday": 8h, 9.3 %, 4 worklogs
        - 2026-03-04 "Wednesday": 8h, 9.3 %, 3 worklogs
        - 2026-03-05 "Thursday": 8h, 9.3 %, 4 worklogs
        - 2026-03-06 "Friday": 8h, 9.3 %, 4 worklogs
        - 2026-03-09 "Monday": 8h, 9.3 %, 4 worklogs
        - 2026-03-11 "Wednesday": 8h, 9.3 %, 4 worklogs
        - 2026-03-13 "Friday": 8h, 9.3 %, 4 worklogs
        - 2026-03-17 "Tuesday": 8h, 9.3 %, 4 worklogs
        - 2026-03-12 "Thursday": 6h, 6.98 %, 3 worklogs
        - 2026-03-16 "Monday": 5h 30m, 6.4 %, 2 worklogs
        - 2026-03-18 "Wednesday": 2h 30m, 2.91 %, 2 worklogs

        86h in 42 worklogs from 2026-03-02 to 2026-03-18, by week. Today is 2026-03-18 (Europe/Berlin).
        - 2026-W10: 40h, 46.51 %, 19 worklogs
        - 2026-W11: 30h, 34.88 %, 15 worklogs
        - 2026-W12: 16h, 18.61 %, 8 worklogs

        86h in 42 worklogs from 2026-03-02 to 2026-03-18, by month. Today is 2026-03-18 (Europe/Berlin).
        - 2026-03: 86h, 100 %, 42 worklogs

        86h in 42 worklogs from 2026-03-02 to 2026-03-18, by project. Today is 2026-03-18 (Europe/Berlin).
        - "WEB": 51h 30m, 59.89 %, 20 worklogs
        - "MOB": 19h, 22.09 %, 7 worklogs
        - "INT": 11h 30m, 13.37 %, 13 worklogs
        - "OPS": 4h, 4.65 %, 2 worklogs

        86h in 42 worklogs from 2026-03-02 to 2026-03-18, by attribute:_WorkType_. Today is 2026-03-18 (Europe/Berlin).
        - "1f0c6c52-0000-4000-8000-000000000001" "Development": 64h, 74.42 %, 22 worklogs
        - "1f0c6c52-0000-4000-8000-000000000003" "Meeting": 11h 30m, 13.37 %, 13 worklogs
        - "1f0c6c52-0000-4000-8000-000000000002" "Code Review": 6h 30m, 7.56 %, 5 worklogs
        - "1f0c6c52-0000-4000-8000-000000000004" "Support": 4h, 4.65 %, 2 worklogs

        86h in 42 worklogs from 2026-03-02 to 2026-03-18, by attribute:Work Type. Today is 2026-03-18 (Europe/Berlin).
        - "1f0c6c52-0000-4000-8000-000000000001" "Development": 64h, 74.42 %, 22 worklogs
        - "1f0c6c52-0000-4000-8000-000000000003" "Meeting": 11h 30m, 13.37 %, 13 worklogs
        - "1f0c6c52-0000-4000-8000-000000000002" "Code Review": 6h 30m, 7.56 %, 5 worklogs
        - "1f0c6c52-0000-4000-8000-000000000004" "Support": 4h, 4.65 %, 2 worklogs"#]].assert_eq(&texts.join("\n\n"));
}

#[tokio::test(start_paused = true)]
async fn groups_are_sorted_by_hours_or_by_key() {
    let site = Site::new();
    let keys = async |sort: Value| -> Vec<String> {
        let call = json!({"startDate": "2026-02-01", "endDate": "2026-03-18", "sortBy": sort});
        let result = site.ok("getWorklogAnalytics", call).await;
        let groups = result.structured["groups"].as_array().unwrap().clone();
        if sort != "key" {
            let times: Vec<u64> = groups.iter().map(|it| it["timeSpentSeconds"].as_u64().unwrap()).collect();
            assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
        }
        groups.iter().map(|it| it["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(json!("hours")).await, keys(Value::Null).await);
    expect!["INT-1 INT-2 MOB-4 MOB-7 OPS-1 OPS-3 WEB-1 WEB-2 WEB-6 WEB-12"]
        .assert_eq(&keys(json!("key")).await.join(" "));
}

#[tokio::test(start_paused = true)]
async fn groups_beyond_a_hundred_are_summed_up_as_one() {
    let site = Site::new();
    site.sandbox.add_worklogs(500, 250);
    let call = json!({"startDate": "2025-01-01", "endDate": "2026-03-17"});
    let result = site.ok("getWorklogAnalytics", call).await;
    let groups = result.structured["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 100);
    assert_eq!(result.text.lines().count(), 102);
    assert_eq!(hundredths(&result.structured), 10_000);
    let others = &result.structured["others"];
    for of in ["timeSpentSeconds", "count"] {
        let sum: u64 = groups.iter().chain([others]).map(|it| it[of].as_u64().unwrap()).sum();
        assert_eq!(result.structured["totals"][of], sum);
    }
}

#[tokio::test(start_paused = true)]
async fn the_account_attribute_is_found_by_its_type() {
    let site = Site::with(&[], |it| it.account_attribute_key = "_Kostenstelle_".into());
    let result = by(&site, "account").await;
    let groups = result.structured["groups"].as_array().unwrap();
    assert!(groups.iter().any(|it| it["key"] == "HARBOR-SUP" && it["name"] == "Harbor Books: Support"));
    assert!(groups.iter().any(|it| it["key"] == "(no account)"));
}

#[tokio::test(start_paused = true)]
async fn an_empty_period_is_reported_as_empty() {
    let site = Site::new();
    let call = json!({"startDate": "2026-03-21", "endDate": "2026-03-22"});
    expect![[r#"
        No worklogs from 2026-03-21 to 2026-03-22. Today is 2026-03-18 (Europe/Berlin).

        {
          "endDate": "2026-03-22",
          "groupBy": "issue",
          "groups": [],
          "startDate": "2026-03-21",
          "timeZone": "Europe/Berlin",
          "today": "2026-03-18",
          "totals": {
            "count": 0,
            "timeSpentHours": 0.0,
            "timeSpentSeconds": 0
          }
        }"#]]
    .assert_eq(&both(&site.ok("getWorklogAnalytics", call).await));
}

#[tokio::test(start_paused = true)]
async fn unknown_attribute_is_refused_with_a_list_of_known_ones() {
    let site = Site::new();
    let call = json!({"startDate": "2026-03-02", "endDate": "2026-03-18", "groupBy": "attribute:_Colour_"});
    expect![[r#"Invalid argument: groupBy: "_Colour_" is not a work attribute of this site, which has _Account_, _WorkType_, _Overtime_, _Ticket_, _Kilometers_"#]].assert_eq(&site.err("getWorklogAnalytics", call).await);
}

#[tokio::test(start_paused = true)]
async fn invisible_issues_are_groups_of_their_own() {
    let site = Site::new();
    let effect = tempo_sandbox::Effect::Status {
        status: 200,
        retry_after: None,
        body: Some(r#"{"issues":[],"issueErrors":[]}"#.into()),
        media_type: Some("application/json".into()),
    };
    site.fault("POST", "/issue/bulkfetch", None, effect);
    let call = json!({"startDate": "2026-03-18", "endDate": "2026-03-18"});
    let issues = site.ok("getWorklogAnalytics", call.clone()).await;
    expect![[r#"
        2h 30m in 2 worklogs from 2026-03-18 to 2026-03-18, by issue. Today is 2026-03-18 (Europe/Berlin).
        - issue 11002 (deleted, or not visible to you): 1h 30m, 60 %, 1 worklog
        - issue 14001 (deleted, or not visible to you): 1h, 40 %, 1 worklog"#]]
    .assert_eq(&issues.text);
    let mut by_project = call;
    by_project["groupBy"] = json!("project");
    expect![[r#"
        2h 30m in 2 worklogs from 2026-03-18 to 2026-03-18, by project. Today is 2026-03-18 (Europe/Berlin).
        - (issue deleted, or not visible to you): 2h 30m, 100 %, 2 worklogs"#]]
    .assert_eq(&site.ok("getWorklogAnalytics", by_project).await.text);
}
