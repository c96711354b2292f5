//! What a Tempo site demands of worklogs: its attributes, accounts and global rules.

use super::duration::Seconds;

/// A work attribute of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkAttribute {
    pub key: String,
    pub name: String,
    pub is_account: bool,
    pub required: bool,
    /// For lists: stored value and label.
    pub choices: Vec<(String, String)>,
}

impl WorkAttribute {
    /// The value to send for what a person gave: a label or a stored value of a list, anything else as it is.
    #[must_use]
    pub fn stored_value(&self, given: &str) -> Option<String> {
        if self.choices.is_empty() {
            return Some(given.into());
        }
        let same = |it: &str| {
            it.trim().eq_ignore_ascii_case(given.trim()) || it.to_lowercase() == given.trim().to_lowercase()
        };
        let exact = self.choices.iter().find(|(value, label)| value == given || label == given);
        let found = exact.or_else(|| self.choices.iter().find(|(value, label)| same(value) || same(label)));
        found.map(|(value, _)| value.clone())
    }

    #[must_use]
    pub fn label<'a>(&'a self, stored: &'a str) -> &'a str {
        self.choices.iter().find(|(value, _)| value == stored).map_or(stored, |(_, label)| label)
    }
}

/// A Tempo account, which worklogs are booked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: u64,
    pub key: String,
    pub name: String,
    pub open: bool,
}

/// The site's global rules. `None`: not told, so unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SiteRules {
    pub remaining_estimate_optional: Option<bool>,
    pub description_optional: Option<bool>,
    pub most_per_day: Option<Seconds>,
    pub days_into_future: Option<i64>,
    pub start_times_enabled: Option<bool>,
    pub approval_period: Option<ApprovalPeriod>,
}

/// What a timesheet that is handed in spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalPeriod {
    Week,
    Month,
}

/// A field of Jira's issues that somebody added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    /// `customfield_10234`.
    pub id: String,
    pub name: String,
    /// Whether Tempo keeps an issue's account in it.
    pub is_account: bool,
}
