//! The users, their workload schemes and their holidays.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use crate::{
    constants::{
        COLLEAGUE_ACCOUNT_ID, COLLEAGUE_EMAIL, COLLEAGUE_NAME, FORMER_ACCOUNT_ID, LEAD_ACCOUNT_ID,
        MAIN_ACCOUNT_ID, MAIN_EMAIL, MAIN_NAME, MAIN_ZONE, OTHER_COLLEAGUE_ACCOUNT_ID, PART_TIMER_ACCOUNT_ID,
    },
    model::{Holiday, MAIN_USER, User, UserIndex, Workload},
};

// Indexes into the list of users.
pub(super) const ALEX: UserIndex = MAIN_USER;
pub(super) const PRIYA: UserIndex = 1;
pub(super) const JONAS: UserIndex = 2;
pub(super) const MARIA: UserIndex = 3;
pub(super) const INGRID: UserIndex = 4;

const HOUR: u64 = 3600;

/// The main user's time zone.
pub(crate) fn main_user_zone() -> TimeZone {
    TimeZone::get(MAIN_ZONE).unwrap_or(TimeZone::UTC)
}

pub(super) fn users() -> Vec<User> {
    vec![
        user(MAIN_ACCOUNT_ID, MAIN_NAME, MAIN_EMAIL, MAIN_ZONE),
        user(COLLEAGUE_ACCOUNT_ID, COLLEAGUE_NAME, COLLEAGUE_EMAIL, "Asia/Kolkata"),
        User {
            workload: 1,
            ..user(PART_TIMER_ACCOUNT_ID, "Jonas Weber", "jonas.weber@example.com", "Europe/Berlin")
        },
        user(OTHER_COLLEAGUE_ACCOUNT_ID, "Maria Santos", "maria.santos@example.com", "America/Sao_Paulo"),
        User {
            is_lead: true,
            ..user(LEAD_ACCOUNT_ID, "Ingrid Olsen", "ingrid.olsen@example.com", "Europe/Oslo")
        },
        User {
            active: false,
            ..user(FORMER_ACCOUNT_ID, "Tom Baker", "tom.baker@example.com", "Europe/London")
        },
    ]
}

fn user(account_id: &'static str, name: &'static str, email: &'static str, zone_name: &'static str) -> User {
    let zone = TimeZone::get(zone_name).unwrap_or(TimeZone::UTC);
    User { account_id, name, email, zone_name, zone, active: true, is_lead: false, workload: 0 }
}

pub(super) fn workloads() -> Vec<Workload> {
    let full = 8 * HOUR;
    vec![
        Workload {
            name: "Full time",
            description: "Monday to Friday, 8 hours",
            days: [full, full, full, full, full, 0, 0],
        },
        Workload {
            name: "Part time",
            description: "Monday to Wednesday 8 hours, Thursday 4 hours",
            days: [full, full, full, 4 * HOUR, 0, 0, 0],
        },
    ]
}

pub(super) fn monday_of(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().since(Weekday::Monday)).days())
}

/// The holidays. All are before last week, so that none of them hides a gap of this week or last week.
pub(super) fn holidays(today: Date) -> Vec<Holiday> {
    let monday = monday_of(today);
    let day = |weeks_back: i64, weekday: i64| monday.saturating_add((weekday - 7 * weeks_back).days());
    vec![
        Holiday { name: "Team Afternoon", date: day(5, 3), seconds: 4 * HOUR },
        Holiday { name: "Harvest Sunday", date: day(4, 6), seconds: 8 * HOUR },
        Holiday { name: "Founders Day", date: day(3, 2), seconds: 8 * HOUR },
    ]
}
