//! What has to hold whatever a vendor does.

use std::time::Duration;

use serde_json::{Value, json};
use tempo_sandbox::{JIRA_TOKEN, MAIN_EMAIL, TEMPO_TOKEN};

use tempo_test_support::{
    site::Outcome,
    worklog_snapshot::{Changes, essence, id},
};

/// Text in the sandbox and in the arguments that no error may contain.
pub(super) const PRIVATE: &str = "about the Lindgren family";

/// A call and what it did. Without an outcome, it did not return.
pub(super) struct Run {
    pub(super) outcome: Option<Outcome>,
    pub(super) took: Duration,
    pub(super) changes: Changes,
    pub(super) requests: Vec<String>,
}

/// How an error admits that something may have been written.
const ADMITS: [&str; 3] = ["is not known", "before you try again", "both exist now"];

/// The violated invariants of `run`. `good` is the same call without the fault on `path`.
pub(super) fn violations(good: &Run, run: &Run, path: &str) -> Vec<String> {
    let Some(outcome) = &run.outcome else { return vec!["it hangs".into()] };
    let mut wrong = leaks(outcome, good);
    if let Some(entries) = outcome.structured.get("entries").and_then(Value::as_array) {
        wrong.extend(bulk(entries, good, run));
    } else if outcome.is_error {
        wrong.extend(refused(outcome, good, run));
    } else {
        wrong.extend(answered(outcome, good, run, path));
    }
    wrong
}

/// An error contains no secret and no text of a worklog.
fn leaks(outcome: &Outcome, good: &Run) -> Vec<String> {
    let secrets =
        [TEMPO_TOKEN, JIRA_TOKEN, "sandbox-te", "sandbox-ji", MAIN_EMAIL, "alex.novak", "example.com"];
    let mut res: Vec<String> = secrets
        .iter()
        .filter(|it| outcome.text.contains(**it))
        .map(|it| format!("{it} in {:?}", outcome.text))
        .collect();
    let touched = good.changes.removed.iter().chain(good.changes.changed.iter().map(|(before, _)| before));
    let descriptions = touched.filter_map(|it| it["description"].as_str()).chain([PRIVATE]);
    if outcome.structured.is_null() && descriptions.into_iter().any(|it| outcome.text.contains(it)) {
        res.push(format!("a description in {:?}", outcome.text));
    }
    res
}

