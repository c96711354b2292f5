//! The column *Jira down* of the fault matrix: the user is known, and from then on every request to Jira fails. What
//! Tempo says is shown, with ids instead of names; nothing is written that needs Jira first.

use serde_json::{Value, json};
use tempo_sandbox::{Effect, Fault};
use tokio::time::Instant;

use super::{
    AFTERWARDS, BULK, CREATE, DELETE, EDIT, MOVE, PATIENCE, READS, Start, Use, effects,
    invariants::{self, Run, without_names},
    is_write,
};
use tempo_test_support::{site::Site, wire::sandbox, worklog_snapshot::Changes};

/// Reads that need only names from Jira.
const OF_TEMPO: &[Use] = &[
    Use {
        tool: "retrieveWorklogs",
        arguments: |_| json!({"startDate": "2026-02-01", "endDate": "2026-03-18", "issueKey": 11012, "limit": 2}),
    },
    Use {
        tool: "getWorklogAnalytics",
        arguments: |_| json!({"startDate": "2026-03-01", "endDate": "2026-03-18", "groupBy": "day"}),
    },
    Use {
        tool: "getWorklogAnalytics",
        arguments: |_| json!({"startDate": "2026-03-01", "endDate": "2026-03-18", "groupBy": "attribute:Work Type"}),
    },
];

/// Reads whose sums depend on what Jira says.
const OF_JIRA: &[Use] = &[Use {
    tool: "getWorklogAnalytics",
    arguments: |_| json!({"startDate": "2026-03-01", "endDate": "2026-03-18", "groupBy": "project"}),
}];

/// All requests to Jira.
fn down(effect: &Effect) -> Vec<Fault> {
    let fault = |path: &str| Fault {
        method: None,
        path: Some(path.into()),
        skip: 0,
        times: None,
        effect: effect.clone(),
    };
    vec![fault("/rest/api/3/"), fault("/_edge/")]
}

/// Plays a use of a tool by a user who is known, but whose issues are not.
async fn played(start: &Start<'_>, faults: Vec<Fault>) -> Run {
    let sandbox = sandbox(|_| ());
    let site = Site::over(&sandbox, super::VARIABLES, tempo_test_support::site::ports(&sandbox));
    site.ok("retrieveWorklogs", json!({"startDate": "2026-03-21", "endDate": "2026-03-21"})).await;
    sandbox.clear_requests();
    sandbox.add_faults(faults);
    let call = site.call(start.of.tool, start.arguments.clone());
    let started = Instant::now();
    let [patience, _] = PATIENCE;
    let outcome = tokio::time::timeout(patience, call).await.ok();
    let took = started.elapsed();
    tokio::time::sleep(AFTERWARDS).await;
    let requests = site.requests();
    let wrote = requests.iter().any(|it| is_write(it));
    let changes = if wrote { start.snapshot.changes(&sandbox) } else { Changes::default() };
    Run { outcome, took, changes, requests }
}

/// What is wrong with `run`, which had `effect` on all of Jira.
type Judge = fn(good: &Run, run: &Run, effect: &Effect) -> Option<String>;

async fn every_effect(it: &Use, judge: Judge) {
    let start = Start::of(it);
    let good = played(&start, Vec::new()).await;
    let mut wrong = Vec::new();
    let is_search = it.tool == "searchIssues";
    let path = if is_search { "/rest/api/3/search/jql" } else { "/rest/api/3/issue/bulkfetch" };
    for effect in effects(path) {
        let run = played(&start, down(&effect)).await;
        let broken = invariants::violations(&good, &run, "/rest/api/3/");
        let named = |why: String| format!("{} {} with {effect:?}: {why}", it.tool, start.arguments);
        wrong.extend(broken.into_iter().chain(judge(&good, &run, &effect)).map(named));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Effects after which Jira still returns what was asked for.
fn is_harmless(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Latency { .. } | Effect::ForeignNext { .. } | Effect::EndlessPaging | Effect::WrongMediaType
    )
}

fn shows_tempo(good: &Run, run: &Run, effect: &Effect) -> Option<String> {
    let (good, outcome) = (good.outcome.as_ref()?, run.outcome.as_ref()?);
    if outcome.is_error {
        return Some(format!("an error: {}", outcome.text));
    }
    if without_names(&outcome.structured) != without_names(&good.structured) {
        return Some(format!("another result: {}", outcome.text));
    }
    let needs_names = good.structured != without_names(&good.structured);
    let has_note = outcome.text.contains("\nNote: ") && outcome.structured["notes"].is_array();
    let asked = run.requests.iter().any(|it| it.contains("/rest/api/3/"));
    (needs_names && asked && has_note == is_harmless(effect))
        .then(|| format!("note {has_note}: {}", outcome.text))
}

fn fails_unchanged(_: &Run, run: &Run, effect: &Effect) -> Option<String> {
    let outcome = run.outcome.as_ref()?;
    let is_right = is_harmless(effect) || (outcome.is_error && run.changes.is_nothing());
    (!is_right).then(|| format!("{:?}, {}", run.changes, outcome.text))
}

fn writes_all_the_same(good: &Run, run: &Run, _: &Effect) -> Option<String> {
    let outcome = run.outcome.as_ref()?;
    let is_right = !outcome.is_error && run.changes.essence() == good.changes.essence();
    (!is_right).then(|| format!("{:?}, {}", run.changes, outcome.text))
}

#[tokio::test(start_paused = true)]
async fn jira_down_does_not_hide_tempo() {
    for it in [&READS[0], &READS[2], &READS[3], &READS[4]].into_iter().chain(OF_TEMPO) {
        every_effect(it, shows_tempo).await;
    }
}

#[tokio::test(start_paused = true)]
async fn jira_down_fails_what_depends_on_jira() {
    for it in READS[5..].iter().chain(OF_JIRA).chain([&READS[1], &CREATE, &BULK, &MOVE]) {
        every_effect(it, fails_unchanged).await;
    }
}

#[tokio::test(start_paused = true)]
async fn jira_down_does_not_stop_an_edit_or_deletion() {
    for it in [&EDIT, &DELETE] {
        every_effect(it, writes_all_the_same).await;
    }
}

#[test]
fn results_without_names_keep_ids_and_numbers() {
    let row = json!({"issueId": 1, "issueKey": "A-1", "summary": "x", "timeSpentSeconds": 60,
        "attributes": [{"key": "k", "value": "v", "label": "l"}]});
    let ids: Value =
        json!({"issueId": 1, "timeSpentSeconds": 60, "attributes": [{"key": "k", "value": "v"}]});
    assert_eq!(without_names(&json!({"rows": [row], "notes": ["n"]})), json!({"rows": [ids]}));
}
