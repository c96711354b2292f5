//! Invalid input is refused before any request, with the argument's name, its value and the right form. Unusual input
//! whose meaning is clear is accepted.

use expect_test::expect;
use serde_json::{Value, json};
use tempo_mcp_core::tools;

use tempo_test_support::site::Site;

/// The rejections of a call that has to fail without a single request, one per line.
async fn refused(tool: &str, call: Value) -> String {
    let site = Site::new();
    let outcome = site.call(tool, call.clone()).await;
    assert!(outcome.is_error, "{tool} {call}: {}", outcome.text);
    assert_eq!(site.requests(), [""; 0], "{tool} {call}");
    let (text, unchanged) = match outcome.text.strip_suffix("\nNothing was changed.") {
        Some(text) => (text, true),
        None => (outcome.text.as_str(), false),
    };
    assert_eq!(unchanged, !tools::find(tool).unwrap().kind.reads(), "{}", outcome.text);
    match text.strip_prefix("Invalid argument: ").or_else(|| text.strip_prefix("Invalid arguments: ")) {
        Some(only) => format!("- {only}"),
        None => text.strip_prefix("Invalid arguments:\n").unwrap().to_owned(),
    }
}

/// A valid call of the tool.
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
async fn invalid_values_are_refused_with_the_right_form() {
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
        createWorklog - date: "2025-02-30" is not a day in the calendar
        createWorklog - date: "2025/03/01" must be a date like 2026-03-15
        createWorklog - date: "tomorrow, when I shall certainly have the time to do all of… must be a date like 2026-03-15
        createWorklog - timeSpent: "25h" is more than 24 h; one worklog holds at most 24 h
        createWorklog - timeSpent: "30" is more than 24 h; did you mean 30m?
        createWorklog - timeSpent: 30 is more than 24 h; did you mean 30m?
        createWorklog - timeSpent: "1d" has a unit of days or weeks, which are not a fixed number of hours: give hours and minutes, like 7h30m
        createWorklog - timeSpent: "-1" must be more than 0
        createWorklog - timeSpent: "0" must be more than 0
        createWorklog - timeSpent: "" must look like 1h30m, 90m, 1:30 or 1.5 (hours)
        createWorklog - timeSpentHours: 25 is more than 24 h; did you mean timeSpent "25m"?
        createWorklog - timeSpentHours: 0 must be more than 0
        createWorklog - timeSpentHours: -1 must be more than 0
        createWorklog - timeSpentHours: 0.0001 is less than half a second, so nothing would be logged
        createWorklog - timeSpentHours: "two" must be a number, like 1.5
        createWorklog - startTime: "24:00" must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59
        createWorklog - startTime: "9am" must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59
        createWorklog - issueKey: "PROJ-1/../../myself" must be an issue key like PROJ-12 or a numeric issue id like 10042
        createWorklog - issueKey: "PROJ-1?fields=none" must be an issue key like PROJ-12 or a numeric issue id like 10042
        createWorklog - issueKey: "" must be an issue key like PROJ-12 or a numeric issue id like 10042
        createWorklog - billableHours: -0.5 must be a number of hours from 0 to 100000
        createWorklog - remainingEstimateHours: "none" must be a number, like 1.5
        editWorklog - worklogId: "1/../7002" must be a Tempo worklog id, digits only, like 10042
        editWorklog - issueKey: "../WEB-1" must be an issue key like PROJ-12 or a numeric issue id like 10042
        editWorklog - endTime: "24:00" must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59
        deleteWorklog - worklogId: "7001?bypassPeriodClosuresAndApprovals=true" must be a Tempo worklog id, digits only, like 10042
        deleteWorklog - worklogId: -7001 must be a Tempo worklog id, digits only, like 10042
        deleteWorklog - worklogId: 7001.5 must be a Tempo worklog id, digits only, like 10042
        bulkCreateWorklogs - worklogEntries: has 0 entries; give 1 to 500 in one call
        retrieveWorklogs - startDate: 2026-03-19 is after endDate 2026-03-18
        retrieveWorklogs - limit: 0 must be a whole number from 1 to 1000
        retrieveWorklogs - limit: 1001 must be a whole number from 1 to 1000
        retrieveWorklogs - offset: -1 must be a whole number from 0 to 10000000
        retrieveWorklogs - issueKey: "WEB 1" must be an issue key like PROJ-12 or a numeric issue id like 10042
        getMissingWorklogDays - minHoursPerDay: 25 must be a number of hours, more than 0 and at most 24
        getMissingWorklogDays - minHoursPerDay: 0 must be a number of hours, more than 0 and at most 24
        getMissingWorklogDays - endDate: makes a period of 2269 days; at most 1100 are possible in one call
        getWorklogAnalytics - groupBy: "colour" must be issue, account, day, week, month, project or attribute:KEY
        getWorklogAnalytics - groupBy: "attribute:" must be issue, account, day, week, month, project or attribute:KEY
        getWorklogAnalytics - sortBy: "size" must be hours or key
        searchIssues - limit: 101 must be a whole number from 1 to 100
        searchIssues - text: has no word to look for
        searchIssues - text: is longer than 500 characters: give a few words
        searchIssues - mine: "perhaps" must be true or false"#]].assert_eq(&lines);
}

