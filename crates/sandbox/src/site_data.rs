//! Everything the simulated site stores, how it is looked up, and who may see what.

use std::collections::HashMap;

use crate::model::{
    Account, AccountLink, Holiday, Issue, Project, User, UserIndex, WorkAttribute, Workload, Worklog,
};

/// The id of the first worklog. Tempo's ids and Jira's overlap on purpose: a client that confuses them finds the
/// wrong worklog instead of none.
pub(crate) const FIRST_WORKLOG_ID: u64 = 7001;

#[derive(Debug, Default)]
pub(crate) struct SiteData {
    pub(crate) users: Vec<User>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) holidays: Vec<Holiday>,
    pub(crate) projects: Vec<Project>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) account_links: Vec<AccountLink>,
    pub(crate) work_attributes: Vec<WorkAttribute>,
    /// Only `add_issue` adds to this list and to the two maps.
    pub(crate) issues: Vec<Issue>,
    pub(crate) issue_by_id: HashMap<u64, usize>,
    /// By upper-case key. Old keys are included.
    pub(crate) issue_by_key: HashMap<String, usize>,
    /// By ascending id. Only `add_worklog` adds to this list.
    pub(crate) worklogs: Vec<Worklog>,
    pub(crate) last_worklog_id: u64,
}

impl SiteData {
    pub(crate) fn user(&self, account_id: &str) -> Option<UserIndex> {
        self.users.iter().position(|user| user.account_id == account_id)
    }

    pub(crate) fn user_by_email(&self, email: &str) -> Option<UserIndex> {
        self.users.iter().position(|user| user.email.eq_ignore_ascii_case(email))
    }

    pub(crate) fn account(&self, key: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.key == key)
    }

    pub(crate) fn issue(&self, id: u64) -> Option<&Issue> {
        self.issues.get(*self.issue_by_id.get(&id)?)
    }

    pub(crate) fn issue_mut(&mut self, id: u64) -> Option<&mut Issue> {
        self.issues.get_mut(*self.issue_by_id.get(&id)?)
    }

    /// Finds an issue by its id, key or old key, ignoring case. `None` also if `viewer` may not see the issue.
    pub(crate) fn visible_issue(&self, viewer: UserIndex, id_or_key: &str) -> Option<&Issue> {
        let index = match id_or_key.parse::<u64>() {
            Ok(id) => self.issue_by_id.get(&id),
            Err(_) => self.issue_by_key.get(&id_or_key.to_uppercase()),
        };
        self.issues.get(*index?).filter(|issue| self.may_browse(viewer, issue.project))
    }

    /// Whether the user may see the project with this index.
    pub(crate) fn may_browse(&self, viewer: UserIndex, project: usize) -> bool {
        self.users[viewer].is_lead || !self.projects[project].is_private
    }

    pub(crate) fn may_view(&self, viewer: UserIndex, worklog: &Worklog) -> bool {
        let project = &self.projects[worklog.project];
        worklog.author == viewer
            || self.users[viewer].is_lead
            || (project.worklogs_shared && !project.is_private)
    }

    pub(crate) fn add_issue(&mut self, issue: Issue) {
        let index = self.issues.len();
        self.issue_by_id.insert(issue.id, index);
        self.issue_by_key.insert(issue.key.clone(), index);
        if let Some(old_key) = issue.old_key {
            self.issue_by_key.insert(old_key.to_owned(), index);
        }
        self.issues.push(issue);
    }

    pub(crate) fn restore_estimate(&mut self, issue: u64, estimate: Option<u64>) {
        if let Some(issue) = self.issue_mut(issue) {
            issue.remaining_estimate = estimate;
        }
    }

    /// The index of a worklog in `worklogs`.
    pub(crate) fn worklog_index(&self, id: u64) -> Option<usize> {
        self.worklogs.binary_search_by_key(&id, |worklog| worklog.id).ok()
    }

    /// Stores a worklog under the next id, and returns this id.
    pub(crate) fn add_worklog(&mut self, worklog: Worklog) -> u64 {
        self.last_worklog_id = self.last_worklog_id.max(FIRST_WORKLOG_ID - 1) + 1;
        let id = self.last_worklog_id;
        self.worklogs.push(Worklog { id, ..worklog });
        id
    }
}

/// The id of the Jira worklog that corresponds to a Tempo worklog. It differs, but could be taken for a Tempo id.
pub(crate) fn jira_worklog_id(tempo_id: u64) -> u64 {
    tempo_id + 37
}
