//! Writes change what was asked for and nothing else, and report what became of each entry.

use serde_json::{Value, json};
use tempo_sandbox::{Effect, Sandbox};

use tempo_test_support::{
    site::Site,
    wire::{rewritten, wired},
    worklog_snapshot::{Changes, WorklogSnapshot, essence, id, own},
};

fn victim(sandbox: &Sandbox) -> Value {
    own(sandbox, "2026-03-13")
}

fn entry(key: &str, date: &str, minutes: u64) -> Value {
    json!({"issueKey": key, "date": date, "timeSpent": format!("{minutes}m"), "description": format!("{minutes} on {key}")})
}

fn statuses(structured: &Value) -> Vec<String> {
    structured["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["status"].as_str().unwrap().to_owned())
        .collect()
}

/// What is reported as created is exactly what was added, each with its own id.
fn assert_told(structured: &Value, changes: &Changes) {
    let mut told: Vec<(u64, String, u64)> = Vec::new();
    for it in structured["entries"].as_array().unwrap().iter().filter(|it| it["status"] == "created") {
        told.push((
            it["worklogId"].as_u64().unwrap(),
            it["date"].as_str().unwrap().into(),
            it["timeSpentSeconds"].as_u64().unwrap(),
        ));
    }
    told.sort();
    let stored = |it: &Value| {
        (id(it), it["startDate"].as_str().unwrap().to_owned(), it["timeSpentSeconds"].as_u64().unwrap())
    };
    assert_eq!(told, changes.added.iter().map(stored).collect::<Vec<_>>());
    assert!(changes.removed.is_empty() && changes.changed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn edit_keeps_every_field_that_it_does_not_name() {
    for (arguments, changed) in [
        (json!({"description": "New"}), json!({"description": "New"})),
        (json!({"date": "2026-03-12"}), json!({"startDate": "2026-03-12"})),
        (json!({"startTime": "7:05"}), json!({"startTime": "07:05:00"})),
        (json!({"timeSpent": "20m"}), json!({"timeSpentSeconds": 1200, "billableSeconds": 1200})),
        (json!({"billableHours": 0}), json!({"billableSeconds": 0})),
        (json!({"remainingEstimateHours": 1}), json!({})),
    ] {
        let site = Site::new();
        let before = victim(&site.sandbox);
        let snapshot = WorklogSnapshot::of(&site.sandbox);
        let mut call = arguments.clone();
        call["worklogId"] = id(&before).into();
        site.ok("editWorklog", call).await;
        let mut expected = essence(&before);
        expected.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        expected.as_object_mut().unwrap().remove("startDateTimeUtc");
        let changes = snapshot.changes(&site.sandbox);
        let mut after = essence(&changes.changed[0].1);
        after.as_object_mut().unwrap().remove("startDateTimeUtc");
        assert_eq!((after, changes.changed.len()), (expected, 1), "{arguments}");
        assert!(before["attributes"]["values"].as_array().is_some_and(|it| it.len() > 1));
    }
}

#[tokio::test(start_paused = true)]
async fn billable_time_follows_the_time_spent_unless_it_differed() {
    let site = Site::new();
    let worklog = id(&victim(&site.sandbox));
    let billable = |site: &Site| victim(&site.sandbox)["billableSeconds"].clone();
    site.ok("editWorklog", json!({"worklogId": worklog, "timeSpent": "2h"})).await;
    assert_eq!(billable(&site), 7200);
    site.ok("editWorklog", json!({"worklogId": worklog, "billableHours": 0.5})).await;
    site.ok("editWorklog", json!({"worklogId": worklog, "timeSpent": "3h"})).await;
    assert_eq!(billable(&site), 1800);
}

#[tokio::test(start_paused = true)]
async fn move_whose_deletion_is_refused_is_undone() {
    let site = Site::new();
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    let old = id(&victim(&site.sandbox));
    site.fault("DELETE", &format!("/4/worklogs/{old}"), None, Effect::status(403));
    let text = site.err("editWorklog", json!({"worklogId": old, "issueKey": "MOB-4"})).await;
    assert!(text.contains("Nothing was changed"), "{text}");
    assert!(snapshot.changes(&site.sandbox).is_nothing());
}

#[tokio::test(start_paused = true)]
async fn move_that_cannot_be_undone_names_both_worklogs() {
    let site = Site::new();
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    let old = id(&victim(&site.sandbox));
    site.fault("DELETE", "/4/worklogs/", None, Effect::status(403));
    let text = site.err("editWorklog", json!({"worklogId": old, "issueKey": "MOB-4"})).await;
    let copy = id(&snapshot.changes(&site.sandbox).added[0]);
    assert!(text.contains(&old.to_string()) && text.contains(&copy.to_string()), "{text}");
    assert!(text.contains("both exist now"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn move_whose_old_worklog_may_be_gone_keeps_the_copy() {
    let site = Site::new();
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    let old = id(&victim(&site.sandbox));
    site.fault("DELETE", "/4/worklogs/", None, Effect::ResetAfter);
    let before = tempo_test_support::wire::sandbox(|_| ()).worklogs().len();
    site.sandbox
        .add_faults(vec![tempo_sandbox::Fault::on("GET", "/4/worklogs/", Effect::status(500)).skip(1)]);
    let text = site.err("editWorklog", json!({"worklogId": old, "issueKey": "MOB-4"})).await;
    let copy = id(&snapshot.changes(&site.sandbox).added[0]);
    assert!(text.contains(&copy.to_string()) && text.contains("not known"), "{text}");
    assert_eq!(site.sandbox.worklogs().len(), before, "the time is there once");
}

#[tokio::test(start_paused = true)]
async fn refusal_is_explained_with_what_the_site_requires() {
    let site = Site::with(&[], |it| {
        it.required_attributes = vec!["_WorkType_".into()];
        it.remaining_estimate_required = true;
        it.description_required = true;
    });
    let call = json!({"issueKey": "WEB-12", "date": "2026-03-16", "timeSpent": "1h"});
    let text = site.err("createWorklog", call.clone()).await;
    for said in [
        "_WorkType_",
        "\"Development\"",
        "remainingEstimateHours",
        "requires a description",
        "Nothing was changed",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let known = site.requests().len();
    site.err("createWorklog", call.clone()).await;
    assert_eq!(site.requests().len(), known + 1, "the site's rules are cached");
    site.sandbox.settings(|it| it.global_configuration_refused = true);
    let text = site.restarted().err("createWorklog", call).await;
    assert!(text.contains("_WorkType_") && !text.contains("requires a description"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn bulk_action_in_progress_is_waited_for() {
    let site = Site::new();
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    site.fault("POST", "*/bulk", Some(2), Effect::status(409));
    let entries =
        json!({"worklogEntries": [entry("WEB-12", "2026-03-16", 5), entry("WEB-12", "2026-03-16", 6)]});
    let answer = site.ok("bulkCreateWorklogs", entries.clone()).await;
    assert_eq!(statuses(&answer.structured), ["created", "created"]);
    assert_told(&answer.structured, &snapshot.changes(&site.sandbox));
    site.fault("POST", "*/bulk", None, Effect::status(409));
    let answer = site.call("bulkCreateWorklogs", entries).await;
    assert_eq!(statuses(&answer.structured), ["failed", "failed"]);
    assert!(answer.is_error && answer.text.contains("busy"), "{}", answer.text);
}

#[tokio::test(start_paused = true)]
async fn one_refused_entry_does_not_fail_the_others() {
    for (atomic, reversed) in [(true, false), (true, true), (false, false), (false, true)] {
        let site = Site::with(&[], |it| {
            it.bulk_atomic = atomic;
            it.bulk_reversed_order = reversed;
        });
        let snapshot = WorklogSnapshot::of(&site.sandbox);
        let entries = [
            entry("WEB-12", "2026-03-16", 5),
            entry("WEB-12", "2026-03-16", 5),
            entry("WEB-12", "2029-01-01", 7),
            entry("WEB-12", "2026-03-16", 8),
        ];
        let answer = site.ok("bulkCreateWorklogs", json!({"worklogEntries": entries})).await;
        assert_eq!(
            statuses(&answer.structured),
            ["created", "created", "failed", "created"],
            "{}",
            answer.text
        );
        assert_told(&answer.structured, &snapshot.changes(&site.sandbox));
    }
}

#[tokio::test(start_paused = true)]
async fn bulk_response_is_put_into_the_order_of_the_call() {
    let site = Site::with(&[], |it| it.bulk_reversed_order = true);
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    let entries: Vec<Value> = (1..=5).map(|minutes| entry("WEB-12", "2026-03-16", minutes)).collect();
    let answer = site.ok("bulkCreateWorklogs", json!({"worklogEntries": entries})).await;
    assert_told(&answer.structured, &snapshot.changes(&site.sandbox));
}

#[tokio::test(start_paused = true)]
async fn bulk_response_with_too_few_worklogs_is_reconciled() {
    let (site, _) = rewritten(
        &[],
        |_| (),
        |path, body| {
            if let (true, Some(rows)) = (path.ends_with("/bulk"), body.as_array_mut()) {
                rows.pop();
            }
        },
    );
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    let entries: Vec<Value> = (1..=3).map(|minutes| entry("WEB-12", "2026-03-16", minutes)).collect();
    let answer = site.ok("bulkCreateWorklogs", json!({"worklogEntries": entries})).await;
    assert_eq!(statuses(&answer.structured), ["created"; 3]);
    assert_told(&answer.structured, &snapshot.changes(&site.sandbox));
}

#[tokio::test(start_paused = true)]
async fn entries_on_one_issue_are_sent_fifty_at_a_time_in_turn() {
    let (site, wire) = wired(&[], |it| it.latency_ms = 100);
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    // The same issue by its key in both cases, and by its id.
    let names = ["MOB-7", "mob-7", "12007"];
    let entries: Vec<Value> = (0..120)
        .map(|i| entry(names[i % 3], "2026-03-16", 1))
        .chain([entry("WEB-12", "2026-03-16", 1), entry("WEB-12", "2026-03-16", 1)])
        .collect();
    let answer = site.ok("bulkCreateWorklogs", json!({"worklogEntries": entries})).await;
    assert_eq!(answer.structured["created"], 122, "{}", answer.text);
    assert_told(&answer.structured, &snapshot.changes(&site.sandbox));
    let calls: Vec<usize> = site
        .sandbox
        .requests()
        .iter()
        .filter(|it| it.path.ends_with("/bulk"))
        .map(|it| it.body.as_array().unwrap().len())
        .collect();
    assert_eq!(calls.iter().filter(|it| **it == 50).count(), 2, "{calls:?}");
    assert_eq!((calls.len(), calls.iter().sum::<usize>()), (4, 122));
    for sent in wire.sent().iter().filter(|it| it.path.ends_with("/bulk")) {
        assert_eq!(wire.most_in_flight(&sent.path), 1, "{} at once", sent.path);
    }
    assert!(site.sandbox.requests().iter().all(|it| it.status != Some(409)));
}

#[tokio::test(start_paused = true)]
async fn entry_with_a_remaining_estimate_is_sent_singly() {
    let site = Site::with(&[], |it| {
        it.remaining_estimate_required = true;
        it.bulk_needs_remaining_estimate = true;
    });
    let snapshot = WorklogSnapshot::of(&site.sandbox);
    let with = |hours: u64| {
        let mut it = entry("WEB-12", "2026-03-16", hours);
        it["remainingEstimateHours"] = hours.into();
        it
    };
    let answer = site
        .ok(
            "bulkCreateWorklogs",
            json!({"worklogEntries": [with(1), entry("WEB-12", "2026-03-16", 9), with(2)]}),
        )
        .await;
    assert_eq!(statuses(&answer.structured), ["created", "failed", "created"]);
    assert!(answer.text.contains("remainingEstimateHours"), "{}", answer.text);
    assert_told(&answer.structured, &snapshot.changes(&site.sandbox));
    let sent: Vec<Value> = site
        .sandbox
        .requests()
        .iter()
        .filter(|it| it.path == "/4/worklogs")
        .map(|it| it.body["remainingEstimateSeconds"].clone())
        .collect();
    assert!(sent.contains(&3600.into()) && sent.contains(&7200.into()), "{sent:?}");
}
