//! A call from one terminal against the simulated site in another, with faults set through its control address.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::site::{Site, TODAY};

const ENTRY: [&str; 9] = [
    "createWorklog",
    "--issueKey",
    "WEB-12",
    "--date",
    "2026-03-17",
    "--timeSpent",
    "1h30m",
    "--description",
    "Session cookie",
];

/// How many worklogs that day has with this description, as Tempo tells.
fn stored(site: &Site, description: &str) -> usize {
    let listed =
        site.call(&["retrieveWorklogs", "--startDate", "2026-03-17", "--endDate", "2026-03-17", "--json"]);
    let listed: Value = serde_json::from_str(&listed.out).unwrap();
    listed["worklogs"].as_array().unwrap().iter().filter(|it| it["description"] == description).count()
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(text);
}

#[test]
fn the_entry_is_stored_and_told() {
    let site = Site::start();
    let done = site.call(&ENTRY);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    check(
        &done.out,
        expect![[r#"
        Logged 1h 30m on WEB-12 (issueId 11012) "Login bug: session is lost after a password reset" on 2026-03-17, 08:00 to 09:30.
        worklogId 7728 | 2026-03-17 08:00–09:30 | 1h 30m | WEB-12 (issueId 11012) "Login bug: session is lost after a password reset" | billable 1h 30m | "Session cookie"
    "#]],
    );
    assert_eq!(stored(&site, "Session cookie"), 1);
}

#[test]
fn a_refusal_by_tempo_is_told_with_its_reason_and_what_the_site_demands() {
    let site = Site::start();
    site.settings(json!({"required_attributes": ["_WorkType_"]}));
    let refused = site.call(&ENTRY);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    check(
        &refused.err,
        expect![[r#"
            Tempo refused this: "Work attribute Work Type (_WorkType_) is required". Nothing was changed.
            This Tempo site:
            - allows at most 24h per person and day
            - allows worklogs at most 365 days ahead
            - requires the work attribute "Work Type" (key _WorkType_), one of "Development", "Code Review", "Meeting", "Support"
        "#]],
    );
    assert_eq!(stored(&site, "Session cookie"), 0);
}

#[test]
fn a_closed_period_is_told_as_such() {
    let site = Site::start();
    site.settings(json!({"closed_until": TODAY}));
    let refused = site.call(&ENTRY);
    assert_eq!(refused.code, Some(1));
    check(
        &refused.err,
        expect![[r#"
            Tempo refused this because the timesheet period is closed: "Forbidden Period is closed". Nothing was changed. A Tempo administrator can reopen it (Tempo > Settings > Periods), or the person who approved that timesheet.
        "#]],
    );
}

/// That day has such an entry already, from an hour ago: it is not taken for the lost one.
#[test]
fn an_answer_lost_behind_a_stored_entry_is_resolved_to_created() {
    let site = Site::start();
    assert_eq!(stored(&site, "Stand-up"), 1);
    site.faults(
        json!([{"method": "POST", "path": "/4/worklogs", "times": 1, "effect": {"type": "reset_after"}}]),
    );
    let entry =
        json!({"issueKey": "INT-1", "date": "2026-03-17", "timeSpent": "30m", "description": "Stand-up"});
    let done = site.call(&["createWorklog", &entry.to_string()]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    check(
        &done.out,
        expect![[r#"
        Logged 30m on INT-1 (issueId 14001) "Meetings and stand-ups" on 2026-03-17, 08:00 to 08:30.
        worklogId 7728 | 2026-03-17 08:00–08:30 | 30m | INT-1 (issueId 14001) "Meetings and stand-ups" | billable 30m | "Stand-up"
    "#]],
    );
    assert_eq!(stored(&site, "Stand-up"), 2);
    let sent = site.requests().iter().filter(|it| *it == "POST /4/worklogs").count();
    assert_eq!(sent, 1, "{:?}", site.requests());
}

/// Takes the seven seconds in which Tempo might still show the entry.
#[test]
fn an_answer_lost_with_the_entry_is_resolved_to_not_found_and_never_sent_again() {
    let site = Site::start();
    site.faults(
        json!([{"method": "POST", "path": "/4/worklogs", "times": 1, "effect": {"type": "reset_before"}}]),
    );
    let lost = site.call(&ENTRY);
    assert_eq!((lost.code, lost.out.as_str()), (Some(1), ""));
    let clock = |it: char| if it.is_ascii_digit() { '0' } else { it };
    let (sentence, as_of) = lost.err.split_once("as of ").unwrap();
    let as_of: String = as_of.chars().map(clock).collect();
    let warning = sentence.lines().filter(|it| !it.contains(" WARN ")).collect::<Vec<_>>().join("\n");
    check(
        &format!("{warning}as of {as_of}"),
        expect![[r#"
            The connection to Tempo ended before its response arrived. The worklog was not found in Tempo as of 00:00:00. Check that day with retrieveWorklogs before you try again.
        "#]],
    );
    assert_eq!(stored(&site, "Session cookie"), 0);
    let sent = site.requests().iter().filter(|it| *it == "POST /4/worklogs").count();
    assert_eq!(sent, 1, "{:?}", site.requests());
}
