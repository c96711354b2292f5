//! Bad and odd input: refused before any request, by name, value and right form; or accepted for what it plainly
//! means.

use expect_test::expect;
use serde_json::{Value, json};
use tempo_mcp_core::tools;

use tempo_test_support::site::Site;

/// What a call says that must fail without a single request.
async fn refused(tool: &str, call: Value) -> String {
    let site = Site::new();
    let outcome = site.call(tool, call.clone()).await;
    assert!(outcome.is_error, "{tool} {call}: {}", outcome.text);
    assert_eq!(site.requests(), [""; 0], "{tool} {call}");
    outcome.text.split_once(":\n").map_or(outcome.text.clone(), |(_, faults)| faults.to_owned())
}

/// A call that every argument fits, and which asks for everything that the tool takes.
fn right(tool: &str) -> Value {
    let entry = json!({"issueKey": "WEB-1", "date": "2026-03-18", "timeSpent": "1h"});
    let period = json!({"startDate": "2026-03-16", "endDate": "2026-03-18"});
    match tool {
        "createWorklog" => entry,
        "bulkCreateWorklogs" => json!({"worklogEntries": [entry]}),
        "editWorklog" => json!({"worklogId": "7727", "description": "x"}),
        "deleteWorklog" => json!({"worklogId": "7727"}),
        "searchIssues" => json!({"text": "login"}),
        _ => period,
    }
}

fn with(tool: &str, name: &str, value: Value) -> Value {
    let mut call = right(tool);
    call[name] = value;
    call
}

async fn refusals(calls: &[(&str, &str, Value)]) -> String {
    let mut lines = Vec::new();
    for (tool, name, value) in calls {
        lines.push(format!("{tool} {}", refused(tool, with(tool, name, value.clone())).await));
    }
    lines.join("\n")
}

