//! `retrieveWorklogs`.

use std::collections::HashSet;

use expect_test::expect;
use serde_json::{Value, json};
use tempo_sandbox::COLLEAGUE_JIRA_TOKEN;

use super::both;
use tempo_test_support::site::Site;

fn ids(result: &Value) -> Vec<u64> {
    result["worklogs"].as_array().unwrap().iter().map(|it| it["worklogId"].as_u64().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn result_lists_rows_and_totals() {
    let site = Site::new();
    let call = json!({"startDate": "2026-03-13", "endDate": "2026-03-18"});
    let result = site.ok("retrieveWorklogs", call).await;
    expect![[r#"
        12 worklogs from 2026-03-13 to 2026-03-18: 24h in all, billable 20h 30m. Today is 2026-03-18 (Europe/Berlin).
        Totals: 2026-03-13 8h (4); 2026-03-16 5h 30m (2); 2026-03-17 8h (4); 2026-03-18 2h 30m (2)
        worklogId 7677 | 2026-03-13 09:00–09:30 | 30m | INT-1 (issueId 14001) "Meetings and stand-ups" | billable 0m | "Stand-up" | _WorkType_="1f0c6c52-0000-4000-8000-000000000003" ("Meeting")
        worklogId 7678 | 2026-03-13 09:30–13:30 | 4h | WEB-12 (issueId 11012) "Login bug: session is lost after a password reset" | billable 4h | "Reproduced the lost session: \"remember me\" is ignored" | _Account_="HARBOR-SUP" | _WorkType_="1f0c6c52-0000-4000-8000-000000000001" ("Development")
        worklogId 7679 | 2026-03-13 13:30–16:00 | 2h 30m | WEB-2 (issueId 11002) "Product page loads slowly on phones" | billable 2h 30m | "Image sizes for phones" | _Account_="HARBOR-SUP" | _WorkType_="1f0c6c52-0000-4000-8000-000000000001" ("Development")
        worklogId 7680 | 2026-03-13 16:00–17:00 | 1h | MOB-7 (issueId 12007) "Share a trip by link" | billable 1h | "Review: share links" | _Account_="LANTERN-APP" | _WorkType_="1f0c6c52-0000-4000-8000-000000000002" ("Code Review")
        worklogId 7696 | 2026-03-16 09:00–10:30 | 1h 30m | INT-1 (issueId 14001) "Meetings and stand-ups" | billable 0m | "Stand-up and refinement" | _WorkType_="1f0c6c52-0000-4000-8000-000000000003" ("Meeting")
        worklogId 7697 | 2026-03-16 10:30–14:30 | 4h | MOB-4 (issueId 12004) "Dark mode" | billable 4h | "Dark mode: colours of the map 🌙" | _Account_="LANTERN-APP" | _WorkType_="1f0c6c52-0000-4000-8000-000000000001" ("Development")
        worklogId 7713 | 2026-03-17 09:00–09:30 | 30m | INT-1 (issueId 14001) "Meetings and stand-ups" | billable 0m | "Stand-up" | _WorkType_="1f0c6c52-0000-4000-8000-000000000003" ("Meeting")
        worklogId 7714 | 2026-03-17 09:30–12:30 | 3h | WEB-1 (issueId 11001) "Checkout: guest orders without an account" | billable 3h | "Guest checkout: e-mail receipt" | _Account_="HARBOR-DEV" | _WorkType_="1f0c6c52-0000-4000-8000-000000000001" ("Development")
        worklogId 7715 | 2026-03-17 12:30–15:30 | 3h | MOB-7 (issueId 12007) "Share a trip by link" | billable 3h | "Share a trip: permissions" | _Account_="LANTERN-APP" | _WorkType_="1f0c6c52-0000-4000-8000-000000000001" ("Development")
        worklogId 7716 | 2026-03-17 15:30–17:00 | 1h 30m | WEB-6 (issueId 11006) "Replace the image pipeline" | billable 1h 30m | "Review of the pipeline" | _Account_="HARBOR-DEV" | _WorkType_="1f0c6c52-0000-4000-8000-000000000002" ("Code Review")
        worklogId 7726 | 2026-03-18 09:00–10:00 | 1h | INT-1 (issueId 14001) "Meetings and stand-ups" | billable 0m | "Stand-up, demo" | _WorkType_="1f0c6c52-0000-4000-8000-000000000003" ("Meeting")
        worklogId 7727 | 2026-03-18 10:00–11:30 | 1h 30m | WEB-2 (issueId 11002) "Product page loads slowly on phones" | billable 1h 30m | "Lazy loading" | _Account_="HARBOR-SUP" | _WorkType_="1f0c6c52-0000-4000-8000-000000000001" ("Development")"#]].assert_eq(&result.text);
    let one = site.ok("retrieveWorklogs", json!({"startDate": "2026-03-18", "endDate": "2026-03-18"})).await;
    expect![[r#"
        2 worklogs from 2026-03-18 to 2026-03-18: 2h 30m in all, billable 1h 30m. Today is 2026-03-18 (Europe/Berlin).
        Totals: 2026-03-18 2h 30m (2)
        worklogId 7726 | 2026-03-18 09:00–10:00 | 1h | INT-1 (issueId 14001) "Meetings and stand-ups" | billable 0m | "Stand-up, demo" | _WorkType_="1f0c6c52-0000-4000-8000-000000000003" ("Meeting")
        worklogId 7727 | 2026-03-18 10:00–11:30 | 1h 30m | WEB-2 (issueId 11002) "Product page loads slowly on phones" | billable 1h 30m | "Lazy loading" | _Account_="HARBOR-SUP" | _WorkType_="1f0c6c52-0000-4000-8000-000000000001" ("Development")

        {
          "endDate": "2026-03-18",
          "perPeriod": [
            {
              "count": 2,
              "period": "2026-03-18",
              "timeSpentHours": 2.5,
              "timeSpentSeconds": 9000
            }
          ],
          "startDate": "2026-03-18",
          "timeZone": "Europe/Berlin",
          "today": "2026-03-18",
          "totals": {
            "billableSeconds": 5400,
            "count": 2,
            "timeSpentHours": 2.5,
            "timeSpentSeconds": 9000
          },
          "worklogs": [
            {
              "attributes": [
                {
                  "key": "_WorkType_",
                  "label": "Meeting",
                  "value": "1f0c6c52-0000-4000-8000-000000000003"
                }
              ],
              "billableSeconds": 0,
              "date": "2026-03-18",
              "description": "Stand-up, demo",
              "endTime": "10:00",
              "issueId": 14001,
              "issueKey": "INT-1",
              "startTime": "09:00",
              "summary": "Meetings and stand-ups",
              "timeSpentSeconds": 3600,
              "worklogId": 7726
            },
            {
              "attributes": [
                {
                  "key": "_Account_",
                  "value": "HARBOR-SUP"
                },
                {
                  "key": "_WorkType_",
                  "label": "Development",
                  "value": "1f0c6c52-0000-4000-8000-000000000001"
                }
              ],
              "billableSeconds": 5400,
              "date": "2026-03-18",
              "description": "Lazy loading",
              "endTime": "11:30",
              "issueId": 11002,
              "issueKey": "WEB-2",
              "startTime": "10:00",
              "summary": "Product page loads slowly on phones",
              "timeSpentSeconds": 5400,
              "worklogId": 7727
            }
          ]
        }"#]].assert_eq(&both(&one));
}

#[tokio::test(start_paused = true)]
async fn an_empty_period_is_reported_as_empty() {
    let site = Site::new();
    let call = json!({"startDate": "2026-03-21", "endDate": "2026-03-22", "issueKey": "web-12"});
    expect![[r#"
        No worklogs on WEB-12 from 2026-03-21 to 2026-03-22. Today is 2026-03-18 (Europe/Berlin).

        {
          "endDate": "2026-03-22",
          "issueKey": "WEB-12",
          "perPeriod": [],
          "startDate": "2026-03-21",
          "timeZone": "Europe/Berlin",
          "today": "2026-03-18",
          "totals": {
            "billableSeconds": 0,
            "count": 0,
            "timeSpentHours": 0.0,
            "timeSpentSeconds": 0
          },
          "worklogs": []
        }"#]]
    .assert_eq(&both(&site.ok("retrieveWorklogs", call).await));
}

#[tokio::test(start_paused = true)]
async fn own_worklogs_are_listed_by_day_start_and_id() {
    let site = Site::new();
    let result = site
        .ok("retrieveWorklogs", json!({"startDate": "2026-01-01", "endDate": "2026-12-31", "limit": 1000}))
        .await;
    let mine = site.sandbox.worklogs();
    let mine = mine.iter().filter(|it| it["author"]["accountId"] == tempo_sandbox::MAIN_ACCOUNT_ID);
    let mut expected: Vec<(String, String, u64)> = mine
        .map(|it| {
            let text = |name: &str| it[name].as_str().unwrap().to_owned();
            (text("startDate"), text("startTime"), it["tempoWorklogId"].as_u64().unwrap())
        })
        .collect();
    expected.sort();
    let expected: Vec<u64> = expected.into_iter().map(|it| it.2).collect();
    assert_eq!(ids(&result.structured), expected);
    assert!(result.structured["worklogs"].as_array().unwrap().iter().all(|it| it.get("author").is_none()));
}

#[tokio::test(start_paused = true)]
async fn one_issue_by_key_or_id_has_its_own_totals() {
    let site = Site::new();
    for key in [json!("web-12"), json!(11012)] {
        let call = json!({"startDate": "2026-03-09", "endDate": "2026-03-18", "issueKey": key});
        let result = site.ok("retrieveWorklogs", call).await.structured;
        let rows = result["worklogs"].as_array().unwrap();
        assert!(!rows.is_empty() && rows.iter().all(|it| it["issueKey"] == "WEB-12"));
        let sum: u64 = rows.iter().map(|it| it["timeSpentSeconds"].as_u64().unwrap()).sum();
        assert_eq!(result["totals"]["timeSpentSeconds"], sum);
        assert_eq!(result["issueKey"], "WEB-12");
    }
    let call = json!({"startDate": "2026-03-09", "endDate": "2026-03-18", "issueKey": "WEB-999"});
    assert!(site.err("retrieveWorklogs", call).await.starts_with("There is no issue WEB-999"));
}

#[tokio::test(start_paused = true)]
async fn paging_by_next_offset_returns_each_row_once() {
    let site = Site::new();
    for limit in [1_u64, 7, 150] {
        let (mut found, mut offset, mut calls) = (Vec::new(), 0, 0);
        loop {
            let call =
                json!({"startDate": "2026-03-02", "endDate": "2026-03-18", "limit": limit, "offset": offset});
            let result = site.ok("retrieveWorklogs", call).await;
            found.extend(ids(&result.structured));
            calls += 1;
            let totals = &result.structured["totals"];
            let Some(next) = result.structured["more"]["nextOffset"].as_u64() else {
                assert_eq!(totals["count"], found.len());
                break;
            };
            assert!(result.text.contains(&format!("call again with offset {next}")), "{}", result.text);
            assert_eq!(result.structured["more"]["remaining"], totals["count"].as_u64().unwrap() - next);
            offset = next;
        }
        let distinct: HashSet<u64> = found.iter().copied().collect();
        assert_eq!(distinct.len(), found.len(), "limit {limit}, {calls} calls");
    }
}

#[tokio::test(start_paused = true)]
async fn an_offset_counts_after_filtering() {
    let site = Site::new();
    let whole = json!({"startDate": "2026-02-02", "endDate": "2026-03-18", "issueKey": "WEB-12"});
    let all = ids(&site.ok("retrieveWorklogs", whole.clone()).await.structured);
    let mut call = whole;
    call["offset"] = json!("2");
    call["limit"] = json!("3");
    let part = site.ok("retrieveWorklogs", call).await.structured;
    assert_eq!(ids(&part), all.iter().copied().skip(2).take(3).collect::<Vec<_>>());
    assert_eq!(part["totals"]["count"], all.len(), "the totals are of all rows found");
}

#[tokio::test(start_paused = true)]
async fn the_default_limit_is_150_rows() {
    let site = Site::new();
    site.sandbox.add_worklogs(400, 3);
    let call = json!({"startDate": "2025-03-18", "endDate": "2026-03-18"});
    let result = site.ok("retrieveWorklogs", call.clone()).await.structured;
    assert_eq!((ids(&result).len(), &result["more"]["nextOffset"]), (150, &json!(150)));
}

#[tokio::test(start_paused = true)]
async fn a_long_description_is_cut_and_marked_in_both_forms() {
    let site = Site::new();
    for (length, is_cut) in [(200, false), (201, true), (5000, true)] {
        let description: String = "🌙".repeat(length);
        let entry =
            json!({"issueKey": "WEB-1", "date": "2026-03-21", "timeSpent": "1h", "description": description});
        let id = site.ok("createWorklog", entry).await.structured["worklog"]["worklogId"].clone();
        let call = json!({"startDate": "2026-03-21", "endDate": "2026-03-21"});
        let result = site.ok("retrieveWorklogs", call).await;
        let row = &result.structured["worklogs"][0];
        assert_eq!(row.get("descriptionCut").is_some(), is_cut, "{length}");
        assert_eq!(result.text.contains("\" (cut)"), is_cut);
        let shown = row["description"].as_str().unwrap();
        assert_eq!(shown.chars().filter(|it| *it == '🌙').count(), length.min(200));
        assert!(result.text.contains(&format!("\"{shown}\"")));
        site.ok("deleteWorklog", json!({"worklogId": id})).await;
    }
}

#[tokio::test(start_paused = true)]
async fn rows_stop_at_60000_characters_and_continue_by_offset() {
    let site = Site::new();
    site.sandbox.add_worklogs(1000, 5);
    let mut found = HashSet::new();
    let (mut offset, mut calls) = (0, 0);
    loop {
        let call = json!({"startDate": "2025-03-18", "endDate": "2026-03-17", "issueKey": "BULK-1", "limit": 1000, "offset": offset});
        let result = site.ok("retrieveWorklogs", call).await;
        let rows: usize =
            result.text.lines().filter(|it| it.starts_with("worklogId ")).map(|it| it.chars().count()).sum();
        assert!(rows <= 60_000, "{rows}");
        let before = found.len();
        found.extend(ids(&result.structured));
        assert_eq!(found.len() - before, ids(&result.structured).len());
        calls += 1;
        match result.structured["more"]["nextOffset"].as_u64() {
            Some(next) => offset = next,
            None => break,
        }
    }
    assert_eq!((found.len(), calls), (200, 1), "short rows fit into one result");
    let wide = site
        .ok("retrieveWorklogs", json!({"startDate": "2025-03-18", "endDate": "2026-03-17", "limit": 1000}))
        .await;
    let rows = ids(&wide.structured).len();
    assert!((300..1000).contains(&rows), "{rows}");
    assert_eq!(wide.structured["more"]["nextOffset"], rows);
    assert!(wide.structured["totals"]["count"].as_u64().unwrap() > 1000);
}

#[tokio::test(start_paused = true)]
async fn totals_are_by_day_up_to_62_days_then_by_month() {
    let site = Site::new();
    let periods = async |from: &str, to: &str| {
        let result = site.ok("retrieveWorklogs", json!({"startDate": from, "endDate": to, "limit": 1})).await;
        let sum: u64 = result.structured["perPeriod"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["timeSpentSeconds"].as_u64().unwrap())
            .sum();
        assert_eq!(result.structured["totals"]["timeSpentSeconds"], sum);
        result.structured["perPeriod"][0]["period"].as_str().unwrap().len()
    };
    assert_eq!(periods("2026-01-16", "2026-03-18").await, "2026-01-16".len(), "62 days");
    assert_eq!(periods("2026-01-15", "2026-03-18").await, "2026-01".len(), "63 days");
}

#[tokio::test(start_paused = true)]
async fn second_call_needs_fewer_requests() {
    let site = Site::new();
    let call = json!({"startDate": "2026-03-09", "endDate": "2026-03-18"});
    site.ok("retrieveWorklogs", call.clone()).await;
    assert_eq!(
        site.requests(),
        [
            "GET /rest/api/3/myself",
            "POST /4/worklogs/search",
            "POST /rest/api/3/issue/bulkfetch",
            "GET /4/work-attributes"
        ]
    );
    site.sandbox.clear_requests();
    site.ok("retrieveWorklogs", call).await;
    assert_eq!(site.requests(), ["POST /4/worklogs/search"]);
}

#[tokio::test(start_paused = true)]
async fn an_invisible_issue_is_reported_as_invisible() {
    let site = Site::new();
    // The colleague's Jira does not show what the result leaves out.
    site.fault(
        "POST",
        "/issue/bulkfetch",
        None,
        tempo_sandbox::Effect::Status {
            status: 200,
            retry_after: None,
            body: Some(r#"{"issues":[],"issueErrors":[]}"#.into()),
            media_type: Some("application/json".into()),
        },
    );
    let result =
        site.ok("retrieveWorklogs", json!({"startDate": "2026-03-18", "endDate": "2026-03-18"})).await;
    assert!(result.text.contains("(deleted, or not visible to you)"), "{}", result.text);
    assert!(result.structured["worklogs"][0].get("issueKey").is_none());
}

#[tokio::test(start_paused = true)]
async fn worklogs_are_those_of_the_jira_tokens_owner() {
    let colleague =
        [("JIRA_API_TOKEN", COLLEAGUE_JIRA_TOKEN), ("JIRA_EMAIL", tempo_sandbox::COLLEAGUE_EMAIL)];
    let site = Site::with(&colleague, |_| ());
    let result =
        site.ok("retrieveWorklogs", json!({"startDate": "2026-03-16", "endDate": "2026-03-16"})).await;
    assert_eq!(result.structured["timeZone"], "Asia/Kolkata");
    assert!(result.text.contains("Offline cache"), "{}", result.text);
}

#[tokio::test(start_paused = true)]
async fn an_offset_beyond_the_end_returns_totals_without_rows() {
    let site = Site::new();
    let call = json!({"startDate": "2026-03-18", "endDate": "2026-03-18", "offset": 2});
    let result = site.ok("retrieveWorklogs", call).await;
    assert_eq!(result.structured["worklogs"], json!([]));
    assert_eq!(result.structured["totals"]["count"], 2);
    assert!(result.structured.get("more").is_none());
}

#[tokio::test(start_paused = true)]
async fn first_list_of_a_process_shows_labels() {
    let site = Site::new();
    let day = json!({"startDate": "2026-03-18", "endDate": "2026-03-18"});
    let first = site.ok("retrieveWorklogs", day.clone()).await;
    assert_eq!(first.structured["worklogs"][0]["attributes"][0]["label"], "Meeting");
    assert!(first.text.contains(r#"("Development")"#), "{}", first.text);
    let entry = json!({"issueKey": "WEB-1", "date": "2026-03-19", "timeSpent": "1h", "attributes": {"_WorkType_": "Support"}});
    site.ok("createWorklog", entry).await;
    assert_eq!(site.ok("retrieveWorklogs", day).await.structured, first.structured, "and after a write");
    let attributes = site.requests().into_iter().filter(|it| it == "GET /4/work-attributes").count();
    assert_eq!(attributes, 1, "they are read once");
}

#[tokio::test(start_paused = true)]
async fn attributes_are_not_read_where_no_row_has_one() {
    let site = Site::new();
    site.sandbox.add_worklogs(1, 1);
    let call = json!({"startDate": "2026-03-17", "endDate": "2026-03-17", "issueKey": "BULK-1"});
    let list = site.ok("retrieveWorklogs", call).await;
    assert_eq!(list.structured["totals"]["count"], 1);
    assert!(!site.requests().iter().any(|it| it.contains("work-attributes")), "{:?}", site.requests());
}