#[tokio::test(start_paused = true)]
async fn every_parameter_refuses_values_of_another_type() {
    let mut lines = Vec::new();
    for tool in tools::ALL {
        for (name, _, _) in tool.parameters() {
            for value in [json!({"a": 1}), json!([1]), json!(true)] {
                // These are accepted: a flag, and attributes as an object.
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
async fn unknown_arguments_are_refused_with_a_suggestion() {
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
        createWorklog - issue: unknown argument; did you mean issueKey?
        createWorklog - issuekey: unknown argument; did you mean issueKey?
        createWorklog - hours: unknown argument; known arguments: issueKey, date, timeSpentHours, timeSpent, startTime, endTime, description, attributes, billableHours, remainingEstimateHours
        createWorklog - timeSpentSeconds: unknown argument; did you mean timeSpent?
        retrieveWorklogs - from: unknown argument; known arguments: startDate, endDate, issueKey, limit, offset
        retrieveWorklogs - userId: unknown argument; known arguments: startDate, endDate, issueKey, limit, offset
        editWorklog - worklogID: unknown argument; did you mean worklogId?
        deleteWorklog - bypassPeriodClosuresAndApprovals: unknown argument; known arguments: worklogId
        searchIssues - jql: unknown argument; known arguments: text, mine, recent, limit"#]].assert_eq(&lines);
    for tool in tools::ALL {
        for value in [json!(1), Value::Null] {
            let said = refused(tool.name, with(tool.name, "somethingElse", value)).await;
            assert!(said.starts_with("- somethingElse: unknown argument; "), "{}: {said}", tool.name);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn missing_arguments_are_named_for_every_tool() {
    let mut lines = Vec::new();
    for tool in tools::ALL.iter().filter(|it| it.name != "searchIssues") {
        let nulls: Value = tool.parameters().map(|(name, _, _)| (name.to_owned(), Value::Null)).collect();
        let said = refused(tool.name, json!({})).await;
        assert_eq!(refused(tool.name, nulls).await, said, "null means not given");
        lines.push(format!("{}\n{said}", tool.name));
    }
    expect![[r#"
        bulkCreateWorklogs
        - worklogEntries: is required
        createWorklog
        - issueKey: is required
        - date: is required
        - timeSpentHours: is required; or give timeSpent, or startTime and endTime
        deleteWorklog
        - worklogId: is required
        editWorklog
        - worklogId: is required
        - nothing to change: give at least one of timeSpentHours, timeSpent, startTime, endTime, description, date, attributes, billableHours, remainingEstimateHours, issueKey
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
async fn all_rejections_are_reported_at_once() {
    let call = json!({"issueKey": "WEB 1", "date": "yesterday", "timeSpent": "soon", "startTime": "25:00",
        "endTime": "noon", "attributes": [1], "billableHours": "-", "note": "x", "description": ["private words"]});
    let said = refused("createWorklog", call).await;
    expect![[r#"
        - note: unknown argument; known arguments: issueKey, date, timeSpentHours, timeSpent, startTime, endTime, description, attributes, billableHours, remainingEstimateHours
        - issueKey: "WEB 1" must be an issue key like PROJ-12 or a numeric issue id like 10042
        - date: "yesterday" must be a date like 2026-03-15
        - timeSpent: "soon" must look like 1h30m, 90m, 1:30 or 1.5 (hours)
        - startTime: "25:00" must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59
        - endTime: "noon" must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59
        - billableHours: "-" must be a number, like 1.5
        - description: must be text
        - attributes[0]: must be an object"#]].assert_eq(&said);
    assert!(!said.contains("private"), "text that may be private is not repeated");
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
        editWorklog - attributes[0]: must have exactly a key and a value
        editWorklog - attributes[0]: must have exactly a key and a value
        editWorklog - attributes[0]: must have exactly a key and a value
        editWorklog - attributes[0]: must have exactly a key and a value
        editWorklog - attributes[0]: must be text
        editWorklog - attributes[1]: names the same attribute again
        editWorklog - attributes: must be a list of objects with key and value"#]]
    .assert_eq(&lines);
}

#[tokio::test(start_paused = true)]
async fn unusual_but_unambiguous_input_is_accepted() {
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
async fn a_word_is_an_unknown_issue_without_a_look_up() {
    let site = Site::new();
    let call = json!({"issueKey": "constructor", "date": "2026-03-18", "timeSpent": "1h"});
    let said = site.err("createWorklog", call).await;
    assert!(said.starts_with("There is no issue CONSTRUCTOR"), "{said}");
    assert!(site.requests().iter().all(|it| it == "GET /rest/api/3/myself"), "{:?}", site.requests());
}

#[tokio::test(start_paused = true)]
async fn schemas_accept_the_plain_calls_that_tools_accept() {
    for tool in tools::ALL {
        let name = tool.name;
        let validator = jsonschema::validator_for(&Value::Object(tool.input_schema())).unwrap();
        assert!(validator.is_valid(&right(name)), "{name}");
        assert!(!validator.is_valid(&with(name, "somethingElse", json!(1))), "{name}");
        assert!(name == "searchIssues" || !validator.is_valid(&json!({})), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn thousands_of_rejections_are_listed_as_twenty_and_a_count() {
    let mut call = right("createWorklog");
    (0..5000).for_each(|it| call[format!("unknown{it:04}")] = json!(1));
    let said = refused("createWorklog", call).await;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((lines.len(), *lines.last().unwrap()), (21, "- and 4980 more"), "{said}");
    let bad = json!({"issueKey": "no key", "date": "x", "timeSpent": "x"});
    let said = refused("bulkCreateWorklogs", json!({"worklogEntries": vec![bad; 500]})).await;
    assert!(said.ends_with("\n- and 1480 more") && said.lines().count() == 21, "{said}");
}
