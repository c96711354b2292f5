//! `tempo-mcp call`: exit codes, and both forms of the result.

use expect_test::expect;
use serde_json::Value;

use crate::program::run;

/// Runs a call on the simulation, on a fixed day.
fn call(words: &str) -> crate::program::Run {
    let mut arguments = vec!["--sandbox", "--today", "2026-03-18", "call"];
    arguments.extend(words.split(' '));
    run(&arguments)
}

#[test]
fn result_is_printed_as_text() {
    let done = call("getWorklogAnalytics --startDate 2026-03-16 --endDate=2026-03-17 --groupBy project");
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    expect![[r#"
        13h 30m in 6 worklogs from 2026-03-16 to 2026-03-17, by project. Today is 2026-03-18 (Europe/Berlin).
        - "MOB": 7h, 51.85 %, 2 worklogs
        - "WEB": 4h 30m, 33.33 %, 2 worklogs
        - "INT": 2h, 14.82 %, 2 worklogs
    "#]]
    .assert_eq(&done.out);
}

#[test]
fn json_prints_the_structured_content() {
    let text = r#"{"startDate":"2026-03-16","endDate":"2026-03-17"}"#;
    for words in [format!("retrieveWorklogs {text} --json"), format!("retrieveWorklogs --json {text}")] {
        let done = call(&words);
        assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
        let structured: Value = serde_json::from_str(&done.out).unwrap();
        assert_eq!(structured["today"], "2026-03-18");
        assert_eq!(
            structured["totals"]["count"].as_u64().unwrap(),
            structured["worklogs"].as_array().unwrap().len() as u64
        );
    }
}

#[test]
fn tool_error_goes_to_standard_error_with_exit_code_1() {
    let refused = call("createWorklog --issueKey WEB-12 --date 2026-02-30 --timeSpent 25h");
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    expect![[r#"
        Invalid arguments:
        - date: "2026-02-30" is not a day in the calendar
        - timeSpent: "25h" is more than 24 h; one worklog holds at most 24 h
        Nothing was changed.
    "#]]
    .assert_eq(&refused.err);
    let nothing_created = call(
        r#"bulkCreateWorklogs {"worklogEntries":[{"issueKey":"NOPE-1","date":"2026-03-17","timeSpent":"1h"}]}"#,
    );
    assert_eq!(nothing_created.code, Some(1), "{}{}", nothing_created.out, nothing_created.err);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let mut text = String::new();
    for words in [
        "createWorklogs",
        "retrieveWorklogs 2026-03-16",
        "retrieveWorklogs {\"startDate\":",
        "retrieveWorklogs --startDate 2026-03-16 --startDate 2026-03-17",
        "retrieveWorklogs --today tomorrow",
        "--nope",
    ] {
        let wrong = call(words);
        assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""), "{words}");
        text.push_str(&wrong.err);
    }
    expect![[r#"
        tempo-mcp: there is no tool "createWorklogs"; did you mean createWorklog? See `tempo-mcp tools`
        tempo-mcp: expected a JSON object or --parameter, found "2026-03-16"
        tempo-mcp: the arguments are not a JSON object: EOF while parsing a value at line 1 column 13
        tempo-mcp: --startDate is given twice
        error: invalid value 'tomorrow' for '--today <DATE>': failed to parse four digit integer as year: invalid digit, expected 0-9 but got t
        tempo-mcp: expected a tool's name, found "--nope"; see `tempo-mcp tools`
    "#]].assert_eq(&text);
}

#[test]
fn value_after_equals_sign_may_begin_with_a_dash() {
    let done = call(
        "createWorklog --issueKey WEB-12 --date 2026-03-17 --timeSpent 1h --description=--dry-run --json",
    );
    let structured: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(structured["worklog"]["description"], "--dry-run");
}
