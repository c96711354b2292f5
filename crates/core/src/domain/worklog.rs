//! Worklogs and issues.

use super::{
    duration::Seconds,
    ids::{AccountId, IssueId, IssueKey, WorklogId},
    time::{StartTime, WorkDate, end_of},
};

/// A worklog as Tempo stores it.
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
    /// When Tempo created it, by Tempo's clock, in whole seconds.
    pub created_at: Option<jiff::Timestamp>,
}

impl Worklog {
    /// The end time, if there is a start time.
    #[must_use]
    pub fn end(&self) -> Option<String> {
        self.start.map(|it| end_of(it, self.time_spent))
    }

    /// The sort key of all lists: day, start time and id.
    #[must_use]
    pub fn order(&self) -> (WorkDate, Option<StartTime>, WorklogId) {
        (self.date, self.start, self.id)
    }

    /// The stored value of an attribute.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.key == key).map(|it| it.value.as_str())
    }
}

/// The value of a work attribute. For lists it is the stored value, not the label.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attribute {
    pub key: String,
    pub value: String,
}

/// A worklog without its issue and id, as it is created, or as an edit replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub author: AccountId,
    pub date: WorkDate,
    pub start: Option<StartTime>,
    pub time_spent: Seconds,
    /// `None` for Tempo's default, which is the time spent.
    pub billable: Option<Seconds>,
    /// The new remaining estimate of the issue. It is not part of the worklog.
    pub remaining_estimate: Option<Seconds>,
    pub description: String,
    pub attributes: Vec<Attribute>,
}

impl Draft {
    /// The contents of `worklog`, to be edited.
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

    /// Whether `worklog` can be what this draft created: author, times and description are the same.
    #[must_use]
    pub fn is_like(&self, worklog: &Worklog) -> bool {
        self.has_times_of(worklog) && same_text(&self.description, &worklog.description)
    }

    /// Whether author, day, time spent and start time are the same. A draft without a start time matches any.
    #[must_use]
    pub fn has_times_of(&self, worklog: &Worklog) -> bool {
        self.author == worklog.author
            && self.date == worklog.date
            && self.time_spent == worklog.time_spent
            && self.start.is_none_or(|it| worklog.start == Some(it))
    }

    /// Whether `worklog` has all contents of this draft, so that an edit has been carried out.
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

/// Whether two texts are equal except for line endings and surrounding white space, which text fields may change.
fn same_text(ours: &str, theirs: &str) -> bool {
    ours.trim().lines().map(str::trim_end).eq(theirs.trim().lines().map(str::trim_end))
}

/// The parts of a Jira issue that a timesheet needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    pub id: IssueId,
    pub key: IssueKey,
    pub summary: String,
    pub status: String,
    pub project: String,
    /// The numeric id of the issue's Tempo account, if the account field is configured and set.
    pub account: Option<u64>,
}
