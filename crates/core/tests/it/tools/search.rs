//! `searchIssues`.

use expect_test::expect;
use serde_json::{Value, json};

use super::both;
use tempo_test_support::site::Site;

async fn keys(site: &Site, call: Value) -> String {
    let result = site.ok("searchIssues", call).await;
    let issues = result.structured["issues"].as_array().unwrap();
    issues.iter().map(|it| it["issueKey"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test(start_paused = true)]
async fn words_find_the_issue_to_log_time_on() {
    let site = Site::new();
    expect![[r#"
        1 issue found. Today is 2026-03-18 (Europe/Berlin).
        - WEB-12 (issueId 11012) "Login bug: session is lost after a password reset", "In Progress", project "WEB"

        {
          "issues": [
            {
              "issueId": 11012,
              "issueKey": "WEB-12",
              "project": "WEB",
              "status": "In Progress",
              "summary": "Login bug: session is lost after a password reset"
            }
          ],
          "more": false,
          "timeZone": "Europe/Berlin",
          "today": "2026-03-18"
        }"#]].assert_eq(&both(&site.ok("searchIssues", json!({"text": "login bug"})).await));
}

#[tokio::test(start_paused = true)]
async fn a_key_in_any_case_or_a_former_key_finds_its_issue() {
    let site = Site::new();
    assert_eq!(keys(&site, json!({"text": " web-12 "})).await, "WEB-12");
    assert_eq!(keys(&site, json!({"text": "WEB-9"})).await, "MOB-7");
    assert_eq!(keys(&site, json!({"text": "WEB-999"})).await, "");
}

#[tokio::test(start_paused = true)]
async fn conditions_combine() {
    let site = Site::new();
    let mut lines = Vec::new();
    for call in [
        json!({}),
        json!({"mine": true}),
        json!({"mine": "true", "limit": "2"}),
        json!({"recent": true}),
        json!({"recent": true, "limit": 3}),
        json!({"recent": true, "mine": true}),
        json!({"text": "login"}),
        json!({"text": "login", "mine": true}),
        json!({"text": "login", "recent": true}),
        json!({"text": "login", "recent": true, "mine": true}),
        json!({"text": "web-12", "mine": true}),
        json!({"text": "web-12", "recent": true}),
        json!({"text": "web-3", "mine": true}),
        json!({"text": "web-3", "recent": true}),
        json!({"text": "no such words at all"}),
        json!({"text": null, "mine": false, "recent": false, "limit": null}),
    ] {
        lines.push(format!("{call}: {}", keys(&site, call.clone()).await));
    }
    expect![[r#"
        {}: WEB-12 OPS-1 WEB-1 MOB-4 WEB-2 MOB-7 WEB-6 OPS-5 MOB-2 WEB-11 WEB-5 OPS-3
        {"mine":true}: WEB-12 OPS-1 WEB-1 MOB-4 WEB-2 MOB-7 WEB-6 OPS-5 MOB-2 WEB-11 WEB-5 OPS-3
        {"limit":"2","mine":"true"}: WEB-12 OPS-1
        {"recent":true}: WEB-2 INT-1 WEB-6 MOB-7 WEB-1 MOB-4 WEB-12 OPS-1 INT-2 OPS-3
        {"limit":3,"recent":true}: WEB-2 INT-1 WEB-6
        {"mine":true,"recent":true}: WEB-2 WEB-6 MOB-7 WEB-1 MOB-4 WEB-12 OPS-1 OPS-3
        {"text":"login"}: WEB-12 MOB-8
        {"mine":true,"text":"login"}: WEB-12
        {"recent":true,"text":"login"}: WEB-12
        {"mine":true,"recent":true,"text":"login"}: WEB-12
        {"mine":true,"text":"web-12"}: WEB-12
        {"recent":true,"text":"web-12"}: WEB-12
        {"mine":true,"text":"web-3"}: 
        {"recent":true,"text":"web-3"}: 
        {"text":"no such words at all"}: 
        {"limit":null,"mine":false,"recent":false,"text":null}: WEB-12 OPS-1 WEB-1 MOB-4 WEB-2 MOB-7 WEB-6 OPS-5 MOB-2 WEB-11 WEB-5 OPS-3"#]].assert_eq(&lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_limit_says_that_there_are_more() {
    let site = Site::new();
    let result = site.ok("searchIssues", json!({"mine": true, "limit": 2})).await;
    assert_eq!(result.structured["more"], true);
    assert!(result.text.contains("There are more"), "{}", result.text);
    let result = site.ok("searchIssues", json!({"mine": true, "limit": 100})).await;
    assert_eq!(result.structured["more"], false);
}

#[tokio::test(start_paused = true)]
async fn an_empty_result_says_what_to_do() {
    let site = Site::new();
    expect![[r#"
        No issue found. Try fewer or other words; issues that are not visible to the user are not found. Today is 2026-03-18 (Europe/Berlin).

        {
          "issues": [],
          "more": false,
          "timeZone": "Europe/Berlin",
          "today": "2026-03-18"
        }"#]].assert_eq(&both(&site.ok("searchIssues", json!({"text": "quetzalcoatl"})).await));
}

#[tokio::test(start_paused = true)]
async fn words_are_never_read_as_jql() {
    let site = Site::new();
    for text in [
        "x\" OR project = SEC OR text ~ \"",
        "login\" ORDER BY created --",
        "a\\",
        "AND OR NOT",
        "(((",
        "a?*~",
    ] {
        let outcome = site.call("searchIssues", json!({"text": text})).await;
        let refused = outcome.text.contains("has no word to look for");
        assert_eq!(outcome.is_error, refused, "{text}: {}", outcome.text);
    }
    let jql = site.sandbox.requests().into_iter().filter(|it| it.path.ends_with("/search/jql"));
    for it in jql {
        assert_eq!(it.status, Some(200), "{}", it.body);
        assert!(!it.response.to_string().contains("SEC-1"), "{}", it.body);
    }
}

#[tokio::test(start_paused = true)]
async fn invisible_issues_are_not_found() {
    let site = Site::new();
    assert_eq!(keys(&site, json!({"text": "SEC-1"})).await, "");
    assert_eq!(keys(&site, json!({"text": "access rights"})).await, "");
}

#[tokio::test(start_paused = true)]
async fn time_can_be_logged_on_the_found_key() {
    let site = Site::new();
    let found = site.ok("searchIssues", json!({"text": "login bug"})).await.structured;
    let entry =
        json!({"issueKey": found["issues"][0]["issueKey"], "date": found["today"], "timeSpent": "2h"});
    site.sandbox.clear_requests();
    site.ok("createWorklog", entry).await;
    assert_eq!(site.requests(), ["POST /4/worklogs"], "the found issue is cached");
}
