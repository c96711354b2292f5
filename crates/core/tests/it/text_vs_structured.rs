//! Clients show a model either the text or the structured content, so each has to say everything.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tempo_mcp_core::domain::{duration::Seconds, text::quoted};
use tempo_mcp_core::tools;
use tempo_sandbox::{ACCOUNT_FIELD, Effect};

use tempo_test_support::site::{Outcome, Site};

/// The facts in a value, each with the forms in which a text may state it.
fn facts(name: &str, value: &Value, res: &mut Vec<(String, Vec<String>)>) {
    match value {
        Value::Object(map) => {
            for (name, it) in map {
                // Hours repeat the seconds beside them.
                let is_again =
                    name.strip_suffix("Hours").is_some_and(|it| map.contains_key(&format!("{it}Seconds")));
                if !is_again {
                    facts(name, it, res);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| facts(name, it, res)),
        // A text that found nothing does not repeat the question.
        Value::String(_) if name == "groupBy" => {}
        Value::String(text) => {
            let in_json = serde_json::to_string(text).unwrap();
            res.push((name.into(), vec![quoted(text), in_json, text.clone()]));
        }
        Value::Number(it) if name.ends_with("Seconds") => {
            res.push((
                name.into(),
                amount(it.as_u64() == Some(0), Seconds(it.as_u64().unwrap()).to_string()),
            ));
        }
        Value::Number(it) => {
            let shown = it.to_string();
            let whole = shown.strip_suffix(".0").unwrap_or(&shown).to_owned();
            let mut forms = amount(whole == "0", whole);
            forms.push(shown);
            res.push((name.into(), forms));
        }
        Value::Bool(true) if name == "descriptionCut" => res.push((name.into(), vec!["\" (cut)".into()])),
        Value::Bool(true) if name == "more" => res.push((name.into(), vec!["There are more".into()])),
        Value::Bool(false) => {}
        other => panic!("{name} is {other}, which no text is known to state"),
    }
}

/// Where nothing was found, one sentence says that all numbers are zero.
fn amount(is_zero: bool, shown: String) -> Vec<String> {
    let none = ["No worklogs", "No time is missing"].map(str::to_owned);
    [shown].into_iter().chain(none.into_iter().filter(|_| is_zero)).collect()
}

/// Whether `text` holds `word` not merely as a part of a longer word or number.
fn holds(text: &str, word: &str) -> bool {
    let joins = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '.');
    let starts = word.starts_with(char::is_alphanumeric);
    let ends = word.ends_with(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).unwrap().chars().next_back();
        let mut after = text.get(at + word.len()..).unwrap().chars();
        let next = after.next();
        let goes_on = next == Some('.') && after.next().is_some_and(|it| it.is_ascii_digit());
        !(starts && joins(before)) && !(ends && (next.is_some_and(char::is_alphanumeric) || goes_on))
    })
}

fn missing(text: &str, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    facts("", value, &mut found);
    let absent = found.into_iter().filter(|(_, forms)| !forms.iter().any(|it| holds(text, it)));
    absent.map(|(name, forms)| format!("{name}: {}", forms.join(" or "))).collect()
}

/// Each row of the structured content has to be one line of the text, with all facts of the row.
fn rows_without_a_line(text: &str, value: &Value, res: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|it| rows_without_a_line(text, it, res)),
        Value::Array(items) => {
            for row in items.iter().filter(|it| it.is_object()) {
                if !text.lines().any(|line| missing(line, row).is_empty()) {
                    res.push(row.to_string());
                }
            }
        }
        _ => {}
    }
}

/// Everything that is stored in a value, as text and as numbers.
fn leaves(value: &Value, strings: &mut String, numbers: &mut BTreeSet<u64>) {
    match value {
        Value::Object(map) => map.values().for_each(|it| leaves(it, strings, numbers)),
        Value::Array(items) => items.iter().for_each(|it| leaves(it, strings, numbers)),
        Value::String(it) => {
            strings.push_str(it);
            strings.push('\n');
        }
        Value::Number(it) => match it.as_u64() {
            Some(it) => drop(numbers.insert(it)),
            None => strings.push_str(&format!("{it}\n")),
        },
        _ => {}
    }
}