#[tokio::test(start_paused = true)]
async fn wrong_values_are_refused_with_their_name_value_and_right_form() {
    let lines = refusals(&[
        ("createWorklog", "date", json!("2025-02-30")),
        ("createWorklog", "date", json!("2025/03/01")),
        (
            "createWorklog",
            "date",
            json!("tomorrow, when I shall certainly have the time to do all of it at once"),
        ),
        ("createWorklog", "timeSpent", json!("25h")),
        ("createWorklog", "timeSpent", json!("30")),
        ("createWorklog", "timeSpent", json!(30)),
        ("createWorklog", "timeSpent", json!("1d")),
        ("createWorklog", "timeSpent", json!("-1")),
        ("createWorklog", "timeSpent", json!("0")),
        ("createWorklog", "timeSpent", json!("")),
        ("createWorklog", "timeSpentHours", json!(25)),
        ("createWorklog", "timeSpentHours", json!(0)),
        ("createWorklog", "timeSpentHours", json!(-1)),
        ("createWorklog", "timeSpentHours", json!(0.0001)),
        ("createWorklog", "timeSpentHours", json!("two")),
        ("createWorklog", "startTime", json!("24:00")),
        ("createWorklog", "startTime", json!("9am")),
        ("createWorklog", "issueKey", json!("PROJ-1/../../myself")),
        ("createWorklog", "issueKey", json!("PROJ-1?fields=none")),
        ("createWorklog", "issueKey", json!("")),
        ("createWorklog", "billableHours", json!(-0.5)),
        ("createWorklog", "remainingEstimateHours", json!("none")),
        ("editWorklog", "worklogId", json!("1/../7002")),
        ("editWorklog", "issueKey", json!("../WEB-1")),
        ("editWorklog", "endTime", json!("24:00")),
        ("deleteWorklog", "worklogId", json!("7001?bypassPeriodClosuresAndApprovals=true")),
        ("deleteWorklog", "worklogId", json!(-7001)),
        ("deleteWorklog", "worklogId", json!(7001.5)),
        ("bulkCreateWorklogs", "worklogEntries", json!([])),
        ("retrieveWorklogs", "startDate", json!("2026-03-19")),
        ("retrieveWorklogs", "limit", json!(0)),
        ("retrieveWorklogs", "limit", json!(1001)),
        ("retrieveWorklogs", "offset", json!(-1)),
        ("retrieveWorklogs", "issueKey", json!("WEB 1")),
        ("getMissingWorklogDays", "minHoursPerDay", json!(25)),
        ("getMissingWorklogDays", "minHoursPerDay", json!(0)),
        ("getMissingWorklogDays", "startDate", json!("2020-01-01")),
        ("getWorklogAnalytics", "groupBy", json!("colour")),
        ("getWorklogAnalytics", "groupBy", json!("attribute:")),
        ("getWorklogAnalytics", "sortBy", json!("size")),
        ("searchIssues", "limit", json!(101)),
        ("searchIssues", "text", json!("!?*")),
        ("searchIssues", "text", json!("x".repeat(501))),
        ("searchIssues", "mine", json!("perhaps")),
    ])
    .await;
    expect![[r#"
        createWorklog Invalid argument: date: "2025-02-30" is not a day of the calendar. Nothing was changed.
        createWorklog Invalid argument: date: "2025/03/01" must be a date like 2026-03-15. Nothing was changed.
        createWorklog Invalid argument: date: "tomorrow, when I shall certainly have the time to do all of… must be a date like 2026-03-15. Nothing was changed.
        createWorklog Invalid argument: timeSpent: "25h" is more than 24 h; one worklog holds at most a day. Nothing was changed.
        createWorklog Invalid argument: timeSpent: "30" is more than 24 h; did you mean 30m?. Nothing was changed.
        createWorklog Invalid argument: timeSpent: 30 is more than 24 h; did you mean 30m?. Nothing was changed.
        createWorklog Invalid argument: timeSpent: "1d" has a unit of days or weeks, which are no fixed number of hours: give hours and minutes, like 7h30m. Nothing was changed.
        createWorklog Invalid argument: timeSpent: "-1" must be more than 0. Nothing was changed.
        createWorklog Invalid argument: timeSpent: "0" must be more than 0. Nothing was changed.
        createWorklog Invalid argument: timeSpent: "" must look like 1h30m, 90m, 1:30 or 1.5 (hours). Nothing was changed.
        createWorklog Invalid argument: timeSpentHours: 25 is more than 24 h; did you mean timeSpent "25m"?. Nothing was changed.
        createWorklog Invalid argument: timeSpentHours: 0 must be more than 0. Nothing was changed.
        createWorklog Invalid argument: timeSpentHours: -1 must be more than 0. Nothing was changed.
        createWorklog Invalid argument: timeSpentHours: 0.0001 is less than half a second, so nothing would be logged. Nothing was changed.
        createWorklog Invalid argument: timeSpentHours: "two" must be a number, like 1.5. Nothing was changed.
        createWorklog Invalid argument: startTime: "24:00" must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59. Nothing was changed.
        createWorklog Invalid argument: startTime: "9am" must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59. Nothing was changed.
        createWorklog Invalid argument: issueKey: "PROJ-1/../../myself" must be an issue key like PROJ-12 or a numeric issue id like 10042. Nothing was changed.
        createWorklog Invalid argument: issueKey: "PROJ-1?fields=none" must be an issue key like PROJ-12 or a numeric issue id like 10042. Nothing was changed.
        createWorklog Invalid argument: issueKey: "" must be an issue key like PROJ-12 or a numeric issue id like 10042. Nothing was changed.
        createWorklog Invalid argument: billableHours: -0.5 must be a number of hours from 0 up. Nothing was changed.
        createWorklog Invalid argument: remainingEstimateHours: "none" must be a number, like 1.5. Nothing was changed.
        editWorklog Invalid argument: worklogId: "1/../7002" must be a Tempo worklog id, digits only, like 10042. Nothing was changed.
        editWorklog Invalid argument: issueKey: "../WEB-1" must be an issue key like PROJ-12 or a numeric issue id like 10042. Nothing was changed.
        editWorklog Invalid argument: endTime: "24:00" must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59. Nothing was changed.
        deleteWorklog Invalid argument: worklogId: "7001?bypassPeriodClosuresAndApprovals=true" must be a Tempo worklog id, digits only, like 10042. Nothing was changed.
        deleteWorklog Invalid argument: worklogId: -7001 must be a Tempo worklog id, digits only, like 10042. Nothing was changed.
        deleteWorklog Invalid argument: worklogId: 7001.5 must be a Tempo worklog id, digits only, like 10042. Nothing was changed.
        bulkCreateWorklogs Invalid argument: worklogEntries: has 0 entries; give 1 to 500 a call. Nothing was changed.
        retrieveWorklogs Invalid argument: startDate: 2026-03-19 is after endDate 2026-03-18
        retrieveWorklogs Invalid argument: limit: 0 must be a whole number from 1 to 1000
        retrieveWorklogs Invalid argument: limit: 1001 must be a whole number from 1 to 1000
        retrieveWorklogs Invalid argument: offset: -1 must be a whole number from 0 to 10000000
        retrieveWorklogs Invalid argument: issueKey: "WEB 1" must be an issue key like PROJ-12 or a numeric issue id like 10042
        getMissingWorklogDays Invalid argument: minHoursPerDay: 25 must be a number of hours, more than 0 and at most 24
        getMissingWorklogDays Invalid argument: minHoursPerDay: 0 must be a number of hours, more than 0 and at most 24
        getMissingWorklogDays Invalid argument: endDate: makes a period of 2269 days; ask for at most 1100 at once
        getWorklogAnalytics Invalid argument: groupBy: "colour" must be issue, account, day, week, month, project or attribute:KEY
        getWorklogAnalytics Invalid argument: groupBy: "attribute:" must be issue, account, day, week, month, project or attribute:KEY
        getWorklogAnalytics Invalid argument: sortBy: "size" must be hours or key
        searchIssues Invalid argument: limit: 101 must be a whole number from 1 to 100
        searchIssues Invalid argument: text: has no word to look for
        searchIssues Invalid argument: text: is longer than 500 characters: give a few words
        searchIssues Invalid argument: mine: "perhaps" must be true or false"#]].assert_eq(&lines);
}

#[tokio::test(start_paused = true)]
async fn every_parameter_refuses_what_is_of_another_type() {
    let mut lines = Vec::new();
    for tool in tools::ALL {
        for (name, _, _) in tool.parameters() {
            for value in [json!({"a": 1}), json!([1]), json!(true)] {
                // What is plain: a flag, and attributes by key.
                let is_flag = value == true && matches!(name, "mine" | "recent");
                if is_flag || (value.is_object() && name == "attributes") {
                    continue;
                }
                let said = refused(tool.name, with(tool.name, name, value.clone())).await;
                assert!(said.contains(&format!("- {name}")), "{} {name} {value}: {said}", tool.name);
                if tool.name != "createWorklog"
                    && !matches!(name, "worklogEntries" | "groupBy" | "limit" | "mine")
                {
                    continue;
                }
                lines.push(said);
            }
        }
    }
    expect![[r#"
        - worklogEntries: must be a list of entries
        - worklogEntries[0]: must be an object
        - worklogEntries: must be a list of entries
        - issueKey: {"a":1} must be an issue key like PROJ-12 or a numeric issue id
        - issueKey: [1] must be an issue key like PROJ-12 or a numeric issue id
        - issueKey: true must be an issue key like PROJ-12 or a numeric issue id
        - date: {"a":1} must be a date like 2026-03-15
        - date: [1] must be a date like 2026-03-15
        - date: true must be a date like 2026-03-15
        - timeSpentHours: {"a":1} must be a number of hours
        - timeSpentHours: [1] must be a number of hours
        - timeSpentHours: true must be a number of hours
        - timeSpent: {"a":1} must be a duration like 1h30m
        - timeSpent: [1] must be a duration like 1h30m
        - timeSpent: true must be a duration like 1h30m
        - startTime: {"a":1} must be a time of day like 09:00
        - startTime: [1] must be a time of day like 09:00
        - startTime: true must be a time of day like 09:00
        - endTime: {"a":1} must be a time of day like 17:30
        - endTime: [1] must be a time of day like 17:30
        - endTime: true must be a time of day like 17:30
        - description: must be text
        - description: must be text
        - description: must be text
        - attributes[0]: must be an object
        - attributes: must be a list of objects with key and value
        - billableHours: {"a":1} must be a number of hours
        - billableHours: [1] must be a number of hours
        - billableHours: true must be a number of hours
        - remainingEstimateHours: {"a":1} must be a number of hours
        - remainingEstimateHours: [1] must be a number of hours
        - remainingEstimateHours: true must be a number of hours
        - groupBy: {"a":1} must be issue, account, day, week, month, project or attribute:KEY
        - groupBy: [1] must be issue, account, day, week, month, project or attribute:KEY
        - groupBy: true must be issue, account, day, week, month, project or attribute:KEY
        - limit: {"a":1} must be a whole number
        - limit: [1] must be a whole number
        - limit: true must be a whole number
        - mine: {"a":1} must be true or false
        - mine: [1] must be true or false
        - limit: {"a":1} must be a whole number
        - limit: [1] must be a whole number
        - limit: true must be a whole number"#]]
    .assert_eq(&lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn unknown_arguments_are_refused_by_name_with_what_was_probably_meant() {
    let lines = refusals(&[
        ("createWorklog", "issue", json!("WEB-1")),
        ("createWorklog", "issuekey", json!("WEB-1")),
        ("createWorklog", "hours", json!(1)),
        ("createWorklog", "timeSpentSeconds", json!(3600)),
        ("retrieveWorklogs", "from", json!("2026-03-16")),
        ("retrieveWorklogs", "userId", json!("somebody")),
        ("editWorklog", "worklogID", json!("1")),
        ("deleteWorklog", "bypassPeriodClosuresAndApprovals", json!(true)),
        ("searchIssues", "jql", json!("project = WEB")),
    ])
    .await;
    expect![[r#"
        createWorklog Invalid argument: issue: is no argument of this tool; did you mean issueKey?. Nothing was changed.
        createWorklog Invalid argument: issuekey: is no argument of this tool; did you mean issueKey?. Nothing was changed.
        createWorklog Invalid argument: hours: is no argument of this tool; it takes issueKey, date, timeSpentHours, timeSpent, startTime, endTime, description, attributes, billableHours, remainingEstimateHours. Nothing was changed.
        createWorklog Invalid argument: timeSpentSeconds: is no argument of this tool; did you mean timeSpent?. Nothing was changed.
        retrieveWorklogs Invalid argument: from: is no argument of this tool; it takes startDate, endDate, issueKey, limit, offset
        retrieveWorklogs Invalid argument: userId: is no argument of this tool; it takes startDate, endDate, issueKey, limit, offset
        editWorklog Invalid argument: worklogID: is no argument of this tool; did you mean worklogId?. Nothing was changed.
        deleteWorklog Invalid argument: bypassPeriodClosuresAndApprovals: is no argument of this tool; it takes worklogId. Nothing was changed.
        searchIssues Invalid argument: jql: is no argument of this tool; it takes text, mine, recent, limit"#]].assert_eq(&lines);
    for tool in tools::ALL {
        for value in [json!(1), Value::Null] {
            let said = refused(tool.name, with(tool.name, "somethingElse", value)).await;
            assert!(
                said.starts_with("- somethingElse: is no argument of this tool"),
                "{}: {said}",
                tool.name
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_said_for_every_tool() {
    let mut lines = Vec::new();
    for tool in tools::ALL.iter().filter(|it| it.name != "searchIssues") {
        let nulls: Value = tool.parameters().map(|(name, _, _)| (name.to_owned(), Value::Null)).collect();
        let said = refused(tool.name, json!({})).await;
        assert_eq!(refused(tool.name, nulls).await, said, "null is not given");
        lines.push(format!("{}\n{said}", tool.name));
    }
    expect![[r#"
        bulkCreateWorklogs
        Invalid argument: worklogEntries: is required. Nothing was changed.
        createWorklog
        - issueKey: is required
        - date: is required
        - timeSpentHours: is missing: give timeSpentHours, timeSpent, or startTime and endTime
        Nothing was changed.
        deleteWorklog
        Invalid argument: worklogId: is required. Nothing was changed.
        editWorklog
        - worklogId: is required
        - nothing to change: give at least one of timeSpentHours, timeSpent, startTime, endTime, description, date, attributes, billableHours, remainingEstimateHours, issueKey
        Nothing was changed.
        getMissingWorklogDays
        - startDate: is required
        - endDate: is required
        getWorklogAnalytics
        - startDate: is required
        - endDate: is required
        retrieveWorklogs
        - startDate: is required
        - endDate: is required"#]].assert_eq(&lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn all_faults_are_told_at_once() {
    let call = json!({"issueKey": "WEB 1", "date": "yesterday", "timeSpent": "soon", "startTime": "25:00",
        "endTime": "noon", "attributes": [1], "billableHours": "-", "note": "x", "description": ["private words"]});
    let said = refused("createWorklog", call).await;
    expect![[r#"
        - note: is no argument of this tool; it takes issueKey, date, timeSpentHours, timeSpent, startTime, endTime, description, attributes, billableHours, remainingEstimateHours
        - issueKey: "WEB 1" must be an issue key like PROJ-12 or a numeric issue id like 10042
        - date: "yesterday" must be a date like 2026-03-15
        - timeSpent: "soon" must look like 1h30m, 90m, 1:30 or 1.5 (hours)
        - startTime: "25:00" must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59
        - endTime: "noon" must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59
        - billableHours: "-" must be a number, like 1.5
        - description: must be text
        - attributes[0]: must be an object
        Nothing was changed."#]].assert_eq(&said);
    assert!(!said.contains("private"), "what may be private is not repeated");
}

#[tokio::test(start_paused = true)]
async fn an_attribute_has_exactly_a_key_and_a_value() {
    let lines = refusals(&[
        ("editWorklog", "attributes", json!([{"key": "_Ticket_"}])),
        ("editWorklog", "attributes", json!([{"value": "x"}])),
        ("editWorklog", "attributes", json!([{"key": "", "value": "x"}])),
        ("editWorklog", "attributes", json!([{"key": "_Ticket_", "value": "x", "label": "y"}])),
        ("editWorklog", "attributes", json!([{"key": "_Ticket_", "value": ["x"]}])),
        (
            "editWorklog",
            "attributes",
            json!([{"key": "_Ticket_", "value": "x"}, {"key": "_Ticket_", "value": "y"}]),
        ),
        ("editWorklog", "attributes", json!("[{]")),
    ])
    .await;
    expect![[r#"
        editWorklog Invalid argument: attributes[0]: must have exactly a key and a value. Nothing was changed.
        editWorklog Invalid argument: attributes[0]: must have exactly a key and a value. Nothing was changed.
        editWorklog Invalid argument: attributes[0]: must have exactly a key and a value. Nothing was changed.
        editWorklog Invalid argument: attributes[0]: must have exactly a key and a value. Nothing was changed.
        editWorklog Invalid argument: attributes[0]: must be text. Nothing was changed.
        editWorklog Invalid argument: attributes[1]: names an attribute a second time. Nothing was changed.
        editWorklog Invalid argument: attributes: must be a list of objects with key and value. Nothing was changed."#]]
    .assert_eq(&lines);
}

#[tokio::test(start_paused = true)]
async fn odd_but_plain_input_is_accepted() {
    for (tool, name, value) in [
        ("createWorklog", "startTime", json!("9:00")),
        ("createWorklog", "startTime", json!(" 09:00:00 ")),
        ("createWorklog", "issueKey", json!(" web-1 ")),
        ("createWorklog", "issueKey", json!("11001")),
        ("createWorklog", "issueKey", json!(11001)),
        ("createWorklog", "date", json!(" 2026-03-18 ")),
        ("createWorklog", "timeSpentHours", json!("1.0")),
        ("createWorklog", "description", json!(42)),
        ("createWorklog", "attributes", json!([])),
        ("createWorklog", "attributes", json!("[]")),
        ("createWorklog", "billableHours", json!("0")),
        ("editWorklog", "worklogId", json!(7727)),
        ("editWorklog", "timeSpent", json!(1.5)),
        ("deleteWorklog", "worklogId", json!(" 7727 ")),
        ("retrieveWorklogs", "limit", json!("10")),
        ("retrieveWorklogs", "limit", json!(10.0)),
        ("retrieveWorklogs", "offset", json!("0")),
        ("getMissingWorklogDays", "minHoursPerDay", json!("7.5")),
        ("getWorklogAnalytics", "groupBy", json!(" week ")),
        ("searchIssues", "mine", json!("true")),
        ("searchIssues", "recent", json!("false")),
    ] {
        Site::new().ok(tool, with(tool, name, value)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_word_that_is_no_key_fails_as_an_unknown_issue_without_a_look_up_of_issues() {
    let site = Site::new();
    let call = json!({"issueKey": "constructor", "date": "2026-03-18", "timeSpent": "1h"});
    let said = site.err("createWorklog", call).await;
    assert!(said.starts_with("There is no issue CONSTRUCTOR"), "{said}");
    assert!(site.requests().iter().all(|it| it == "GET /rest/api/3/myself"), "{:?}", site.requests());
}

#[tokio::test(start_paused = true)]
async fn a_schema_accepts_every_call_that_the_tool_accepts_in_its_plain_form() {
    for tool in tools::ALL {
        let name = tool.name;
        let validator = jsonschema::validator_for(&Value::Object(tool.input_schema())).unwrap();
        assert!(validator.is_valid(&right(name)), "{name}");
        assert!(!validator.is_valid(&with(name, "somethingElse", json!(1))), "{name}");
        assert!(name == "searchIssues" || !validator.is_valid(&json!({})), "{name}");
    }
}
