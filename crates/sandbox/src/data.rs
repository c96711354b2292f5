//! The data set: a small team's last weeks, the same for the same day. The crate's page says what is in it.

mod accounts;
mod issues;
mod staff;
mod timesheets;

use jiff::{Timestamp, ToSpan, civil::Time, tz::TimeZone};

use crate::{
    people::MAIN_ZONE,
    world::{Issue, Project, Status, Worklog, World},
};

/// The work attribute of type ACCOUNT is stored under this key, and shown under the settings' one.
pub const ACCOUNT_ATTRIBUTE: &str = "_Account_";
/// The Jira field that holds an issue's Tempo account.
pub const ACCOUNT_FIELD: &str = "customfield_10039";
/// The one team.
pub const TEAM_ID: u64 = 1;
/// Value and label of the static list `_WorkType_`.
pub const WORK_TYPES: [(&str, &str); 4] = [
    ("1f0c6c52-0000-4000-8000-000000000001", "Development"),
    ("1f0c6c52-0000-4000-8000-000000000002", "Code Review"),
    ("1f0c6c52-0000-4000-8000-000000000003", "Meeting"),
    ("1f0c6c52-0000-4000-8000-000000000004", "Support"),
];

pub(crate) fn main_zone() -> TimeZone {
    TimeZone::get(MAIN_ZONE).unwrap_or(TimeZone::UTC)
}

/// The id of the Jira worklog behind a Tempo one: close enough to be taken for one.
pub(crate) fn jira_worklog_id(tempo_id: u64) -> u64 {
    tempo_id + 37
}

pub(crate) fn build(now: Timestamp) -> World {
    let today = now.to_zoned(main_zone()).date();
    let mut world = World {
        users: staff::users(),
        workloads: staff::workloads(),
        holidays: staff::holidays(today),
        projects: issues::projects(),
        accounts: accounts::accounts(),
        links: accounts::links(),
        attributes: accounts::attributes(),
        ..World::default()
    };
    issues::add(&mut world, now);
    timesheets::add(&mut world, now, today);
    world
}

const BULK_PROJECT: u64 = 10099;
const FIRST_BULK_ISSUE: u64 = 1_000_001;
const QUARTER_HOUR: u64 = 900;

pub(crate) fn seed(world: &mut World, now: Timestamp, count: usize, issues: usize) {
    let project = bulk_project(world);
    let issues = u64::try_from(issues.max(1)).unwrap_or(1);
    for number in 0..issues {
        let id = FIRST_BULK_ISSUE + number;
        if world.issue(id).is_none() {
            world.add_issue(bulk_issue(id, number + 1, project, now));
        }
    }
    let yesterday = now.to_zoned(main_zone()).date().saturating_sub(1.day());
    let mut day = yesterday;
    for number in 0..u64::try_from(count).unwrap_or(0) {
        // Every 365 entries the day starts again, a quarter of an hour later.
        day = if number % 365 == 0 { yesterday } else { day.saturating_sub(1.day()) };
        let minutes = i8::try_from(number / 365 % 4 * 15).unwrap_or(0);
        let hour = i8::try_from(number / 1460 % 24).unwrap_or(0);
        let id = world.add_worklog(Worklog {
            id: 0,
            jira_id: None,
            issue: FIRST_BULK_ISSUE + number % issues,
            project,
            author: 0,
            date: day,
            time: Time::new(hour, minutes, 0, 0).ok(),
            seconds: QUARTER_HOUR,
            billable: QUARTER_HOUR,
            description: format!("Entry {}", number + 1),
            attributes: Vec::new(),
            created: now,
            updated: now,
        });
        if let Some(worklog) = world.worklogs.last_mut() {
            worklog.jira_id = Some(jira_worklog_id(id));
        }
    }
}

fn bulk_project(world: &mut World) -> usize {
    if let Some(place) = world.projects.iter().position(|project| project.id == BULK_PROJECT) {
        return place;
    }
    world.projects.push(Project {
        id: BULK_PROJECT,
        key: "BULK",
        name: "Bulk Data",
        secret: false,
        worklogs_shared: true,
    });
    world.projects.len() - 1
}

fn bulk_issue(id: u64, number: u64, project: usize, now: Timestamp) -> Issue {
    Issue {
        id,
        key: format!("BULK-{number}"),
        old_key: None,
        project,
        summary: format!("Generated issue {number}"),
        kind: "Task",
        status: Status::InProgress,
        assignee: Some(0),
        reporter: 0,
        created: now,
        updated: now,
        account: None,
        original_estimate: None,
        remaining_estimate: None,
    }
}