/// Ids, keys, dates and times of day in the text that the structured content does not have.
fn only_in_text(text: &str, structured: &Value) -> Vec<String> {
    let (mut strings, mut numbers) = (String::new(), BTreeSet::new());
    leaves(structured, &mut strings, &mut numbers);
    let ours = outside_quotes(text);
    let words = ours.split(|it: char| !(it.is_ascii_alphanumeric() || "-:_.".contains(it)));
    let mut res = Vec::new();
    for word in words
        .map(|it| it.trim_matches([':', '-', '.']))
        .filter(|it| it.contains(|it: char| it.is_ascii_digit()))
    {
        let is_number = word.parse::<u64>().is_ok_and(|it| numbers.contains(&it));
        let is_length = unit(word).is_some();
        if !is_number && !is_length && !strings.contains(word) {
            res.push(word.to_owned());
        }
    }
    let lengths = lengths(&ours).into_iter().filter(|it| !numbers.contains(&it.0)).map(|it| it.to_string());
    res.extend(lengths.filter(|it| !strings.contains(it)));
    res
}

/// The text without what people wrote, which is in quotes.
fn outside_quotes(text: &str) -> String {
    text.replace("\\\"", "").split('"').step_by(2).collect()
}

/// `7h` as its unit and its seconds.
fn unit(word: &str) -> Option<(char, u64)> {
    let (unit, seconds) = [('h', 3600), ('m', 60), ('s', 1)].into_iter().find(|it| word.ends_with(it.0))?;
    let number = word.strip_suffix(unit)?;
    let plain = number.bytes().all(|it| it.is_ascii_digit());
    Some((unit, number.parse::<u64>().ok().filter(|_| plain)? * seconds))
}

/// `7h 30m`, `45m`: the lengths of time in a text.
fn lengths(text: &str) -> Vec<Seconds> {
    let mut res: Vec<Seconds> = Vec::new();
    let mut last = None;
    for word in text.split(' ') {
        let it = unit(word.trim_matches(|it: char| !it.is_ascii_alphanumeric()));
        match (it, last) {
            (Some(('m' | 's', seconds)), Some('h' | 'm')) => {
                let sum = res.pop().unwrap_or_default();
                res.push(Seconds(sum.0 + seconds));
            }
            (Some((_, seconds)), _) => res.push(Seconds(seconds)),
            (None, _) => {}
        }
        let ends = word.ends_with(|it: char| !it.is_ascii_alphanumeric());
        last = it.map(|it| it.0).filter(|_| !ends);
    }
    res
}

