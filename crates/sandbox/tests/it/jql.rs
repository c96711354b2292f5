//! The issue search: what it finds, and Jira's messages for invalid queries.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::support::{Site, site};

async fn keys(site: &Site, jql: &str) -> String {
    let body = json!({"jql": jql, "fields": ["key"], "maxResults": 100});
    let response = site.post("/rest/api/3/search/jql", body).await;
    assert_eq!(response.status, 200, "{jql}: {}", response.text());
    let response = response.json();
    let issues = response["issues"].as_array().unwrap();
    issues.iter().map(|issue| issue["key"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

async fn assert_rejected(site: &Site, jql: &str, expected: Expect) {
    let response = site.post("/rest/api/3/search/jql", json!({"jql": jql})).await;
    assert_eq!(response.status, 400, "{jql}: {}", response.text());
    expected.assert_eq(response.json()["errorMessages"][0].as_str().unwrap());
}

#[tokio::test(start_paused = true)]
async fn queries_find_matching_issues() {
    let site = site();
    let cases = [
        ("id in (11012, 12007) ORDER BY key", "MOB-7 WEB-12"),
        ("key in (web-12, WEB-9) order by key desc", "WEB-12 MOB-7"),
        ("issuekey = \"WEB-1\"", "WEB-1"),
        ("text ~ \"login bug\"", "WEB-12"),
        ("text ~ \"\\\"a password reset\\\"\"", "WEB-12"),
        ("text ~ \"bug login\" AND project = WEB", "WEB-12"),
        ("summary ~ \"log*\" ORDER BY key", "MOB-8 WEB-12"),
        ("text ~ \"colour\\\"\\\" \"", "WEB-3"),
        ("project = OPS AND statusCategory != Done ORDER BY updated DESC", "OPS-1 OPS-2 OPS-5 OPS-4"),
        (
            "project in (INT, 10003) AND NOT status in (\"To Do\", \"In Progress\") ORDER BY key",
            "OPS-2 OPS-3 OPS-6",
        ),
        (
            "(assignee = currentUser() OR reporter = currentUser()) AND updated >= -2d ORDER BY key",
            "OPS-1 WEB-1 WEB-12",
        ),
        ("assignee is EMPTY AND project = WEB", "WEB-4"),
        ("type = Bug AND resolution = Unresolved AND project = WEB ORDER BY key", "WEB-2 WEB-10 WEB-12"),
        ("worklogAuthor = currentUser() AND worklogDate >= -1d AND project = OPS", ""),
        ("created <= \"2024-12-20\" ORDER BY created", ""),
        ("updated >= startOfDay()", "WEB-12"),
    ];
    for (jql, expected) in cases {
        let found = keys(&site, jql).await;
        assert_eq!(found, expected, "{jql}");
    }
    assert!(keys(&site, "worklogAuthor = currentUser() AND worklogDate >= -14d").await.contains("WEB-12"));
    assert!(!keys(&site, "worklogDate > \"2025/03/20\"").await.contains('-'));
    assert!(!keys(&site, "updated >= -300d").await.contains("SEC"));
}

#[tokio::test(start_paused = true)]
async fn unknown_fields_and_values_get_jiras_messages() {
    let site = site();
    for unbounded in ["", "ORDER BY updated DESC"] {
        let message = expect![
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        ];
        assert_rejected(&site, unbounded, message).await;
    }
    assert_rejected(
        &site,
        "project = NOPE",
        expect!["The value 'NOPE' does not exist for the field 'project'."],
    )
    .await;
    assert_rejected(
        &site,
        "project = SEC",
        expect!["The value 'SEC' does not exist for the field 'project'."],
    )
    .await;
    assert_rejected(
        &site,
        "colour = red",
        expect!["Field 'colour' does not exist or you do not have permission to view it."],
    )
    .await;
    assert_rejected(
        &site,
        "key = WEB-999",
        expect!["An issue with key 'WEB-999' does not exist for field 'key'."],
    )
    .await;
    assert_rejected(&site, "id in (99)", expect!["A value with ID '99' does not exist for the field 'id'."])
        .await;
}

#[tokio::test(start_paused = true)]
async fn invalid_operators_and_operands_get_jiras_messages() {
    let site = site();
    assert_rejected(&site, "text = x", expect!["The operator '=' is not supported by the 'text' field."])
        .await;
    assert_rejected(
        &site,
        "text ~ \"*x\"",
        expect!["The text query '*x' for field 'text' is not allowed to start with character '*'"],
    )
    .await;
    assert_rejected(&site, "updated >= soon", expect!["Date value 'soon' for field 'updated' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."]).await;
    assert_rejected(&site, "assignee = me()", expect!["Unable to find JQL function 'me'."]).await;
    assert_rejected(
        &site,
        "project = WEB ORDER BY colour",
        expect!["Not able to sort using field 'colour'."],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn syntax_errors_name_the_position() {
    let site = site();
    assert_rejected(&site, "project", expect!["Error in the JQL Query: Expecting operator but got 'end of input'. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'. (line 1, character 8)"]).await;
    assert_rejected(
        &site,
        "text ~ \"half",
        expect![
            "Error in the JQL Query: The quoted string 'half' has not been completed. (line 1, character 8)"
        ],
    )
    .await;
    assert_rejected(&site, "text ~ \"a\\q\"", expect![[r#"Error in the JQL Query: '\q' is an illegal JQL escape sequence. The valid escape sequences are \', \", \t, \n, \r, '\\', '\ ' and \uXXXX. (line 1, character 10)"#]]).await;
    assert_rejected(
        &site,
        "text ~ a b",
        expect!["Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'b'. (line 1, character 10)"],
    )
    .await;
    assert_rejected(&site, "text ~ c#", expect![[r#"Error in the JQL Query: The character '#' is a reserved JQL character. You must enclose it in a string or use the escape '\u0023' instead. (line 1, character 9)"#]]).await;
    assert_rejected(&site, "text ~ and", expect!["Error in the JQL Query: 'and' is a reserved JQL word. You must surround 'and' in quotation marks to use it in a query. (line 1, character 8)"]).await;
    assert_rejected(
        &site,
        "(project = WEB",
        expect!["Error in the JQL Query: Expecting ')' before the end of the query."],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn escaped_quotes_do_not_end_the_text() {
    let site = site();
    assert_eq!(keys(&site, r#"project = WEB AND text ~ "login\" OR project = \"INT""#).await, "");
    assert_eq!(keys(&site, r#"summary ~ "typing \"colour\"""#).await, "WEB-3");
    assert_eq!(keys(&site, r#"text ~ "a/b test | basket""#).await, "WEB-8");
}

#[tokio::test(start_paused = true)]
async fn unknown_issues_match_nothing_if_configured() {
    let site = site();
    site.sandbox.settings(|settings| settings.jql_refuses_unknown_issues = false);
    assert_eq!(keys(&site, "id in (99, 11012)").await, "WEB-12");
}

#[tokio::test(start_paused = true)]
async fn page_tokens_lead_to_the_last_page() {
    let site = site();
    let mut body =
        json!({"jql": "project in (WEB, MOB) ORDER BY key", "maxResults": 8, "fields": ["summary"]});
    let mut found: Vec<Value> = Vec::new();
    loop {
        let page = site.post("/rest/api/3/search/jql", body.clone()).await.json();
        found.extend(page["issues"].as_array().unwrap().clone());
        assert_eq!(page.get("total"), None);
        if page["isLast"] == true {
            assert_eq!(page.get("nextPageToken"), None);
            break;
        }
        body["nextPageToken"] = page["nextPageToken"].clone();
    }
    assert_eq!(found.len(), 19);
    body["jql"] = "project = WEB".into();
    assert_eq!(
        site.post("/rest/api/3/search/jql", body).await.status,
        400,
        "the token belongs to another query"
    );
    let by_get = site.get("/rest/api/3/search/jql?jql=key%3DWEB-1").await.json();
    assert_eq!(
        by_get,
        json!({"issues": [{"id": "11001"}], "isLast": true}),
        "only the id is returned by default"
    );
    let count =
        site.post("/rest/api/3/search/approximate-count", json!({"jql": "project = WEB"})).await.json();
    assert_eq!(count["count"], 11);
}
