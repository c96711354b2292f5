//! `bulkCreateWorklogs`.

use std::collections::HashSet;

use expect_test::expect;
use serde_json::{Value, json};
use tempo_sandbox::{ACCOUNT_FIELD, Effect};

use super::{both, sent, stored};
use tempo_test_support::site::Site;

const ACCOUNT: (&str, &str) = ("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", ACCOUNT_FIELD);

fn entry(key: &str, date: &str) -> Value {
    json!({"issueKey": key, "date": date, "timeSpent": "15m"})
}

fn entries(result: &Value) -> &Vec<Value> {
    result["entries"].as_array().unwrap()
}

#[tokio::test(start_paused = true)]
async fn every_entry_is_reported_in_the_order_given() {
    let site = Site::with(&[ACCOUNT], |_| ());
    let call = json!({"worklogEntries": [
        {"issueKey": "web-12", "date": "2026-03-19", "timeSpent": "1h", "startTime": "9:00", "description": "One"},
        {"issueKey": "constructor", "date": "2026-03-19", "timeSpentHours": 1},
        {"issueKey": 12004, "date": "2026-03-19", "startTime": "23:00", "timeSpent": "2h",
            "attributes": [{"key": "_WorkType_", "value": "Meeting"}]},
        {"issueKey": "WEB-12", "date": "2026-03-20", "timeSpentHours": "0.5", "billableHours": 0},
        {"issueKey": "WEB-999", "date": "2026-03-20", "startTime": "10:00", "endTime": "10:30"},
    ]});
    expect![[r#"
        Created 3 of 5 entries (3h 30m). 2 failed, 0 unknown.
        [0] created | worklogId 7728 | 2026-03-19 09:00–10:00 | 1h | WEB-12 (issueId 11012) "Login bug: session is lost after a password reset" | _Account_="HARBOR-SUP" ("Harbor Books: Support")
        [1] failed | 2026-03-19 | 1h | CONSTRUCTOR | There is no issue CONSTRUCTOR, or it is not visible to you. Use searchIssues to find issues by words.
        [2] created | worklogId 7730 | 2026-03-19 23:00–01:00 (next day) | 2h | MOB-4 (issueId 12004) "Dark mode" | _WorkType_="1f0c6c52-0000-4000-8000-000000000003" ("Meeting") | _Account_="LANTERN-APP" ("Lantern Travel: App")
        [3] created | worklogId 7729 | 2026-03-20 08:00–08:30 | 30m | WEB-12 (issueId 11012) "Login bug: session is lost after a password reset" | _Account_="HARBOR-SUP" ("Harbor Books: Support")
        [4] failed | 2026-03-20 10:00–10:30 | 30m | WEB-999 | There is no issue WEB-999, or it is not visible to you. Use searchIssues to find issues by words.
        Repeat only failed entries. Check the days of unknown ones with retrieveWorklogs first.

        {
          "created": 3,
          "createdHours": 3.5,
          "createdSeconds": 12600,
          "entries": [
            {
              "attributes": [
                {
                  "key": "_Account_",
                  "label": "Harbor Books: Support",
                  "value": "HARBOR-SUP"
                }
              ],
              "date": "2026-03-19",
              "endTime": "10:00",
              "index": 0,
              "issueId": 11012,
              "issueKey": "WEB-12",
              "startTime": "09:00",
              "status": "created",
              "summary": "Login bug: session is lost after a password reset",
              "timeSpentSeconds": 3600,
              "worklogId": 7728
            },
            {
              "date": "2026-03-19",
              "index": 1,
              "issueKey": "CONSTRUCTOR",
              "reason": "There is no issue CONSTRUCTOR, or it is not visible to you. Use searchIssues to find issues by words.",
              "status": "failed",
              "timeSpentSeconds": 3600
            },
            {
              "attributes": [
                {
                  "key": "_WorkType_",
                  "label": "Meeting",
                  "value": "1f0c6c52-0000-4000-8000-000000000003"
                },
                {
                  "key": "_Account_",
                  "label": "Lantern Travel: App",
                  "value": "LANTERN-APP"
                }
              ],
              "date": "2026-03-19",
              "endTime": "01:00 (next day)",
              "index": 2,
              "issueId": 12004,
              "issueKey": "MOB-4",
              "startTime": "23:00",
              "status": "created",
              "summary": "Dark mode",
              "timeSpentSeconds": 7200,
              "worklogId": 7730
            },
            {
              "attributes": [
                {
                  "key": "_Account_",
                  "label": "Harbor Books: Support",
                  "value": "HARBOR-SUP"
                }
              ],
              "date": "2026-03-20",
              "endTime": "08:30",
              "index": 3,
              "issueId": 11012,
              "issueKey": "WEB-12",
              "startTime": "08:00",
              "status": "created",
              "summary": "Login bug: session is lost after a password reset",
              "timeSpentSeconds": 1800,
              "worklogId": 7729
            },
            {
              "date": "2026-03-20",
              "endTime": "10:30",
              "index": 4,
              "issueKey": "WEB-999",
              "reason": "There is no issue WEB-999, or it is not visible to you. Use searchIssues to find issues by words.",
              "startTime": "10:00",
              "status": "failed",
              "timeSpentSeconds": 1800
            }
          ],
          "failed": 2,
          "notSent": 0,
          "unknown": 0
        }"#]].assert_eq(&both(&site.ok("bulkCreateWorklogs", call).await));
}

#[tokio::test(start_paused = true)]
async fn fifty_one_entries_on_one_issue_are_stored_in_order() {
    let site = Site::with(&[], |it| it.bulk_reversed_order = true);
    let list: Vec<Value> = (0..51)
        .map(|it| {
            json!({"issueKey": if it % 2 == 0 { "WEB-1" } else { " web-1" }, "date": "2026-03-20",
            "timeSpent": format!("{}m", it + 1), "description": format!("Entry {it}")})
        })
        .collect();
    let result = site.ok("bulkCreateWorklogs", json!({"worklogEntries": list})).await.structured;
    assert_eq!(result["created"], 51);
    assert_eq!(result["createdSeconds"], 60 * 51 * 52 / 2);
    let mut ids = HashSet::new();
    for (i, row) in entries(&result).iter().enumerate() {
        assert_eq!(row["index"], i);
        let id = row["worklogId"].as_u64().unwrap();
        ids.insert(id);
        assert_eq!(stored(&site, id)["description"], format!("Entry {i}"), "each id is its own entry's");
    }
    assert_eq!(ids.len(), 51);
    let writes: Vec<String> = site.requests().into_iter().filter(|it| it.starts_with("POST /4/")).collect();
    assert_eq!(writes, ["POST /4/worklogs/issue/11001/bulk", "POST /4/worklogs"]);
}

#[tokio::test(start_paused = true)]
async fn one_invalid_entry_does_not_fail_the_others() {
    for atomic in [true, false] {
        let site = Site::with(&[], |it| {
            it.bulk_atomic = atomic;
            it.closed_until = Some("2026-03-01".parse().unwrap());
        });
        let before = site.sandbox.worklogs().len();
        let mut list: Vec<Value> = (0..9).map(|_| entry("WEB-1", "2026-03-20")).collect();
        list.insert(4, entry("WEB-1", "2026-02-27"));
        list.insert(7, json!({"issueKey": "WEB-1", "date": "2029-03-20", "timeSpent": "1h"}));
        let result = site.ok("bulkCreateWorklogs", json!({"worklogEntries": list})).await;
        let found = &result.structured;
        assert_eq!(
            (&found["created"], &found["failed"], &found["unknown"]),
            (&json!(9), &json!(2), &json!(0))
        );
        assert_eq!(site.sandbox.worklogs().len(), before + 9, "atomic {atomic}");
        for (i, words) in [(4, "Period is closed"), (7, "at most 365 days into the future")] {
            assert_eq!(found["entries"][i]["status"], "failed");
            assert!(found["entries"][i]["reason"].as_str().unwrap().contains(words), "{found}");
            assert!(result.text.contains(words));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn failed_entry_does_not_claim_that_nothing_was_changed() {
    let site = Site::new();
    let list = json!([entry("WEB-1", "2026-03-20"), entry("WEB-999", "2026-03-20")]);
    let result = site.ok("bulkCreateWorklogs", json!({"worklogEntries": list})).await;
    assert_eq!(result.structured["created"], 1);
    assert!(!result.text.contains("Nothing was changed"), "{}", result.text);
}

#[tokio::test(start_paused = true)]
async fn entries_with_a_remaining_estimate_are_sent_singly() {
    let site = Site::with(&[], |it| it.remaining_estimate_required = true);
    let mut list = vec![entry("WEB-1", "2026-03-20"), entry("WEB-1", "2026-03-21")];
    for (it, hours) in [(json!(3), "a"), (json!("2"), "b")] {
        let mut one = entry("WEB-1", "2026-03-22");
        one["remainingEstimateHours"] = it;
        one["description"] = json!(hours);
        list.push(one);
    }
    let result = site.ok("bulkCreateWorklogs", json!({"worklogEntries": list})).await.structured;
    assert_eq!(result["created"], 4);
    let writes: Vec<String> = site.requests().into_iter().filter(|it| it.starts_with("POST /4/")).collect();
    assert_eq!(writes, ["POST /4/worklogs/issue/11001/bulk", "POST /4/worklogs", "POST /4/worklogs"]);
    assert_eq!(sent(&site, "POST", "/4/worklogs")["remainingEstimateSeconds"], 7200);
}

#[tokio::test(start_paused = true)]
async fn result_is_an_error_only_if_nothing_was_created() {
    let site = Site::new();
    let bad = json!([entry("WEB-999", "2026-03-20"), entry("constructor", "2026-03-20")]);
    let outcome = site.call("bulkCreateWorklogs", json!({"worklogEntries": bad})).await;
    assert!(outcome.is_error);
    assert_eq!(outcome.structured["failed"], 2, "the entries are reported nevertheless");
    let mixed = json!([entry("WEB-999", "2026-03-20"), entry("WEB-1", "2026-03-20")]);
    assert!(!site.call("bulkCreateWorklogs", json!({"worklogEntries": mixed})).await.is_error);
}

#[tokio::test(start_paused = true)]
async fn invalid_argument_refuses_the_whole_call_before_writing() {
    let site = Site::new();
    let call = json!({"worklogEntries": [
        entry("WEB-1", "2026-03-20"),
        {"issueKey": "WEB-1/../../myself", "date": "2025-02-30", "timeSpent": "1d"},
        {"issueKey": "WEB-1", "date": "2026-03-20"},
        {"issueKey": "WEB-1", "date": "2026/03/20", "timeSpentHours": 0, "start": "9:00"},
        "not an entry",
        {"issueKey": "WEB-1", "date": "2026-03-20", "startTime": "09:00", "endTime": "08:00"},
        {"issueKey": "WEB-1", "date": "2026-03-20", "timeSpent": "1h", "attributes": [{"key": "_WorkType_"}, 5]},
    ]});
    expect![[r#"
        Invalid arguments:
        - worklogEntries[1].issueKey: "WEB-1/../../myself" must be an issue key like PROJ-12 or a numeric issue id like 10042
        - worklogEntries[1].date: "2025-02-30" is not a day in the calendar
        - worklogEntries[1].timeSpent: "1d" has a unit of days or weeks, which are not a fixed number of hours: give hours and minutes, like 7h30m
        - worklogEntries[2].timeSpentHours: is required; or give timeSpent, or startTime and endTime
        - worklogEntries[3].start: unknown argument; did you mean startTime?
        - worklogEntries[3].date: "2026/03/20" must be a date like 2026-03-15
        - worklogEntries[3].timeSpentHours: 0 must be more than 0
        - worklogEntries[4]: must be an object
        - worklogEntries[5].endTime: 08:00 is not after startTime 09:00; for a worklog past midnight give startTime and timeSpent instead
        - worklogEntries[6].attributes[0]: must have exactly a key and a value
        - worklogEntries[6].attributes[1]: must be an object
        Nothing was changed."#]].assert_eq(&site.err("bulkCreateWorklogs", call).await);
    assert_eq!(site.requests(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn unknown_attribute_refuses_the_whole_call_before_writing() {
    let site = Site::new();
    let mut second = entry("WEB-1", "2026-03-20");
    second["attributes"] = json!({"_WorkType_": "Gardening", "_Colour_": "red"});
    let call = json!({"worklogEntries": [entry("WEB-1", "2026-03-20"), second]});
    expect![[r#"
        Invalid arguments:
        - worklogEntries[1].attributes._Colour_: unknown work attribute; this site has _Account_, _WorkType_, _Overtime_, _Ticket_, _Kilometers_
        - worklogEntries[1].attributes._WorkType_: unknown value; this attribute takes "Development", "Code Review", "Meeting", "Support"
        Nothing was changed."#]].assert_eq(&site.err("bulkCreateWorklogs", call).await);
    assert!(!site.requests().iter().any(|it| it.starts_with("POST /4/worklogs")));
}

#[tokio::test(start_paused = true)]
async fn the_list_and_its_entries_may_be_json_in_a_string() {
    let site = Site::new();
    let whole = json!([entry("WEB-1", "2026-03-20")]).to_string();
    assert_eq!(
        site.ok("bulkCreateWorklogs", json!({"worklogEntries": whole})).await.structured["created"],
        1
    );
    let one = json!([entry("WEB-1", "2026-03-20").to_string()]);
    assert_eq!(site.ok("bulkCreateWorklogs", json!({"worklogEntries": one})).await.structured["created"], 1);
}

#[tokio::test(start_paused = true)]
async fn more_than_five_hundred_entries_are_refused() {
    let site = Site::with(&[], |it| it.max_seconds_per_day = None);
    let list = |count: usize| -> Vec<Value> {
        (0..count).map(|it| entry(&format!("WEB-{}", it % 8 + 1), "2026-03-20")).collect()
    };
    let result = site.ok("bulkCreateWorklogs", json!({"worklogEntries": list(500)})).await.structured;
    assert_eq!(result["created"], 500);
    let ids: HashSet<u64> = entries(&result).iter().map(|it| it["worklogId"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), 500);
    site.sandbox.clear_requests();
    let refusal = site.err("bulkCreateWorklogs", json!({"worklogEntries": list(501)})).await;
    assert!(refusal.contains("worklogEntries: has 501 entries; give 1 to 500 in one call"), "{refusal}");
    assert_eq!(site.requests(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn each_entry_gets_the_account_of_its_issue() {
    let site = Site::with(&[ACCOUNT], |_| ());
    let list =
        json!([entry("WEB-12", "2026-03-20"), entry("MOB-4", "2026-03-20"), entry("INT-1", "2026-03-20")]);
    let result = site.ok("bulkCreateWorklogs", json!({"worklogEntries": list})).await.structured;
    let accounts: Vec<Value> =
        entries(&result).iter().map(|it| it["attributes"][0]["label"].clone()).collect();
    assert_eq!(accounts, [json!("Harbor Books: Support"), json!("Lantern Travel: App"), Value::Null]);
}

#[tokio::test(start_paused = true)]
async fn another_bulk_action_on_the_issue_is_waited_for() {
    let site = Site::new();
    site.fault("POST", "*/bulk", Some(2), Effect::status(409));
    let list = json!([entry("WEB-1", "2026-03-20"), entry("WEB-1", "2026-03-21")]);
    let result = site.ok("bulkCreateWorklogs", json!({"worklogEntries": list})).await.structured;
    assert_eq!(result["created"], 2);
}

#[tokio::test(start_paused = true)]
async fn issues_are_written_in_parallel_but_one_issue_in_sequence() {
    let site = Site::with(&[], |it| {
        it.latency_ms = 50;
        it.max_seconds_per_day = None;
    });
    let list: Vec<Value> =
        (0..120).map(|it| entry(if it % 2 == 0 { "WEB-1" } else { "MOB-1" }, "2026-03-20")).collect();
    let started = tokio::time::Instant::now();
    let result = site.ok("bulkCreateWorklogs", json!({"worklogEntries": list})).await.structured;
    // Two requests on one issue at once would have been refused (409) and repeated a second later.
    assert_eq!((&result["created"], started.elapsed().as_millis()), (&json!(120), 150));
}

#[tokio::test(start_paused = true)]
async fn former_and_current_key_name_the_same_issue() {
    let site = Site::new();
    let entry = |key: &str| json!({"issueKey": key, "date": "2026-03-18", "timeSpent": "15m"});
    let entries = ["MOB-7", "web-9", "12007", "WEB-999"].map(entry);
    let result = site.ok("bulkCreateWorklogs", json!({ "worklogEntries": entries })).await;
    let rows = result.structured["entries"].as_array().unwrap();
    let shown: Vec<(&str, &str)> =
        rows.iter().map(|it| (it["status"].as_str().unwrap(), it["issueKey"].as_str().unwrap())).collect();
    assert_eq!(
        shown,
        [("created", "MOB-7"), ("created", "MOB-7"), ("created", "MOB-7"), ("failed", "WEB-999")]
    );
}