fn check(tool: &str, outcome: &Outcome) {
    let schema = Value::Object(tools::find(tool).unwrap().output_schema());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&outcome.structured)
        .map(|it| format!("{}: {it}", it.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{tool} does not fit its schema:\n{}", faults.join("\n"));
    let (text, structured) = (&outcome.text, &outcome.structured);
    let absent = missing(text, structured);
    assert!(absent.is_empty(), "{tool}: not in the text:\n{}\n\n{text}", absent.join("\n"));
    let mut rows = Vec::new();
    rows_without_a_line(text, structured, &mut rows);
    assert!(rows.is_empty(), "{tool}: no line says all of\n{}\n\n{text}", rows.join("\n"));
    let absent = only_in_text(text, structured);
    assert!(absent.is_empty(), "{tool}: only in the text: {absent:?}\n{text}");
}

const ODD: &str = "Line one\nWEB-999 | 4h \"quoted\" \\ 🌙 \u{202e}";

fn site() -> Site {
    Site::with(&[("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", ACCOUNT_FIELD)], |it| it.hide_time_zone = true)
}

async fn checked(site: &Site, tool: &str, call: Value) -> Outcome {
    let outcome = site.ok(tool, call).await;
    check(tool, &outcome);
    outcome
}

#[tokio::test(start_paused = true)]
async fn readers_say_the_same_in_both_forms() {
    for site in [Site::new(), site()] {
        site.sandbox.add_worklogs(500, 250);
        let entry = json!({"issueKey": "WEB-1", "date": "2026-03-21", "timeSpent": "1h 1m 1s", "startTime": "23:30",
            "description": ODD.repeat(20)});
        site.ok("createWorklog", entry).await;
        let weeks = json!({"startDate": "2026-02-09", "endDate": "2026-03-29"});
        let year = json!({"startDate": "2025-03-01", "endDate": "2026-03-29"});
        let none = json!({"startDate": "2026-04-03", "endDate": "2026-04-05"});
        for call in [&weeks, &year, &none] {
            for tool in ["retrieveWorklogs", "getMissingWorklogDays", "getWorklogAnalytics"] {
                checked(&site, tool, call.clone()).await;
            }
            for group_by in ["account", "day", "week", "month", "project", "attribute:_WorkType_"] {
                let mut call = call.clone();
                call["groupBy"] = json!(group_by);
                checked(&site, "getWorklogAnalytics", call).await;
            }
        }
        for call in
            [json!({}), json!({"recent": true}), json!({"text": "login", "limit": 1}), json!({"text": "xyz"})]
        {
            checked(&site, "searchIssues", call).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn paged_lists_say_the_same_in_both_forms() {
    let site = Site::new();
    let call = json!({"startDate": "2026-02-09", "endDate": "2026-03-29", "issueKey": "web-12", "limit": 2, "offset": 1});
    checked(&site, "retrieveWorklogs", call).await;
}

#[tokio::test(start_paused = true)]
async fn writers_say_the_same_in_both_forms() {
    let site = site();
    let entry = json!({"issueKey": "WEB-2", "date": "2026-03-20", "timeSpent": "1h 20m 5s", "startTime": "9:10:30",
        "description": ODD, "billableHours": 0.5, "attributes": {"_WorkType_": "Support", "_Ticket_": "T | \"1\""}});
    let created = checked(&site, "createWorklog", entry).await.structured;
    let id = created["worklog"]["worklogId"].clone();
    let edit = json!({"worklogId": id, "timeSpent": "2h", "description": "", "date": "2026-03-19",
        "attributes": {"_Ticket_": ""}, "remainingEstimateHours": 1.25});
    checked(&site, "editWorklog", edit.clone()).await;
    let mut again = edit;
    again.as_object_mut().unwrap().remove("remainingEstimateHours");
    checked(&site, "editWorklog", again).await;
    let moved =
        checked(&site, "editWorklog", json!({"worklogId": id, "issueKey": "MOB-4", "description": ODD}))
            .await;
    checked(&site, "deleteWorklog", json!({"worklogId": moved.structured["worklog"]["worklogId"]})).await;
    checked(&site, "deleteWorklog", json!({"worklogId": 7726})).await;
    let plain = json!({"issueKey": "INT-1", "date": "2026-03-20", "timeSpentHours": 24});
    checked(&site, "createWorklog", plain).await;
}

#[tokio::test(start_paused = true)]
async fn failed_and_unknown_entries_say_the_same_in_both_forms() {
    let site = Site::with(&[("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", ACCOUNT_FIELD)], |it| {
        it.required_attributes = vec!["_WorkType_".into()];
    });
    let entry = |key: &str| json!({"issueKey": key, "date": "2026-03-20", "timeSpent": "15m", "attributes": {"_WorkType_": "Meeting"}});
    let mut list = vec![entry("WEB-1"), entry("WEB-1"), entry("constructor"), entry("MOB-4"), entry("MOB-4")];
    list.push(json!({"issueKey": "WEB-2", "date": "2026-03-20", "timeSpent": "15m", "startTime": "08:00"}));
    // The outcome of these two is unknown: the response is lost, and nothing can be read afterwards.
    site.fault("POST", "/4/worklogs/issue/12004/bulk", Some(1), Effect::ResetAfter);
    site.fault("POST", "/4/worklogs/search", None, Effect::status(500));
    site.fault("GET", "/4/worklogs/user/", None, Effect::status(500));
    let outcome = checked(&site, "bulkCreateWorklogs", json!({"worklogEntries": list})).await;
    let counts = ["created", "failed", "unknown"].map(|it| outcome.structured[it].as_u64().unwrap());
    assert_eq!(counts.iter().sum::<u64>(), 6, "{}", outcome.text);
    assert!(counts.iter().all(|it| *it > 0), "{counts:?}\n{}", outcome.text);
    let none = site.call("bulkCreateWorklogs", json!({"worklogEntries": [entry("WEB-999")]})).await;
    assert!(none.is_error);
    check("bulkCreateWorklogs", &none);
}

#[test]
fn the_comparison_finds_what_is_missing() {
    let value =
        json!({"rows": [{"id": 7001, "timeSpentSeconds": 5400, "timeSpentHours": 1.5, "key": "A-1"}]});
    assert!(missing("7001 | 1h 30m | A-1", &value).is_empty());
    assert_eq!(missing("17001 | 1h 30m | A-12", &value).len(), 2);
    let mut rows = Vec::new();
    rows_without_a_line("7001 | 1h 30m\nA-1", &value, &mut rows);
    assert_eq!(rows.len(), 1);
    assert_eq!(only_in_text("7001 B-2 1h 30m, 2h", &value), ["B-2", "2h"]);
    assert_eq!(lengths("1h 30m; 2h 45m 5s"), [Seconds(5400), Seconds(9905)]);
    assert_eq!(outside_quotes("a \"b \\\" 9h\" c"), "a  c");
}
