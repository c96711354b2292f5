//! Projects and issues.

use jiff::{SignedDuration, Timestamp};

use super::users::{ALEX, INGRID, JONAS, MARIA, PRIYA};
use crate::{
    model::{Issue, Project, Status, UserIndex},
    site_data::SiteData,
};

pub(super) fn projects() -> Vec<Project> {
    vec![
        project(10001, "WEB", "Web Shop"),
        project(10002, "MOB", "Mobile App"),
        project(10003, "OPS", "Operations"),
        Project { worklogs_shared: false, ..project(10004, "INT", "Internal") },
        Project { is_private: true, ..project(10005, "SEC", "Security Reviews") },
    ]
}

fn project(id: u64, key: &'static str, name: &'static str) -> Project {
    Project { id, key, name, is_private: false, worklogs_shared: true }
}

/// Project, number, summary, issue type, status, assignee, reporter, days since the last update.
type IssueRow = (usize, u64, &'static str, &'static str, Status, Option<UserIndex>, UserIndex, i64);

// Indexes into the list of projects.
const WEB: usize = 0;
const MOB: usize = 1;
const OPS: usize = 2;
const INT: usize = 3;
const SEC: usize = 4;

#[rustfmt::skip]
const ISSUES: &[IssueRow] = &[
    (WEB, 1, "Checkout: guest orders without an account", "Story", Status::InProgress, Some(ALEX), INGRID, 1),
    (WEB, 2, "Product page loads slowly on phones", "Bug", Status::InReview, Some(ALEX), PRIYA, 2),
    (WEB, 3, "Search: typing \"colour\" should find \"color\"", "Story", Status::Done, Some(PRIYA), INGRID, 21),
    (WEB, 4, "Gift cards: redeem in two orders", "Story", Status::ToDo, None, INGRID, 9),
    (WEB, 5, "Invoice PDF shows the wrong VAT for Norway", "Bug", Status::Done, Some(MARIA), ALEX, 15),
    (WEB, 6, "Replace the image pipeline", "Task", Status::InProgress, Some(JONAS), ALEX, 3),
    (WEB, 7, "Cookie banner: remember the choice", "Task", Status::Done, Some(PRIYA), PRIYA, 40),
    (WEB, 8, "A/B test of the new basket | variant B", "Story", Status::InReview, Some(MARIA), INGRID, 5),
    (WEB, 10, "Accessibility: keyboard focus in the menu", "Bug", Status::InProgress, Some(PRIYA), JONAS, 4),
    (WEB, 11, "Newsletter sign-up with double opt-in", "Story", Status::ToDo, Some(ALEX), INGRID, 12),
    (WEB, 12, "Login bug: session is lost after a password reset", "Bug", Status::InProgress, Some(ALEX), MARIA, 0),
    (MOB, 1, "Offline mode for saved trips", "Story", Status::InProgress, Some(PRIYA), INGRID, 1),
    (MOB, 2, "Crash when the camera permission is denied", "Bug", Status::Done, Some(ALEX), MARIA, 10),
    (MOB, 3, "Push notifications: quiet hours", "Story", Status::ToDo, Some(MARIA), INGRID, 8),
    (MOB, 4, "Dark mode", "Story", Status::InReview, Some(ALEX), ALEX, 2),
    (MOB, 5, "Reduce the app's start time below two seconds", "Task", Status::InProgress, Some(JONAS), PRIYA, 6),
    (MOB, 6, "Update the payment SDK", "Task", Status::Done, Some(MARIA), MARIA, 30),
    (MOB, 7, "Share a trip by link", "Story", Status::InProgress, Some(ALEX), INGRID, 3),
    (MOB, 8, "Login with a fingerprint", "Story", Status::ToDo, None, PRIYA, 20),
    (OPS, 1, "On-call week", "Task", Status::InProgress, Some(ALEX), INGRID, 1),
    (OPS, 2, "Move the database to the new cluster", "Task", Status::InReview, Some(JONAS), INGRID, 4),
    (OPS, 3, "Incident: orders delayed by a full queue", "Bug", Status::Done, Some(ALEX), JONAS, 19),
    (OPS, 4, "Rotate certificates before they expire", "Task", Status::ToDo, Some(MARIA), JONAS, 7),
    (OPS, 5, "Dashboards for the release train", "Task", Status::InProgress, Some(PRIYA), ALEX, 5),
    (OPS, 6, "Backups: practise a restore", "Task", Status::Done, Some(JONAS), INGRID, 33),
    (INT, 1, "Meetings and stand-ups", "Task", Status::InProgress, None, INGRID, 1),
    (INT, 2, "Training and conferences", "Task", Status::InProgress, None, INGRID, 14),
    (INT, 3, "Interviews", "Task", Status::InProgress, Some(INGRID), INGRID, 11),
    (INT, 4, "Quarterly planning", "Task", Status::ToDo, Some(INGRID), INGRID, 16),
    (SEC, 1, "Review of the access rights", "Task", Status::InProgress, Some(INGRID), INGRID, 2),
];

pub(super) fn add_issues(site: &mut SiteData, now: Timestamp) {
    for row in ISSUES {
        let (project, number, summary, issue_type, status, assignee, reporter, days) = *row;
        let key = format!("{}-{number}", site.projects[project].key);
        let index = u64::try_from(project).unwrap_or(0);
        site.add_issue(Issue {
            id: 11_000 + 1000 * index + number,
            old_key: (key == "MOB-7").then_some("WEB-9"),
            key,
            project,
            summary: summary.to_owned(),
            issue_type,
            status,
            assignee,
            reporter,
            created: days_before(now, days + 45),
            updated: days_before(now, days),
            account: account_of(project, number),
            original_estimate: (number % 3 != 0).then_some(40 * 3600),
            remaining_estimate: (number % 3 != 0).then_some(16 * 3600),
        });
    }
}

/// The account in the issue's custom field. Internal issues have none, and WEB-7 still has the closed one.
fn account_of(project: usize, number: u64) -> Option<u64> {
    match (project, number) {
        (WEB, 7) => Some(5),
        (WEB, 2 | 5 | 12) => Some(2),
        (WEB, _) => Some(1),
        (MOB, _) => Some(3),
        (OPS, 1 | 3) => Some(2),
        _ => None,
    }
}

/// This many days and two hours before `now`. The two hours make an issue that was updated today older than the
/// clock's start.
fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * days + 2)).unwrap_or(now)
}
