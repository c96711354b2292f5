//! A message in its parts, and the words that several messages share.

use std::fmt;

use super::site::requirements;
use crate::domain::site::SiteRequirement;

/// The scopes that all tools together need.
pub(super) const SCOPES: &str = "Worklogs (View and Manage), Schemes (View), Accounts (View)";
pub(super) const NEW_TOKEN: &str =
    "scopes cannot be added to an existing token, so create a new one in Tempo > Settings > API Integration";

/// A message in its parts. `Display` joins them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tools) struct Message {
    /// What happened, with the vendor's own words. Without a full stop at the end.
    pub(in crate::tools) finding: String,
    /// What to do, in whole sentences.
    pub(in crate::tools) advice: Option<String>,
    /// What the site requires of a worklog, where that helps.
    pub(in crate::tools) requirements: Vec<SiteRequirement>,
}

impl Message {
    pub(super) fn new(finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::without_advice(finding) }
    }

    pub(super) fn without_advice(finding: impl Into<String>) -> Self {
        Self { finding: finding.into(), advice: None, requirements: Vec::new() }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.finding)?;
        if let Some(advice) = &self.advice {
            write!(f, " {advice}")?;
        }
        if !self.requirements.is_empty() {
            write!(f, "\nThis Tempo site:\n- {}", requirements(&self.requirements).join("\n- "))?;
        }
        Ok(())
    }
}
