//! A worklog as the product thinks of it.

use super::{
    duration::Seconds,
    ids::{AccountId, IssueId, IssueKey, WorklogId},
    time::{StartTime, WorkDate, end_of},
};

/// One entry of a timesheet, as stored by Tempo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worklog {
    pub id: WorklogId,
    pub issue: IssueId,
    pub author: AccountId,
    pub date: WorkDate,
    pub start: Option<StartTime>,
    pub time_spent: Seconds,
    pub billable: Option<Seconds>,
    pub description: String,
    pub attributes: Vec<Attribute>,
    /// When Tempo stored it, by Tempo's clock, to the second.
    pub created_at: Option<jiff::Timestamp>,
}

impl Worklog {
    #[must_use]
    pub fn end(&self) -> Option<String> {
        self.start.map(|it| end_of(it, self.time_spent))
    }

    /// The order of every list: day, start, id.
    #[must_use]
    pub fn order(&self) -> (WorkDate, Option<StartTime>, WorklogId) {
        (self.date, self.start, self.id)
    }

    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.key == key).map(|it| it.value.as_str())
    }
}

/// A value of one of the site's work attributes, by the attribute's key and, for lists, the stored value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attribute {
    pub key: String,
    pub value: String,
}

/// Everything of a worklog but its issue and id: what a create sends, and what an edit sends back whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub author: AccountId,
    pub date: WorkDate,
    pub start: Option<StartTime>,
    pub time_spent: Seconds,
    /// `None`: Tempo's default, which is the time spent.
    pub billable: Option<Seconds>,
    /// The issue's remaining estimate, not a field of the worklog.
    pub remaining_estimate: Option<Seconds>,
    pub description: String,
    pub attributes: Vec<Attribute>,
}

impl Draft {
    /// Everything that `worklog` holds, to be changed in parts.
    #[must_use]
    pub fn of(worklog: &Worklog) -> Self {
        Self {
            author: worklog.author.clone(),
            date: worklog.date,
            start: worklog.start,
            time_spent: worklog.time_spent,
            billable: worklog.billable,
            remaining_estimate: None,
            description: worklog.description.clone(),
            attributes: worklog.attributes.clone(),
        }
    }

    /// Whether `worklog` is what this draft asked for, in all that tells one entry from another.
    #[must_use]
    pub fn is_like(&self, worklog: &Worklog) -> bool {
        self.has_times_of(worklog) && same_text(&self.description, &worklog.description)
    }

    /// As [`Self::is_like`], whatever the description.
    #[must_use]
    pub fn has_times_of(&self, worklog: &Worklog) -> bool {
        self.author == worklog.author
            && self.date == worklog.date
            && self.time_spent == worklog.time_spent
            && self.start.is_none_or(|it| worklog.start == Some(it))
    }

    /// Whether `worklog` holds all of this draft: what an edit wanted to bring about.
    #[must_use]
    pub fn is_held_by(&self, worklog: &Worklog) -> bool {
        let mut ours = self.attributes.clone();
        let mut theirs = worklog.attributes.clone();
        ours.sort();
        theirs.sort();
        self.is_like(worklog)
            && ours == theirs
            && self.billable.is_none_or(|it| worklog.billable.is_none_or(|stored| stored == it))
    }
}

/// Equal but for what a text field may lose on its way: line endings, and white space around it.
fn same_text(ours: &str, theirs: &str) -> bool {
    ours.trim().lines().map(str::trim_end).eq(theirs.trim().lines().map(str::trim_end))
}

/// A Jira issue as far as a timesheet needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    pub id: IssueId,
    pub key: IssueKey,
    pub summary: String,
    pub status: String,
    pub project: String,
    /// Tempo's numeric id of the issue's account, where the site has the field and it was asked for.
    pub account: Option<u64>,
}
