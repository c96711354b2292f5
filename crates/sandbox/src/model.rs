//! The records of the simulated site. `site_data.rs` stores them and knows who may see what.
//!
//! Users, projects and workloads are referred to by their index in the lists of `SiteData`, everything else by id.
//! All durations are in seconds.

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

/// An index into the list of users.
pub(crate) type UserIndex = usize;

/// The main user is the first one.
pub(crate) const MAIN_USER: UserIndex = 0;

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) account_id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) zone_name: &'static str,
    pub(crate) zone: TimeZone,
    pub(crate) active: bool,
    /// Sees all worklogs and projects, logs work for others, and administers Tempo.
    pub(crate) is_lead: bool,
    /// Index of the workload scheme.
    pub(crate) workload: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// Required seconds for each day, from Monday to Sunday.
    pub(crate) days: [u64; 7],
}

#[derive(Debug, Clone)]
pub(crate) struct Holiday {
    pub(crate) name: &'static str,
    pub(crate) date: Date,
    pub(crate) seconds: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) id: u64,
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    /// Only the lead can browse the project.
    pub(crate) is_private: bool,
    /// All users have the permission "View All Worklogs". Without it they see only their own worklogs.
    pub(crate) worklogs_shared: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) key: String,
    /// The key before the issue was moved. Jira still finds the issue by it.
    pub(crate) old_key: Option<&'static str>,
    /// Index of the project.
    pub(crate) project: usize,
    pub(crate) summary: String,
    pub(crate) issue_type: &'static str,
    pub(crate) status: Status,
    pub(crate) assignee: Option<UserIndex>,
    pub(crate) reporter: UserIndex,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// Id of the Tempo account in the issue's custom field.
    pub(crate) account: Option<u64>,
    pub(crate) original_estimate: Option<u64>,
    pub(crate) remaining_estimate: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    ToDo,
    InProgress,
    InReview,
    Done,
}

impl Status {
    pub(crate) const ALL: [Status; 4] = [Status::ToDo, Status::InProgress, Status::InReview, Status::Done];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Status::ToDo => "10000",
            Status::InProgress => "3",
            Status::InReview => "10001",
            Status::Done => "10002",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::ToDo => "To Do",
            Status::InProgress => "In Progress",
            Status::InReview => "In Review",
            Status::Done => "Done",
        }
    }

    /// Id, key and name of the status category.
    pub(crate) fn category(self) -> (u64, &'static str, &'static str) {
        match self {
            Status::ToDo => (2, "new", "To Do"),
            Status::InProgress | Status::InReview => (4, "indeterminate", "In Progress"),
            Status::Done => (3, "done", "Done"),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) status: &'static str,
    pub(crate) global: bool,
    pub(crate) lead: UserIndex,
    /// Id, key and name.
    pub(crate) customer: Option<(u64, &'static str, &'static str)>,
    /// Id, key, name and type.
    pub(crate) category: (u64, &'static str, &'static str, &'static str),
}

#[derive(Debug, Clone)]
pub(crate) struct AccountLink {
    pub(crate) id: u64,
    /// Id of the account.
    pub(crate) account: u64,
    /// Id of the project.
    pub(crate) project: u64,
    pub(crate) default: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct WorkAttribute {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) attribute_type: &'static str,
    /// The values of a static list, each with its label.
    pub(crate) values: &'static [(&'static str, &'static str)],
}

#[derive(Debug, Clone)]
pub(crate) struct Worklog {
    pub(crate) id: u64,
    /// `None` if there is no corresponding Jira worklog.
    pub(crate) jira_id: Option<u64>,
    /// Id of the issue.
    pub(crate) issue: u64,
    /// Index of the issue's project.
    pub(crate) project: usize,
    pub(crate) author: UserIndex,
    pub(crate) date: Date,
    pub(crate) start_time: Option<Time>,
    pub(crate) seconds: u64,
    pub(crate) billable: u64,
    pub(crate) description: String,
    /// Keys and values of the work attributes.
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}
