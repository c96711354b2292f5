//! What a Tempo site requires of worklogs: its attributes, accounts and global rules.

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
    /// The value to store for what a person gave. A list accepts a label or a stored value, and other attributes any text.
    /// `None` if the list has no such value.
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

    /// The label of a stored value, as Tempo shows it.
    #[must_use]
    pub fn label<'a>(&'a self, stored: &'a str) -> &'a str {
        self.choices.iter().find(|(value, _)| value == stored).map_or(stored, |(_, label)| label)
    }
}

/// A Tempo account that worklogs are booked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: u64,
    pub key: String,
    pub name: String,
    pub open: bool,
}

/// The site's global rules. `None` means that Tempo did not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SiteRules {
    pub remaining_estimate_optional: Option<bool>,
    pub description_optional: Option<bool>,
    pub most_per_day: Option<Seconds>,
    pub days_into_future: Option<i64>,
    pub start_times_enabled: Option<bool>,
    pub approval_period: Option<ApprovalPeriod>,
}

/// One thing that a site requires of a worklog, or does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteRequirement {
    RemainingEstimate,
    Description,
    /// The most time per person and day.
    MaxPerDay(Seconds),
    /// How many days after today a worklog may be.
    MaxDaysAhead(i64),
    NoStartTimes,
    /// A work attribute that every worklog needs.
    Attribute(WorkAttribute),
}

impl SiteRules {
    /// The rules that restrict worklogs.
    #[must_use]
    pub fn requirements(&self) -> Vec<SiteRequirement> {
        let is_required = |optional: Option<bool>| optional == Some(false);
        [
            is_required(self.remaining_estimate_optional).then_some(SiteRequirement::RemainingEstimate),
            is_required(self.description_optional).then_some(SiteRequirement::Description),
            self.most_per_day.filter(|it| it.0 > 0).map(SiteRequirement::MaxPerDay),
            self.days_into_future.map(SiteRequirement::MaxDaysAhead),
            (self.start_times_enabled == Some(false)).then_some(SiteRequirement::NoStartTimes),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// How long a timesheet is that is submitted for approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalPeriod {
    Week,
    Month,
}

/// A custom field of Jira's issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    /// `customfield_10234`.
    pub id: String,
    pub name: String,
    /// Whether it contains the Tempo account of an issue.
    pub is_account: bool,
}
