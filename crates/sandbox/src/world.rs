//! What the simulated site holds: people, projects, issues, accounts, worklogs; and who may see what.

use std::collections::HashMap;

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

/// A person's place in [`World::users`].
pub(crate) type UserIndex = usize;

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) account_id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) zone_name: &'static str,
    pub(crate) zone: TimeZone,
    pub(crate) active: bool,
    /// Sees all worklogs and projects, logs for others, administers Tempo.
    pub(crate) lead: bool,
    pub(crate) workload: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// Required seconds from Monday to Sunday.
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
    /// Only the lead can browse it.
    pub(crate) secret: bool,
    /// Everyone has "View All Worklogs" here; elsewhere one sees one's own.
    pub(crate) worklogs_shared: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) key: String,
    /// The key before the issue was moved; Jira goes on answering to it.
    pub(crate) old_key: Option<&'static str>,
    pub(crate) project: usize,
    pub(crate) summary: String,
    pub(crate) kind: &'static str,
    pub(crate) status: Status,
    pub(crate) assignee: Option<UserIndex>,
    pub(crate) reporter: UserIndex,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// Id of the Tempo account in the custom field.
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

    /// Id, key and name of the category.
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
    pub(crate) account: u64,
    pub(crate) project: u64,
    pub(crate) default: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct WorkAttribute {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    /// Of a static list: the stored value and its label.
    pub(crate) values: &'static [(&'static str, &'static str)],
}

#[derive(Debug, Clone)]
pub(crate) struct Worklog {
    pub(crate) id: u64,
    /// None where no Jira worklog shadows it.
    pub(crate) jira_id: Option<u64>,
    pub(crate) issue: u64,
    pub(crate) project: usize,
    pub(crate) author: UserIndex,
    pub(crate) date: Date,
    pub(crate) time: Option<Time>,
    pub(crate) seconds: u64,
    pub(crate) billable: u64,
    pub(crate) description: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) users: Vec<User>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) holidays: Vec<Holiday>,
    pub(crate) projects: Vec<Project>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) links: Vec<AccountLink>,
    pub(crate) attributes: Vec<WorkAttribute>,
    /// By ascending id.
    pub(crate) worklogs: Vec<Worklog>,
    /// Kept by `add_worklog` and `add_issue`, as are the two maps.
    pub(crate) last_worklog: u64,
    pub(crate) issue_by_id: HashMap<u64, usize>,
    pub(crate) issue_by_key: HashMap<String, usize>,
}

impl World {
    pub(crate) fn user(&self, account_id: &str) -> Option<UserIndex> {
        self.users.iter().position(|user| user.account_id == account_id)
    }

    pub(crate) fn user_by_email(&self, email: &str) -> Option<UserIndex> {
        self.users.iter().position(|user| user.email.eq_ignore_ascii_case(email))
    }

    pub(crate) fn add_issue(&mut self, issue: Issue) {
        let place = self.issues.len();
        self.issue_by_id.insert(issue.id, place);
        self.issue_by_key.insert(issue.key.clone(), place);
        if let Some(old_key) = issue.old_key {
            self.issue_by_key.insert(old_key.to_owned(), place);
        }
        self.issues.push(issue);
    }

    pub(crate) fn issue(&self, id: u64) -> Option<&Issue> {
        self.issues.get(*self.issue_by_id.get(&id)?)
    }

    pub(crate) fn issue_mut(&mut self, id: u64) -> Option<&mut Issue> {
        self.issues.get_mut(*self.issue_by_id.get(&id)?)
    }

    /// By id or key, whatever the letters' case, old keys included; None also where `viewer` may not see it.
    pub(crate) fn visible_issue(&self, viewer: UserIndex, id_or_key: &str) -> Option<&Issue> {
        let place = match id_or_key.parse::<u64>() {
            Ok(id) => self.issue_by_id.get(&id),
            Err(_) => self.issue_by_key.get(&id_or_key.to_uppercase()),
        };
        self.issues.get(*place?).filter(|issue| self.may_browse(viewer, issue.project))
    }

    pub(crate) fn may_browse(&self, viewer: UserIndex, project: usize) -> bool {
        self.users[viewer].lead || !self.projects[project].secret
    }

    pub(crate) fn may_view(&self, viewer: UserIndex, worklog: &Worklog) -> bool {
        let project = &self.projects[worklog.project];
        worklog.author == viewer || self.users[viewer].lead || (project.worklogs_shared && !project.secret)
    }

    pub(crate) fn account(&self, key: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.key == key)
    }

    pub(crate) fn restore_estimate(&mut self, issue: u64, estimate: Option<u64>) {
        if let Some(issue) = self.issue_mut(issue) {
            issue.remaining_estimate = estimate;
        }
    }

    pub(crate) fn worklog_place(&self, id: u64) -> Option<usize> {
        self.worklogs.binary_search_by_key(&id, |worklog| worklog.id).ok()
    }

    /// Stores a worklog under the next id, which it returns.
    pub(crate) fn add_worklog(&mut self, worklog: Worklog) -> u64 {
        self.last_worklog = self.last_worklog.max(FIRST_WORKLOG - 1) + 1;
        let id = self.last_worklog;
        self.worklogs.push(Worklog { id, ..worklog });
        id
    }
}

/// Tempo's ids and Jira's overlap on purpose: a client that mixes them up finds a wrong worklog.
pub(crate) const FIRST_WORKLOG: u64 = 7001;
