//! Every fault of the sandbox on every request of every tool. None of them may cause a wrong total, a duplicate, a lost
//! field, a leaked secret, a hang, or an unreported failure.

mod hang;
mod invariants;
mod jira_down;

use std::time::Duration;

use serde_json::{Value, json};
use tempo_mcp_core::tools::find;
use tempo_sandbox::{Effect, Fault, JIRA_TOKEN, MAIN_EMAIL, Sandbox, TEMPO_TOKEN};

use invariants::{PRIVATE, Run};
use tempo_test_support::{
    site::{Outcome, Site},
    wire::sandbox,
    worklog_snapshot::{Changes, WorklogSnapshot, id, own},
};
use tokio::time::Instant;

/// How long a read and a write may take, in simulated time.
const PATIENCE: [Duration; 2] = [Duration::from_secs(45), Duration::from_secs(55)];
/// Long enough for all background work to end.
const AFTERWARDS: Duration = Duration::from_secs(3 * 3600);

const VARIABLES: &[(&str, &str)] = &[("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", "10039")];

/// One way of using a tool.
struct Use {
    tool: &'static str,
    arguments: fn(&Sandbox) -> Value,
}

const READS: &[Use] = &[
    Use {
        tool: "retrieveWorklogs",
        arguments: |_| json!({"startDate": "2026-03-09", "endDate": "2026-03-18"}),
    },
    Use {
        tool: "retrieveWorklogs",
        arguments: |_| json!({"startDate": "2026-02-01", "endDate": "2026-03-18", "issueKey": "WEB-9", "limit": 2}),
    },
    Use {
        tool: "getWorklogAnalytics",
        arguments: |_| json!({"startDate": "2026-03-01", "endDate": "2026-03-18"}),
    },
    Use {
        tool: "getWorklogAnalytics",
        arguments: |_| json!({"startDate": "2026-03-01", "endDate": "2026-03-18", "groupBy": "account"}),
    },
    Use {
        tool: "getMissingWorklogDays",
        arguments: |_| json!({"startDate": "2026-03-02", "endDate": "2026-03-20"}),
    },
    Use { tool: "searchIssues", arguments: |_| json!({"text": "login bug"}) },
    Use { tool: "searchIssues", arguments: |_| json!({"recent": true, "text": "login"}) },
];

const CREATE: Use = Use {
    tool: "createWorklog",
    arguments: |_| {
        json!({"issueKey": "web-12", "date": "2026-03-16", "timeSpent": "1h30m", "startTime": "18:00",
            "description": format!("Call {PRIVATE}\nand more"), "attributes": {"_WorkType_": "Development"}})
    },
};
const BULK: Use = Use {
    tool: "bulkCreateWorklogs",
    arguments: |_| {
        let entry = |key: &str, date: &str| json!({"issueKey": key, "date": date, "timeSpentHours": 0.5, "description": format!("{key} {PRIVATE}")});
        let mut single = entry("WEB-2", "2026-03-13");
        single["remainingEstimateHours"] = json!(4);
        json!({"worklogEntries": [
            entry("WEB-12", "2026-03-16"), entry("MOB-4", "2026-03-16"), entry("WEB-12", "2026-03-16"),
            entry("WEB-12", "2026-03-17"), single, entry("MOB-4", "2026-03-12"),
        ]})
    },
};
const EDIT: Use = Use {
    tool: "editWorklog",
    arguments: |sandbox| json!({"worklogId": victim(sandbox), "date": "2026-03-12", "timeSpent": "20m", "billableHours": 0.25}),
};
const MOVE: Use = Use {
    tool: "editWorklog",
    arguments: |sandbox| json!({"worklogId": victim(sandbox), "issueKey": "MOB-4"}),
};
const DELETE: Use = Use { tool: "deleteWorklog", arguments: |sandbox| json!({"worklogId": victim(sandbox)}) };

const A_WORKLOG: &str = "/4/worklogs/*";

fn victim(sandbox: &Sandbox) -> u64 {
    id(&own(sandbox, "2026-03-13"))
}

