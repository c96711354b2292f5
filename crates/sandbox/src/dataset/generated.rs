//! Many similar worklogs, for tests of paging and for measurements.

use jiff::{Timestamp, ToSpan, civil::Time};

use super::users::{ALEX, main_user_zone};
use crate::{
    model::{Issue, Project, Status, Worklog},
    site_data::{SiteData, jira_worklog_id},
};

const PROJECT_ID: u64 = 10099;
const FIRST_ISSUE_ID: u64 = 1_000_001;
const QUARTER_HOUR: u64 = 900;

/// Adds `count` worklogs of 15 minutes for the main user, on `issues` issues (at least one) of the project BULK.
pub(crate) fn add_generated_worklogs(site: &mut SiteData, now: Timestamp, count: usize, issues: usize) {
    let project = project_index(site);
    let issues = u64::try_from(issues.max(1)).unwrap_or(1);
    for number in 0..issues {
        let id = FIRST_ISSUE_ID + number;
        if site.issue(id).is_none() {
            site.add_issue(issue(id, number + 1, project, now));
        }
    }
    let yesterday = now.to_zoned(main_user_zone()).date().saturating_sub(1.day());
    let mut day = yesterday;
    for number in 0..u64::try_from(count).unwrap_or(0) {
        // After 365 worklogs the dates start over, a quarter of an hour later in the day.
        day = if number % 365 == 0 { yesterday } else { day.saturating_sub(1.day()) };
        let minutes = i8::try_from(number / 365 % 4 * 15).unwrap_or(0);
        let hour = i8::try_from(number / 1460 % 24).unwrap_or(0);
        let id = site.add_worklog(Worklog {
            id: 0,
            jira_id: None,
            issue: FIRST_ISSUE_ID + number % issues,
            project,
            author: ALEX,
            date: day,
            start_time: Time::new(hour, minutes, 0, 0).ok(),
            seconds: QUARTER_HOUR,
            billable: QUARTER_HOUR,
            description: format!("Entry {}", number + 1),
            attributes: Vec::new(),
            created: now,
            updated: now,
        });
        if let Some(worklog) = site.worklogs.last_mut() {
            worklog.jira_id = Some(jira_worklog_id(id));
        }
    }
}

/// The index of the project, which is created if it does not exist yet.
fn project_index(site: &mut SiteData) -> usize {
    if let Some(index) = site.projects.iter().position(|project| project.id == PROJECT_ID) {
        return index;
    }
    site.projects.push(Project {
        id: PROJECT_ID,
        key: "BULK",
        name: "Bulk Data",
        is_private: false,
        worklogs_shared: true,
    });
    site.projects.len() - 1
}

fn issue(id: u64, number: u64, project: usize, now: Timestamp) -> Issue {
    Issue {
        id,
        key: format!("BULK-{number}"),
        old_key: None,
        project,
        summary: format!("Generated issue {number}"),
        issue_type: "Task",
        status: Status::InProgress,
        assignee: Some(ALEX),
        reporter: ALEX,
        created: now,
        updated: now,
        account: None,
        original_estimate: None,
        remaining_estimate: None,
    }
}