fn refused(outcome: &Outcome, good: &Run, run: &Run) -> Vec<String> {
    let text = &outcome.text;
    if run.changes.is_nothing() {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    if !ADMITS.iter().any(|it| text.contains(it)) {
        wrong.push(format!("it wrote, but says {text:?}"));
    }
    if text.to_lowercase().contains("nothing was changed") || text.contains("was not found in Tempo") {
        wrong.push(format!("it wrote, but denies it: {text:?}"));
    }
    // A move may be incomplete, but a worklog may not.
    let (is, wanted) = (run.changes.essence(), good.changes.essence());
    let known =
        |some: &[Value], all: &[Value]| some.len() <= all.len() && some.iter().all(|it| all.contains(it));
    if !known(&is.added, &wanted.added)
        || !known(&is.removed, &wanted.removed)
        || !(is.changed.is_empty() || is.changed == wanted.changed)
    {
        wrong.push(format!("it wrote something else: {is:?}"));
    }
    if !is.removed.is_empty() && is.added.len() < wanted.added.len() {
        wrong.push("a moved worklog is lost".into());
    }
    wrong
}

fn answered(outcome: &Outcome, good: &Run, run: &Run, path: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if run.changes.essence() != good.changes.essence() {
        wrong.push(format!("it says {:?}, but what is stored is {:?}", outcome.text, run.changes));
    }
    let expected = good.outcome.as_ref().map(|it| &it.structured);
    let structured = &outcome.structured;
    if good.changes.is_nothing() {
        // Tempo answers 404 if a person has no workload scheme, and the result then says so.
        let no_schedule = path.contains("/user-schedule/") && outcome.text.contains("no schedule");
        let notes: Vec<&str> =
            structured["notes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        // A note is about names and labels; everything else is the same.
        let is_same = match notes.is_empty() {
            true => Some(structured) == expected,
            false => Some(without_names(structured)) == expected.map(without_names),
        };
        if !is_same && !no_schedule {
            wrong.push(format!("another result: {:?}", outcome.text));
        }
        let untold = notes.iter().filter(|it| !outcome.text.contains(&format!("\nNote: {it}")));
        wrong.extend(untold.map(|it| format!("only in the structured content: {it}")));
    }
    wrong.extend(structured.get("worklog").map(|row| shown(row, run)).unwrap_or_default());
    wrong
}

/// A result reduced to what may not be missing: ids, stored values and numbers. Groups are identified by their sums,
/// because those of issues are keyed by the key, or by its id where there is none.
pub(super) fn without_names(value: &Value) -> Value {
    const NAMES: [&str; 5] = ["issueKey", "summary", "label", "name", "notes"];
    match value {
        Value::Object(map) if map.contains_key("groupBy") => {
            let mut sums: Vec<(u64, u64)> = Vec::new();
            for it in map["groups"].as_array().into_iter().flatten() {
                sums.push((it["timeSpentSeconds"].as_u64().unwrap(), it["count"].as_u64().unwrap()));
            }
            sums.sort_unstable();
            json!({"groups": sums, "totals": map["totals"], "today": map["today"], "startDate": map["startDate"]})
        }
        Value::Object(map) => {
            let kept = map.iter().filter(|(name, _)| !NAMES.contains(&name.as_str()));
            Value::Object(kept.map(|(name, it)| (name.clone(), without_names(it))).collect())
        }
        Value::Array(items) => items.iter().map(without_names).collect(),
        other => other.clone(),
    }
}

/// The worklog in a result is what is stored.
fn shown(row: &Value, run: &Run) -> Vec<String> {
    let stored = run.changes.added.iter().chain(run.changes.changed.iter().map(|(_, after)| after));
    let Some(stored) = stored.into_iter().find(|it| id(it) == row["worklogId"]) else {
        return vec![format!("it shows {row}, which is not what it stored")];
    };
    let start = |text: Option<&str>| text.map(|it| it.chars().take(5).collect::<String>());
    let pairs = [
        ("issue", &row["issueId"], &stored["issue"]["id"]),
        ("date", &row["date"], &stored["startDate"]),
        ("time", &row["timeSpentSeconds"], &stored["timeSpentSeconds"]),
        ("billable", &row["billableSeconds"], &stored["billableSeconds"]),
        ("description", &row["description"], &stored["description"]),
    ];
    let mut wrong: Vec<String> = pairs
        .iter()
        .filter(|(_, is, wanted)| is != wanted)
        .map(|(name, is, _)| format!("it shows {name} {is}"))
        .collect();
    if start(row["startTime"].as_str()) != start(stored["startTime"].as_str()) {
        wrong.push(format!("it shows start {}", row["startTime"]));
    }
    wrong
}

/// Every entry appears once and in order. Every reported id is stored, and everything stored is reported, except for
/// entries whose outcome is unknown.
fn bulk(entries: &[Value], good: &Run, run: &Run) -> Vec<String> {
    let mut wrong = Vec::new();
    let count = |status: &str| entries.iter().filter(|it| it["status"] == status).count();
    let added = &run.changes.added;
    let told: Vec<u64> = entries.iter().filter_map(|it| it["worklogId"].as_u64()).collect();
    if entries.len() != good.changes.added.len()
        || !entries.iter().enumerate().all(|(i, it)| it["index"] == i)
    {
        wrong.push("an entry is missing or out of place".into());
    }
    if told.len() != count("created") {
        wrong.push("a created entry without an id".into());
    }
    for entry in entries.iter().filter(|it| it["status"] == "created") {
        let Some(stored) = added.iter().find(|it| entry["worklogId"] == id(it)) else {
            wrong.push(format!("it tells {entry}, which is not stored"));
            continue;
        };
        if entry["date"] != stored["startDate"] || entry["issueId"] != stored["issue"]["id"] {
            wrong.push(format!("{entry} has the id of {stored}"));
        }
    }
    let untold = added.iter().filter(|it| !told.contains(&id(it))).count();
    if untold > count("unknown") {
        wrong.push(format!("{untold} stored and not told, {} unknown: {entries:?}", count("unknown")));
    }
    let known: Vec<Value> = good.changes.added.iter().map(essence).collect();
    if added.len() > known.len() || added.iter().any(|it| !known.contains(&essence(it))) {
        wrong.push("it stored something else".into());
    }
    if !run.changes.removed.is_empty() || !run.changes.changed.is_empty() {
        wrong.push("it changed something else".into());
    }
    wrong
}
