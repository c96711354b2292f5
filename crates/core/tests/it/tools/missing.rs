//! `getMissingWorklogDays`.

use expect_test::expect;
use serde_json::{Value, json};
use tempo_sandbox::NoSchedule;

use super::both;
use tempo_test_support::site::{Outcome, Site};

async fn missing(site: &Site, from: &str, to: &str, more: Value) -> Outcome {
    let mut call = json!({"startDate": from, "endDate": to});
    call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    site.ok("getMissingWorklogDays", call).await
}

/// Date and missing seconds of the short days.
fn short(result: &Outcome) -> Vec<(String, u64)> {
    let days = result.structured["days"].as_array().unwrap();
    days.iter()
        .map(|it| (it["date"].as_str().unwrap().to_owned(), it["missingSeconds"].as_u64().unwrap()))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn short_days_today_and_later_days_are_reported_apart() {
    let site = Site::new();
    let result = missing(&site, "2026-03-09", "2026-03-22", json!({})).await;
    expect![[r#"
        12h 30m missing on 3 days before today (Mon 2026-03-09 to Sun 2026-03-22). Today is 2026-03-18 (Europe/Berlin).
        - 2026-03-10 Tuesday: expected 8h, logged 0m, missing 8h
        - 2026-03-12 Thursday: expected 8h, logged 6h, missing 2h — 3h WEB-2 (issueId 11002) "Product page loads slowly on phones"; 2h WEB-12 (issueId 11012) "Login bug: session is lost after a password reset"; 1h INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-03-16 Monday: expected 8h, logged 5h 30m, missing 2h 30m — 4h MOB-4 (issueId 12004) "Dark mode"; 1h 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        Today so far (not in the total): 2026-03-18 Wednesday: expected 8h, logged 2h 30m, missing 5h 30m — 1h 30m WEB-2 (issueId 11002) "Product page loads slowly on phones"; 1h INT-1 (issueId 14001) "Meetings and stand-ups"
        2 working days after today not counted.

        {
          "days": [
            {
              "date": "2026-03-10",
              "expectedSeconds": 28800,
              "logged": [],
              "loggedSeconds": 0,
              "missingSeconds": 28800,
              "weekday": "Tuesday"
            },
            {
              "date": "2026-03-12",
              "expectedSeconds": 28800,
              "logged": [
                {
                  "issueId": 11002,
                  "issueKey": "WEB-2",
                  "summary": "Product page loads slowly on phones",
                  "timeSpentSeconds": 10800
                },
                {
                  "issueId": 11012,
                  "issueKey": "WEB-12",
                  "summary": "Login bug: session is lost after a password reset",
                  "timeSpentSeconds": 7200
                },
                {
                  "issueId": 14001,
                  "issueKey": "INT-1",
                  "summary": "Meetings and stand-ups",
                  "timeSpentSeconds": 3600
                }
              ],
              "loggedSeconds": 21600,
              "missingSeconds": 7200,
              "weekday": "Thursday"
            },
            {
              "date": "2026-03-16",
              "expectedSeconds": 28800,
              "logged": [
                {
                  "issueId": 12004,
                  "issueKey": "MOB-4",
                  "summary": "Dark mode",
                  "timeSpentSeconds": 14400
                },
                {
                  "issueId": 14001,
                  "issueKey": "INT-1",
                  "summary": "Meetings and stand-ups",
                  "timeSpentSeconds": 5400
                }
              ],
              "loggedSeconds": 19800,
              "missingSeconds": 9000,
              "weekday": "Monday"
            }
          ],
          "endDate": "2026-03-22",
          "freeDayTime": [],
          "futureWorkingDays": 2,
          "message": "12h 30m missing on 3 days before today (Mon 2026-03-09 to Sun 2026-03-22).",
          "startDate": "2026-03-09",
          "timeZone": "Europe/Berlin",
          "today": "2026-03-18",
          "todaySoFar": {
            "date": "2026-03-18",
            "expectedSeconds": 28800,
            "logged": [
              {
                "issueId": 11002,
                "issueKey": "WEB-2",
                "summary": "Product page loads slowly on phones",
                "timeSpentSeconds": 5400
              },
              {
                "issueId": 14001,
                "issueKey": "INT-1",
                "summary": "Meetings and stand-ups",
                "timeSpentSeconds": 3600
              }
            ],
            "loggedSeconds": 9000,
            "missingSeconds": 19800,
            "weekday": "Wednesday"
          },
          "totalMissingHours": 12.5,
          "totalMissingSeconds": 45000
        }"#]].assert_eq(&both(&result));
}

#[tokio::test(start_paused = true)]
async fn holidays_reduce_the_required_time() {
    let site = Site::new();
    // Weeks with "Team Afternoon", "Harvest Sunday", "Founders Day", and a Saturday with an incident.
    let result = missing(&site, "2026-02-09", "2026-03-01", json!({"minHoursPerDay": 24})).await;
    expect![[r#"
        228h missing on 14 days from Mon 2026-02-09 to Sun 2026-03-01. Today is 2026-03-18 (Europe/Berlin).
        - 2026-02-09 Monday: expected 24h, logged 8h, missing 16h — 2h 30m WEB-12 (issueId 11012) "Login bug: session is lost after a password reset"; 4h MOB-4 (issueId 12004) "Dark mode"; 1h 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-02-10 Tuesday: expected 24h, logged 8h, missing 16h — 3h WEB-1 (issueId 11001) "Checkout: guest orders without an account"; 1h 30m WEB-6 (issueId 11006) "Replace the image pipeline"; 3h MOB-7 (issueId 12007) "Share a trip by link"; 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-02-11 Wednesday: expected 24h, logged 8h, missing 16h — 3h WEB-2 (issueId 11002) "Product page loads slowly on phones"; 2h WEB-12 (issueId 11012) "Login bug: session is lost after a password reset"; 1h INT-1 (issueId 14001) "Meetings and stand-ups"; 2h INT-2 (issueId 14002) "Training and conferences"
        - 2026-02-12 Thursday: expected 24h, logged 4h, missing 20h, holiday "Team Afternoon" — 3h 30m WEB-12 (issueId 11012) "Login bug: session is lost after a password reset"; 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-02-13 Friday: expected 24h, logged 8h, missing 16h — 4h 30m WEB-1 (issueId 11001) "Checkout: guest orders without an account"; 1h WEB-2 (issueId 11002) "Product page loads slowly on phones"; 2h OPS-1 (issueId 13001) "On-call week"; 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-02-16 Monday: expected 24h, logged 8h, missing 16h — 3h WEB-1 (issueId 11001) "Checkout: guest orders without an account"; 1h 30m WEB-6 (issueId 11006) "Replace the image pipeline"; 3h MOB-7 (issueId 12007) "Share a trip by link"; 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-02-17 Tuesday: expected 24h, logged 8h, missing 16h — 3h WEB-2 (issueId 11002) "Product page loads slowly on phones"; 2h WEB-12 (issueId 11012) "Login bug: session is lost after a password reset"; 1h INT-1 (issueId 14001) "Meetings and stand-ups"; 2h INT-2 (issueId 14002) "Training and conferences"
        - 2026-02-18 Wednesday: expected 24h, logged 8h, missing 16h — 2h 30m WEB-2 (issueId 11002) "Product page loads slowly on phones"; 4h WEB-12 (issueId 11012) "Login bug: session is lost after a password reset"; 1h MOB-7 (issueId 12007) "Share a trip by link"; 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-02-19 Thursday: expected 24h, logged 8h, missing 16h — 4h 30m WEB-1 (issueId 11001) "Checkout: guest orders without an account"; 1h WEB-2 (issueId 11002) "Product page loads slowly on phones"; 2h OPS-1 (issueId 13001) "On-call week"; 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-02-20 Friday: expected 24h, logged 8h, missing 16h — 2h 30m WEB-12 (issueId 11012) "Login bug: session is lost after a password reset"; 4h MOB-4 (issueId 12004) "Dark mode"; 1h 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-02-23 Monday: expected 24h, logged 8h, missing 16h — 3h WEB-2 (issueId 11002) "Product page loads slowly on phones"; 2h WEB-12 (issueId 11012) "Login bug: session is lost after a password reset"; 1h INT-1 (issueId 14001) "Meetings and stand-ups"; 2h INT-2 (issueId 14002) "Training and conferences"
        - 2026-02-24 Tuesday: expected 24h, logged 8h, missing 16h — 2h 30m WEB-2 (issueId 11002) "Product page loads slowly on phones"; 4h WEB-12 (issueId 11012) "Login bug: session is lost after a password reset"; 1h MOB-7 (issueId 12007) "Share a trip by link"; 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-02-26 Thursday: expected 24h, logged 8h, missing 16h — 2h 30m WEB-12 (issueId 11012) "Login bug: session is lost after a password reset"; 4h MOB-4 (issueId 12004) "Dark mode"; 1h 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        - 2026-02-27 Friday: expected 24h, logged 8h, missing 16h — 3h WEB-1 (issueId 11001) "Checkout: guest orders without an account"; 1h 30m WEB-6 (issueId 11006) "Replace the image pipeline"; 3h MOB-7 (issueId 12007) "Share a trip by link"; 30m INT-1 (issueId 14001) "Meetings and stand-ups"
        Logged on days without required time:
        - 2026-02-28 Saturday: expected 0m, logged 2h, missing 0m — 2h OPS-3 (issueId 13003) "Incident: orders delayed by a full queue""#]].assert_eq(&result.text);
}

#[tokio::test(start_paused = true)]
async fn minimum_hours_replace_the_schedule_on_working_days_only() {
    let site = Site::new();
    // Thursday 12 February is half a holiday: four hours are required, and all of them are logged.
    assert_eq!(short(&missing(&site, "2026-02-12", "2026-02-12", json!({})).await), []);
    let six = missing(&site, "2026-02-12", "2026-02-15", json!({"minHoursPerDay": "6"})).await;
    assert_eq!(short(&six), [("2026-02-12".to_owned(), 7200)]);
    let less = missing(&site, "2026-03-10", "2026-03-12", json!({"minHoursPerDay": 5})).await;
    assert_eq!(short(&less), [("2026-03-10".to_owned(), 18_000)]);
    // Wednesday 25 February is a holiday; a threshold does not make it a working day.
    let holiday = missing(&site, "2026-02-25", "2026-02-25", json!({"minHoursPerDay": 8})).await;
    assert_eq!(short(&holiday), []);
}

#[tokio::test(start_paused = true)]
async fn a_part_timers_free_friday_is_not_missing() {
    let site = Site::new();
    let body = json!({"metadata": {"count": 2}, "results": [
        {"date": "2026-03-12", "requiredSeconds": 14_400, "type": "WORKING_DAY"},
        {"date": "2026-03-13", "requiredSeconds": 0, "type": "NON_WORKING_DAY"},
    ]});
    let effect = tempo_sandbox::Effect::Status {
        status: 200,
        retry_after: None,
        body: Some(body.to_string()),
        media_type: Some("application/json".into()),
    };
    site.fault("GET", "/4/user-schedule", None, effect);
    let result = missing(&site, "2026-03-12", "2026-03-13", json!({})).await;
    assert_eq!(short(&result), []);
    assert_eq!(result.structured["freeDayTime"][0]["date"], "2026-03-13");
    let eight = missing(&site, "2026-03-12", "2026-03-13", json!({"minHoursPerDay": 8})).await;
    assert_eq!(short(&eight), [("2026-03-12".to_owned(), 7200)]);
}

#[tokio::test(start_paused = true)]
async fn a_complete_period_is_one_sentence() {
    let site = Site::new();
    let result = missing(&site, "2026-03-02", "2026-03-06", json!({})).await;
    expect![[r#"
        No time is missing from Mon 2026-03-02 to Fri 2026-03-06. Today is 2026-03-18 (Europe/Berlin).

        {
          "days": [],
          "endDate": "2026-03-06",
          "freeDayTime": [],
          "futureWorkingDays": 0,
          "message": "No time is missing from Mon 2026-03-02 to Fri 2026-03-06.",
          "startDate": "2026-03-02",
          "timeZone": "Europe/Berlin",
          "today": "2026-03-18",
          "totalMissingHours": 0.0,
          "totalMissingSeconds": 0
        }"#]]
    .assert_eq(&both(&result));
}

#[tokio::test(start_paused = true)]
async fn a_missing_schedule_is_explained_in_one_sentence() {
    let mut texts = Vec::new();
    for form in [NoSchedule::Empty, NoSchedule::NotFound] {
        let site = Site::with(&[], |it| it.no_schedule = Some(form));
        let result = missing(&site, "2026-03-02", "2026-03-06", json!({})).await;
        assert_eq!(result.structured["totalMissingSeconds"], 0);
        texts.push(result.text);
    }
    assert_eq!(texts[0], texts[1]);
    expect!["Tempo has no schedule for 2026-03-02 to 2026-03-06, so missing time cannot be calculated: ask a Tempo administrator for a workload scheme. Today is 2026-03-18 (Europe/Berlin)."].assert_eq(&texts[0]);
}

#[tokio::test(start_paused = true)]
async fn a_future_period_only_counts_working_days() {
    let site = Site::new();
    let result = missing(&site, "2026-03-19", "2026-03-29", json!({})).await;
    assert_eq!(short(&result), []);
    assert_eq!(result.structured["futureWorkingDays"], 7);
    assert_eq!(result.structured["totalMissingSeconds"], 0);
    assert!(result.structured.get("todaySoFar").is_none());
}

#[tokio::test(start_paused = true)]
async fn short_days_beyond_a_hundred_are_summed_up() {
    let site = Site::new();
    let result = missing(&site, "2025-01-01", "2025-12-31", json!({})).await;
    let days = short(&result);
    assert_eq!(days.len(), 100);
    let rest = &result.structured["notShown"];
    let shown: u64 = days.iter().map(|it| it.1).sum();
    let total = result.structured["totalMissingSeconds"].as_u64().unwrap();
    assert_eq!(total, shown + rest["missingSeconds"].as_u64().unwrap());
    assert_eq!(rest["days"], 161, "365 days have 261 working days");
    assert!(result.text.contains("and 161 days not shown"), "{}", result.text);
}

#[tokio::test(start_paused = true)]
async fn days_off_with_time_beyond_a_hundred_are_summed_up() {
    let site = Site::new();
    site.sandbox.add_worklogs(365, 1);
    let body = json!({"metadata": {"count": 0}, "results": (0..360).map(|it| {
        let first: jiff::civil::Date = "2025-03-20".parse().unwrap();
        let date = first.checked_add(jiff::Span::new().days(it)).unwrap();
        json!({"date": date.to_string(), "requiredSeconds": 0, "type": "NON_WORKING_DAY"})
    }).collect::<Vec<_>>()});
    let effect = tempo_sandbox::Effect::Status {
        status: 200,
        retry_after: None,
        body: Some(body.to_string()),
        media_type: Some("application/json".into()),
    };
    site.fault("GET", "/4/user-schedule", None, effect);
    let result = missing(&site, "2025-03-20", "2026-03-14", json!({})).await;
    assert_eq!(result.structured["freeDayTime"].as_array().unwrap().len(), 100);
    assert_eq!(result.structured["freeDaysNotShown"]["days"], 260);
    let logged: u64 = result.structured["freeDayTime"]
        .as_array()
        .unwrap()
        .iter()
        .chain([&result.structured["freeDaysNotShown"]])
        .map(|it| it["loggedSeconds"].as_u64().unwrap())
        .sum();
    let all = site.ok("retrieveWorklogs", json!({"startDate": "2025-03-20", "endDate": "2026-03-14"})).await;
    assert_eq!(all.structured["totals"]["timeSpentSeconds"], logged);
    assert!(result.text.contains("and 260 such days not shown"));
}

#[tokio::test(start_paused = true)]
async fn second_call_needs_fewer_requests() {
    let site = Site::new();
    missing(&site, "2026-03-01", "2026-03-31", json!({})).await;
    assert_eq!(site.requests().len(), 4, "{:?}", site.requests());
    site.sandbox.clear_requests();
    missing(&site, "2026-03-01", "2026-03-31", json!({})).await;
    assert_eq!(site.requests().len(), 2, "{:?}", site.requests());
}
