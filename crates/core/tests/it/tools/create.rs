//! `createWorklog`.

use expect_test::expect;
use serde_json::{Value, json};
use tempo_sandbox::{ACCOUNT_FIELD, WORK_TYPES};

use super::{both, sent, stored};
use tempo_test_support::site::Site;

const ACCOUNT: (&str, &str) = ("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", ACCOUNT_FIELD);

fn entry(more: Value) -> Value {
    let mut res = json!({"issueKey": "WEB-12", "date": "2026-03-18"});
    res.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    res
}

/// The seconds that Tempo stored for a worklog with these arguments.
async fn seconds(site: &Site, more: Value) -> Value {
    site.ok("createWorklog", entry(more)).await.structured["worklog"]["timeSpentSeconds"].clone()
}

#[tokio::test(start_paused = true)]
async fn result_is_the_worklog_as_stored() {
    let site = Site::with(&[ACCOUNT], |_| ());
    let result = site
        .ok(
            "createWorklog",
            json!({
                "issueKey": "WEB-12",
                "date": "2026-03-18",
                "timeSpent": "1h30m",
                "startTime": "23:00",
                "description": "Traced \"remember me\"\n| and more",
                "attributes": [{"key": "_WorkType_", "value": "Code Review"}],
                "billableHours": 1,
            }),
        )
        .await;
    expect![[r#"
        Logged 1h 30m on WEB-12 (issueId 11012) "Login bug: session is lost after a password reset" on 2026-03-18, 23:00 to 00:30 (next day).
        worklogId 7728 | 2026-03-18 23:00–00:30 (next day) | 1h 30m | WEB-12 (issueId 11012) "Login bug: session is lost after a password reset" | billable 1h | "Traced \"remember me\"\n| and more" | _WorkType_="1f0c6c52-0000-4000-8000-000000000002" ("Code Review") | _Account_="HARBOR-SUP" ("Harbor Books: Support")

        {
          "worklog": {
            "attributes": [
              {
                "key": "_WorkType_",
                "label": "Code Review",
                "value": "1f0c6c52-0000-4000-8000-000000000002"
              },
              {
                "key": "_Account_",
                "label": "Harbor Books: Support",
                "value": "HARBOR-SUP"
              }
            ],
            "billableSeconds": 3600,
            "date": "2026-03-18",
            "description": "Traced \"remember me\"\n| and more",
            "endTime": "00:30 (next day)",
            "issueId": 11012,
            "issueKey": "WEB-12",
            "startTime": "23:00",
            "summary": "Login bug: session is lost after a password reset",
            "timeSpentSeconds": 5400,
            "worklogId": 7728
          }
        }"#]].assert_eq(&both(&result));
}

#[tokio::test(start_paused = true)]
async fn every_form_of_a_duration_is_stored_alike() {
    let site = Site::with(&[], |it| it.max_seconds_per_day = None);
    for more in [
        json!({"timeSpentHours": 1.5}),
        json!({"timeSpentHours": "1.5"}),
        json!({"timeSpent": "1h30m"}),
        json!({"timeSpent": "1h 30m"}),
        json!({"timeSpent": "90m"}),
        json!({"timeSpent": "1:30"}),
        json!({"timeSpent": "1.5"}),
        json!({"timeSpent": 1.5}),
        json!({"startTime": "9:00", "endTime": "10:30"}),
        json!({"timeSpent": "90m", "timeSpentHours": 1.5, "startTime": "09:00:00", "endTime": "10:30"}),
        json!({"timeSpent": "90m", "startTime": null, "endTime": null, "timeSpentHours": null}),
    ] {
        assert_eq!(seconds(&site, more.clone()).await, 5400, "{more}");
    }
    assert_eq!(seconds(&site, json!({"timeSpent": "1h 20m 5s"})).await, 4805);
    assert_eq!(seconds(&site, json!({"timeSpentHours": 0.25})).await, 900);
    assert_eq!(seconds(&site, json!({"timeSpentHours": 1.3333})).await, 4800, "the nearest second");
    assert_eq!(seconds(&site, json!({"timeSpentHours": 24})).await, 86_400);
    assert_eq!(seconds(&site, json!({"startTime": "22:00", "endTime": "00:00"})).await, 7200, "midnight");
    assert_eq!(seconds(&site, json!({"startTime": "00:00", "endTime": "0:00"})).await, 86_400);
}

#[tokio::test(start_paused = true)]
async fn contradicting_durations_are_refused_with_their_values() {
    let site = Site::new();
    let mut refusals = Vec::new();
    for more in [
        json!({"timeSpentHours": 1.5, "timeSpent": "1h31m"}),
        json!({"timeSpent": "1h", "startTime": "09:00", "endTime": "10:00:01"}),
        json!({"timeSpentHours": 2, "timeSpent": "2h", "startTime": "09:00", "endTime": "12:00"}),
        json!({"endTime": "10:00", "timeSpent": "1h"}),
        json!({"endTime": "10:00"}),
        json!({"startTime": "09:00"}),
        json!({}),
        json!({"startTime": "09:00", "endTime": "09:00"}),
        json!({"startTime": "22:00", "endTime": "01:00"}),
    ] {
        refusals.push(format!("{more}\n{}", site.err("createWorklog", entry(more.clone())).await));
    }
    expect![[r#"
        {"timeSpent":"1h31m","timeSpentHours":1.5}
        Invalid argument: timeSpentHours: contradicts another argument: timeSpentHours 1.5 (1h 30m), timeSpent 1h 31m (1h 31m); give one of them
        Nothing was changed.

        {"endTime":"10:00:01","startTime":"09:00","timeSpent":"1h"}
        Invalid argument: timeSpentHours: contradicts another argument: timeSpent 1h (1h), startTime 09:00 to endTime 10:00:01 (1h 1s); give one of them
        Nothing was changed.

        {"endTime":"12:00","startTime":"09:00","timeSpent":"2h","timeSpentHours":2}
        Invalid argument: timeSpentHours: contradicts another argument: timeSpentHours 2 (2h), timeSpent 2h (2h), startTime 09:00 to endTime 12:00 (3h); give one of them
        Nothing was changed.

        {"endTime":"10:00","timeSpent":"1h"}
        Invalid argument: endTime: needs startTime
        Nothing was changed.

        {"endTime":"10:00"}
        Invalid argument: endTime: needs startTime
        Nothing was changed.

        {"startTime":"09:00"}
        Invalid argument: timeSpentHours: is required; or give timeSpent, or startTime and endTime
        Nothing was changed.

        {}
        Invalid argument: timeSpentHours: is required; or give timeSpent, or startTime and endTime
        Nothing was changed.

        {"endTime":"09:00","startTime":"09:00"}
        Invalid argument: endTime: 09:00 is not after startTime 09:00; for a worklog past midnight give startTime and timeSpent instead
        Nothing was changed.

        {"endTime":"01:00","startTime":"22:00"}
        Invalid argument: endTime: 01:00 is not after startTime 22:00; for a worklog past midnight give startTime and timeSpent instead
        Nothing was changed."#]].assert_eq(&refusals.join("\n\n"));
    assert_eq!(site.requests(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_end_on_the_next_day_is_marked() {
    let site = Site::new();
    let result = site.ok("createWorklog", entry(json!({"timeSpent": "3h", "startTime": "22:30"}))).await;
    assert_eq!(result.structured["worklog"]["endTime"], "01:30 (next day)");
    assert!(result.text.contains("01:30 (next day)"), "{}", result.text);
    let seconds = site.ok("createWorklog", entry(json!({"timeSpent": "5s", "startTime": "9:00:30"}))).await;
    assert_eq!(seconds.structured["worklog"]["startTime"], "09:00:30");
    assert_eq!(seconds.structured["worklog"]["endTime"], "09:00:35");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_given_is_not_sent() {
    let site = Site::new();
    site.ok(
        "createWorklog",
        entry(json!({"timeSpent": "1h", "description": null, "attributes": null, "billableHours": null,
            "remainingEstimateHours": null})),
    )
    .await;
    let body = sent(&site, "POST", "/4/worklogs");
    for name in
        ["billableSeconds", "remainingEstimateSeconds", "startTime", "bypassPeriodClosuresAndApprovals"]
    {
        assert_eq!(body.get(name), None, "{body}");
    }
    assert_eq!(site.sandbox.worklogs().last().unwrap()["description"], "");
}

#[tokio::test(start_paused = true)]
async fn billable_time_may_be_zero_or_exceed_the_time_spent() {
    let site = Site::new();
    for (hours, seconds) in [(json!(0), 0), (json!("2.5"), 9000)] {
        let result =
            site.ok("createWorklog", entry(json!({"timeSpent": "1h", "billableHours": hours}))).await;
        assert_eq!(result.structured["worklog"]["billableSeconds"], seconds);
        assert_eq!(sent(&site, "POST", "/4/worklogs")["billableSeconds"], seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn a_remaining_estimate_is_sent_in_seconds() {
    let site = Site::with(&[], |it| it.remaining_estimate_required = true);
    site.ok("createWorklog", entry(json!({"timeSpent": "1h", "remainingEstimateHours": 0}))).await;
    assert_eq!(sent(&site, "POST", "/4/worklogs")["remainingEstimateSeconds"], 0);
    site.ok("createWorklog", entry(json!({"timeSpent": "1h", "remainingEstimateHours": "7.5"}))).await;
    assert_eq!(sent(&site, "POST", "/4/worklogs")["remainingEstimateSeconds"], 27_000);
}

#[tokio::test(start_paused = true)]
async fn issue_is_found_by_key_in_any_case_id_and_former_key() {
    let site = Site::new();
    for (given, key) in [
        (json!("web-12"), "WEB-12"),
        (json!("  Web-12 "), "WEB-12"),
        (json!("11012"), "WEB-12"),
        (json!(11012), "WEB-12"),
        (json!("WEB-9"), "MOB-7"),
    ] {
        let call = json!({"issueKey": given, "date": "2026-03-18", "timeSpent": "5m"});
        let result = site.ok("createWorklog", call).await;
        assert_eq!(result.structured["worklog"]["issueKey"], key, "{given}");
    }
}

#[tokio::test(start_paused = true)]
async fn list_values_are_accepted_by_label_and_sent_by_value() {
    let site = Site::new();
    let value = WORK_TYPES[1].0;
    for attributes in [
        json!([{"key": "_WorkType_", "value": "Code Review"}]),
        json!([{"key": "_WorkType_", "value": value}]),
        json!([{"key": "_WorkType_", "value": " code review"}]),
        json!([{"key": "Work Type", "value": "Code Review"}]),
        json!({"_WorkType_": "Code Review"}),
        json!(r#"[{"key": "_WorkType_", "value": "Code Review"}]"#),
        json!([r#"{"key": "_WorkType_", "value": "Code Review"}"#]),
    ] {
        let result =
            site.ok("createWorklog", entry(json!({"timeSpent": "5m", "attributes": attributes}))).await;
        let row = json!([{"key": "_WorkType_", "value": value, "label": "Code Review"}]);
        assert_eq!(result.structured["worklog"]["attributes"], row, "{attributes}");
    }
    let numbers = json!([{"key": "_Kilometers_", "value": 12.5}, {"key": "_Overtime_", "value": true}]);
    let result = site.ok("createWorklog", entry(json!({"timeSpent": "5m", "attributes": numbers}))).await;
    assert_eq!(
        result.structured["worklog"]["attributes"],
        json!([{"key": "_Kilometers_", "value": "12.5"}, {"key": "_Overtime_", "value": "true"}])
    );
}

#[tokio::test(start_paused = true)]
async fn unknown_attribute_is_refused_before_writing() {
    let site = Site::new();
    let attributes =
        json!([{"key": "_Colour_", "value": "red"}, {"key": "_WorkType_", "value": "Gardening"}]);
    let refusal =
        site.err("createWorklog", entry(json!({"timeSpent": "5m", "attributes": attributes}))).await;
    expect![[r#"
        Invalid arguments:
        - attributes._Colour_: unknown work attribute; this site has _Account_, _WorkType_, _Overtime_, _Ticket_, _Kilometers_
        - attributes._WorkType_: unknown value; this attribute takes "Development", "Code Review", "Meeting", "Support"
        Nothing was changed."#]].assert_eq(&refusal);
    assert!(!site.requests().contains(&"POST /4/worklogs".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_account_comes_from_the_issues_account_field() {
    let site = Site::with(&[ACCOUNT], |it| it.account_attribute_key = "_Kostenstelle_".into());
    let result = site.ok("createWorklog", entry(json!({"timeSpent": "1h"}))).await;
    let account = json!([{"key": "_Kostenstelle_", "value": "HARBOR-SUP", "label": "Harbor Books: Support"}]);
    assert_eq!(result.structured["worklog"]["attributes"], account);
    let said = json!({"timeSpent": "1h", "attributes": [{"key": "_Kostenstelle_", "value": "INTERNAL"}]});
    let result = site.ok("createWorklog", entry(said)).await;
    assert_eq!(result.structured["worklog"]["attributes"][0]["value"], "INTERNAL");
    assert_eq!(result.structured["worklog"]["attributes"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_the_custom_field_no_account_is_looked_up() {
    let site = Site::new();
    let result = site.ok("createWorklog", entry(json!({"timeSpent": "1h"}))).await;
    assert_eq!(result.structured["worklog"]["attributes"], json!([]));
    assert_eq!(site.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_long_description_is_stored_and_shown_unchanged() {
    let site = Site::new();
    let long = "Zeile | 🌙 \"x\" \\ \n".repeat(1700);
    assert!(long.chars().count() > 28_000);
    let result = site.ok("createWorklog", entry(json!({"timeSpent": "1h", "description": long}))).await;
    let row = &result.structured["worklog"];
    assert_eq!(row["description"], long);
    assert_eq!(stored(&site, row["worklogId"].as_u64().unwrap())["description"], long);
    assert_eq!(result.text.lines().count(), 2, "a description cannot begin a line of its own");
}

#[tokio::test(start_paused = true)]
async fn second_create_with_an_account_needs_fewer_requests() {
    let site = Site::with(&[ACCOUNT], |_| ());
    site.ok("createWorklog", entry(json!({"timeSpent": "1h"}))).await;
    assert_eq!(site.requests().len(), 5, "{:?}", site.requests());
    site.sandbox.clear_requests();
    site.ok("createWorklog", entry(json!({"timeSpent": "1h"}))).await;
    assert_eq!(site.requests(), ["POST /4/worklogs"]);
}

#[tokio::test(start_paused = true)]
async fn a_closed_account_is_refused_in_tempos_words() {
    let site = Site::with(&[ACCOUNT], |_| ());
    let call = json!({"issueKey": "WEB-7", "date": "2026-03-18", "timeSpent": "1h"});
    let refusal = site.err("createWorklog", call).await;
    assert!(refusal.contains("Account HARBOR-OLD is closed"), "{refusal}");
}