/// A refusal that repeats what the vendor was sent, long enough to be cut within a secret.
fn echo(status: u16, path: &str) -> Effect {
    let token = if path.starts_with("/4/") { TEMPO_TOKEN } else { JIRA_TOKEN };
    let filling = "x".repeat(181);
    let said = format!(
        "{MAIN_EMAIL}, <{MAIN_EMAIL}>; token={token} user={MAIN_EMAIL} {filling} {token} {token} {MAIN_EMAIL}"
    );
    let body = json!({"errors": [{"message": said}]}).to_string();
    Effect::Status { status, retry_after: None, body: Some(body), media_type: None }
}

/// What cannot be recognized as a fault: that Jira found more issues, and that a worklog is gone.
fn is_believed(path: &str, effect: &Effect) -> bool {
    match effect {
        Effect::EndlessPaging => path.ends_with("/search/jql"),
        Effect::Status { status, .. } => path == A_WORKLOG && matches!(status, 404 | 410),
        _ => false,
    }
}

fn limited(retry_after: Option<u64>) -> Effect {
    Effect::Status { status: 429, retry_after, body: None, media_type: None }
}

fn effects(path: &str) -> Vec<Effect> {
    let mut res: Vec<Effect> = [400, 401, 403, 404, 409, 410, 500, 503].map(Effect::status).into();
    res.extend([limited(None), limited(Some(3)), limited(Some(3600)), echo(400, path), echo(403, path)]);
    res.extend([
        Effect::Latency { ms: 2500 },
        Effect::ResetBefore,
        Effect::ResetAfter,
        Effect::StatusAfter { status: 502 },
        Effect::Refuse,
        Effect::CutJson,
        Effect::Html200,
        Effect::EmptyBody,
        Effect::WrongMediaType,
        Effect::WrongShape,
        Effect::Redirect { to: "https://elsewhere.example.com/".into() },
        Effect::ForeignNext { host: "elsewhere.example.com".into() },
        Effect::EndlessPaging,
        Effect::Hang,
        Effect::HangAfter,
    ]);
    res.retain(|it| !is_believed(path, it));
    res
}

/// A use of a tool, and the contents of the sandbox before it, which are the same each time.
struct Start<'a> {
    of: &'a Use,
    arguments: Value,
    snapshot: WorklogSnapshot,
}

impl<'a> Start<'a> {
    fn of(of: &'a Use) -> Self {
        let sandbox = sandbox(|_| ());
        Self { of, arguments: (of.arguments)(&sandbox), snapshot: WorklogSnapshot::of(&sandbox) }
    }

    async fn play(&self, faults: Vec<Fault>) -> Run {
        let sandbox = sandbox(|_| ());
        let site = Site::over(&sandbox, VARIABLES, tempo_test_support::site::ports(&sandbox));
        sandbox.add_faults(faults);
        let patience = PATIENCE[usize::from(!find(self.of.tool).unwrap().kind.reads())];
        let started = Instant::now();
        let call = site.call(self.of.tool, self.arguments.clone());
        let outcome: Option<Outcome> = tokio::time::timeout(patience, call).await.ok();
        let took = started.elapsed();
        tokio::time::sleep(AFTERWARDS).await;
        let requests = site.requests();
        // Comparing all worklogs takes longer than the call, so it is done only after writes.
        let wrote = requests.iter().any(|it| is_write(it));
        let changes = if wrote { self.snapshot.changes(&sandbox) } else { Changes::default() };
        Run { outcome, took, changes, requests }
    }
}

fn is_write(request: &str) -> bool {
    let (method, path) = request.split_once(' ').unwrap_or_default();
    matches!(method, "PUT" | "DELETE")
        || method == "POST" && (path == "/4/worklogs" || path.ends_with("/bulk"))
}

/// Method and path of each request that the tool sends without a fault, each once.
fn steps(run: &Run) -> Vec<(String, String)> {
    let mut res: Vec<(String, String)> = Vec::new();
    for (method, path) in run.requests.iter().filter_map(|it| it.split_once(' ')) {
        let step = (method.to_owned(), path.to_owned());
        if !res.contains(&step) {
            res.push(step);
        }
    }
    res
}

/// `*` in front of the path matches the whole path instead of a part of it.
fn fault((method, path): &(String, String), times: Option<u32>, skip: u32, effect: &Effect) -> Fault {
    Fault {
        method: Some(method.clone()),
        path: Some(format!("*{path}")),
        skip,
        times,
        effect: effect.clone(),
    }
}

