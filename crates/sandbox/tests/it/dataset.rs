//! The data set is as the crate's documentation describes it, on every day of the week.

use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};
use tempo_sandbox::{LEAD_ACCOUNT_ID, MAIN_ACCOUNT_ID, Options, PART_TIMER_ACCOUNT_ID, Sandbox};

use crate::support::{Site, TODAY, site};

/// The dates from `from` to `to`, each with the main user's required and logged seconds.
async fn days(site: &Site, from: Date, to: Date) -> Vec<(Date, u64, u64)> {
    let schedule = site.get(&format!("/4/user-schedule?from={from}&to={to}")).await.json();
    let body = json!({"authorIds": [MAIN_ACCOUNT_ID], "from": from.to_string(), "to": to.to_string()});
    let worklogs = site.post("/4/worklogs/search?limit=5000", body).await.json();
    let logged = |day: &Value| -> u64 {
        let rows = worklogs["results"].as_array().unwrap().iter();
        rows.filter(|row| row["startDate"] == *day).map(|row| row["timeSpentSeconds"].as_u64().unwrap()).sum()
    };
    let rows = schedule["results"].as_array().unwrap().iter();
    rows.map(|row| {
        let date = row["date"].as_str().unwrap().parse().unwrap();
        (date, row["requiredSeconds"].as_u64().unwrap(), logged(&row["date"]))
    })
    .collect()
}

#[tokio::test(start_paused = true)]
async fn main_user_has_gaps_only_in_this_week_and_last_week() {
    // In steps of 13 days, the days cover all weekdays and both changes to and from daylight saving time.
    for shift in (0..400).step_by(13) {
        let today = TODAY.saturating_add(shift.days());
        let site = Site { sandbox: Sandbox::new(Options { today: Some(today) }) };
        assert_eq!(site.sandbox.today(), today);
        let monday = today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
        let short = |(_, required, logged): &&(Date, u64, u64)| logged < required;
        let last_week = days(&site, monday.saturating_sub(7.days()), monday.saturating_sub(1.day())).await;
        assert_eq!(last_week.iter().filter(short).count(), 2, "{today}");
        if monday < today {
            let week = days(&site, monday, today.saturating_sub(1.day())).await;
            assert!(week.iter().filter(short).count() >= 1, "{today}");
        }
        let earlier = days(&site, monday.saturating_sub(56.days()), monday.saturating_sub(8.days())).await;
        assert_eq!(earlier.iter().filter(short).count(), 0, "{today}: {earlier:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn gaps_are_the_documented_ones() {
    let site = site();
    let monday = TODAY.saturating_sub(3.days());
    let logged = async |from: Date, to: Date| -> Vec<u64> {
        days(&site, from, to).await.into_iter().map(|(_, _, logged)| logged / 1800).collect()
    };
    assert_eq!(logged(monday, TODAY).await, [11, 16, 0, 5]);
    let (start, end) = (monday.saturating_sub(7.days()), monday.saturating_sub(1.day()));
    assert_eq!(logged(start, end).await, [16, 0, 16, 12, 16, 0, 0]);
    let saturday = monday.saturating_sub(16.days());
    assert_eq!(logged(saturday, saturday).await, [4]);
    let long = monday.saturating_sub(42.days());
    assert_eq!(logged(long, long).await, [20]);
}

#[tokio::test]
async fn default_clock_is_real_and_all_worklogs_are_in_the_past() {
    let sandbox = Sandbox::new(Options::default());
    let now = jiff::Timestamp::now();
    assert!((now - sandbox.now()).abs().get_seconds() < 60);
    let entered = |row: &Value| row["createdAt"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(sandbox.worklogs().iter().all(|row| entered(row) < now));
}

#[tokio::test(start_paused = true)]
async fn schedule_has_holidays_and_part_time_weeks() {
    let site = site();
    let schedule = site.get("/4/user-schedule?from=2025-02-01&to=2025-03-20").await.json();
    let rows = schedule["results"].as_array().unwrap();
    let holidays: Vec<Value> = rows.iter().filter(|row| row["holiday"].is_object()).cloned().collect();
    let seen: Vec<(&str, &str, u64)> = holidays
        .iter()
        .map(|row| {
            let name = row["holiday"]["name"].as_str().unwrap();
            (name, row["type"].as_str().unwrap(), row["requiredSeconds"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("Team Afternoon", "HOLIDAY", 14400),
            ("Harvest Sunday", "HOLIDAY_AND_NON_WORKING_DAY", 0),
            ("Founders Day", "HOLIDAY", 0),
        ]
    );
    let path = format!("/4/user-schedule/{PART_TIMER_ACCOUNT_ID}?from=2025-03-10&to=2025-03-16");
    let week = site.get(&path).await.json();
    let required: Vec<u64> = week["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["requiredSeconds"].as_u64().unwrap())
        .collect();
    assert_eq!(required, [28800, 28800, 28800, 14400, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn colleagues_worklogs_are_visible_except_in_int() {
    let site = site();
    let found = site.post("/4/worklogs/search?limit=5000", json!({})).await.json();
    let internal_of_others = |row: &&Value| {
        let issue = row["issue"]["id"].as_u64().unwrap();
        issue >= 14000 && row["author"]["accountId"] != MAIN_ACCOUNT_ID
    };
    let rows = found["results"].as_array().unwrap();
    assert_eq!(rows.iter().filter(internal_of_others).count(), 0);
    assert!(rows.iter().any(|row| row["author"]["accountId"] == PART_TIMER_ACCOUNT_ID));
    assert!(rows.len() < site.sandbox.worklogs().len());
    let lead = site.get(&format!("/4/worklogs/user/{LEAD_ACCOUNT_ID}")).await.json();
    assert_eq!(lead["results"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn same_day_gives_the_same_data() {
    let (one, other) = (site().sandbox.worklogs(), site().sandbox.worklogs());
    assert!(one.len() > 600);
    assert_eq!(one, other);
}