/// Every effect, once and on all repetitions, on every request of this use of a tool.
async fn every_fault(it: &Use) {
    let start = Start::of(it);
    let good = start.play(Vec::new()).await;
    assert!(good.outcome.as_ref().is_some_and(|it| !it.is_error), "{}: {:?}", it.tool, good.outcome);
    let mut wrong = Vec::new();
    for step in steps(&good) {
        for effect in effects(&step.1) {
            for times in [Some(1), None] {
                let run = start.play(vec![fault(&step, times, 0, &effect)]).await;
                let often = if times.is_some() { "once" } else { "always" };
                let named = format!("{} with {effect:?} {often} on {} {}", it.tool, step.0, step.1);
                wrong.extend(
                    invariants::violations(&good, &run, &step.1)
                        .into_iter()
                        .map(|why| format!("{named}: {why}")),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A write whose response is lost, and every effect on the reading that follows.
async fn every_faulty_reading(it: &Use, write: (&str, &str), reading: (&str, &str), skip: u32) {
    let start = Start::of(it);
    let good = start.play(Vec::new()).await;
    let whole = |(method, path): (&str, &str)| (method.to_owned(), path.to_owned());
    let mut wrong = Vec::new();
    for lost in [Effect::ResetBefore, Effect::ResetAfter, Effect::Html200] {
        for effect in effects(reading.1) {
            for times in [Some(1), None] {
                let reading = fault(&whole(reading), times, skip, &effect);
                let run = start.play(vec![fault(&whole(write), Some(1), 0, &lost), reading]).await;
                let named =
                    format!("{} with {lost:?} on {write:?} and {effect:?} {times:?} on the reading", it.tool);
                wrong.extend(
                    invariants::violations(&good, &run, write.1)
                        .into_iter()
                        .map(|why| format!("{named}: {why}")),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn fault_never_makes_a_list_wrong() {
    for it in &READS[..2] {
        every_fault(it).await;
    }
}

#[tokio::test(start_paused = true)]
async fn fault_never_makes_a_total_wrong() {
    for it in &READS[2..4] {
        every_fault(it).await;
    }
}

#[tokio::test(start_paused = true)]
async fn fault_never_hides_or_invents_a_missing_day() {
    every_fault(&READS[4]).await;
}

#[tokio::test(start_paused = true)]
async fn fault_never_hides_an_issue() {
    for it in &READS[5..] {
        every_fault(it).await;
    }
}

#[tokio::test(start_paused = true)]
async fn fault_never_duplicates_or_hides_a_new_worklog() {
    every_fault(&CREATE).await;
}

#[tokio::test(start_paused = true)]
async fn fault_never_duplicates_or_hides_a_bulk_entry() {
    every_fault(&BULK).await;
}

#[tokio::test(start_paused = true)]
async fn fault_never_loses_a_field_of_an_edited_worklog() {
    every_fault(&EDIT).await;
}

#[tokio::test(start_paused = true)]
async fn fault_never_loses_or_duplicates_a_moved_worklog() {
    every_fault(&MOVE).await;
}

#[tokio::test(start_paused = true)]
async fn fault_never_misreports_a_deletion() {
    every_fault(&DELETE).await;
}

#[tokio::test(start_paused = true)]
async fn faulty_reading_never_misjudges_a_lost_create() {
    every_faulty_reading(&CREATE, ("POST", "/4/worklogs"), ("POST", "/4/worklogs/search"), 0).await;
}

#[tokio::test(start_paused = true)]
async fn faulty_reading_never_misjudges_a_lost_bulk_call() {
    every_faulty_reading(&BULK, ("POST", "/bulk"), ("POST", "/4/worklogs/search"), 0).await;
}

#[tokio::test(start_paused = true)]
async fn faulty_reading_never_misjudges_a_lost_edit() {
    every_faulty_reading(&EDIT, ("PUT", ""), ("GET", A_WORKLOG), 1).await;
}

#[tokio::test(start_paused = true)]
async fn faulty_reading_never_misjudges_a_lost_step_of_a_move() {
    every_faulty_reading(&MOVE, ("POST", "/4/worklogs"), ("POST", "/4/worklogs/search"), 0).await;
    every_faulty_reading(&MOVE, ("DELETE", ""), ("GET", A_WORKLOG), 1).await;
}

#[tokio::test(start_paused = true)]
async fn faulty_reading_never_misjudges_a_lost_deletion() {
    every_faulty_reading(&DELETE, ("DELETE", ""), ("GET", A_WORKLOG), 1).await;
}
