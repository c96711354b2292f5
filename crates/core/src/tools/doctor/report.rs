//! The parts of a report.

use serde::Serialize;

use crate::{
    tools::{
        Audience,
        messages::{self, Message},
    },
    upstream,
};

/// All checks, in the order in which they depend on each other.
#[derive(Debug, Serialize)]
pub struct Report {
    pub sections: Vec<Section>,
    /// Whether worklogs can be read and logged. It is `true` even if a scope is missing or the account field is wrong.
    pub works: bool,
}

/// Checks of one part of the way.
#[derive(Debug, Serialize)]
pub struct Section {
    pub title: String,
    pub checks: Vec<Check>,
}

/// One thing that was checked.
#[derive(Debug, Serialize)]
pub struct Check {
    pub name: String,
    pub mark: Mark,
    pub finding: String,
    /// What to do. Every failed check has advice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    Good,
    Bad,
    /// A fact, or something that could not be checked.
    Note,
}

impl Report {
    /// Only the failed checks, by section.
    #[must_use]
    pub fn failures(self) -> Vec<Section> {
        let only_bad = |mut it: Section| {
            it.checks.retain(|it| it.mark == Mark::Bad);
            (!it.checks.is_empty()).then_some(it)
        };
        self.sections.into_iter().filter_map(only_bad).collect()
    }

    /// Whether no check failed.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.sections.iter().flat_map(|it| &it.checks).all(|it| it.mark != Mark::Bad)
    }
}

impl Section {
    pub fn new(title: impl Into<String>, checks: Vec<Check>) -> Self {
        Self { title: title.into(), checks }
    }
}

impl Check {
    pub fn good(name: impl Into<String>, finding: impl Into<String>) -> Self {
        Self { name: name.into(), mark: Mark::Good, finding: finding.into(), advice: None }
    }

    pub fn note(name: impl Into<String>, finding: impl Into<String>) -> Self {
        Self { name: name.into(), mark: Mark::Note, finding: finding.into(), advice: None }
    }

    pub fn bad(name: impl Into<String>, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name: name.into(), mark: Mark::Bad, finding: finding.into(), advice: Some(advice.into()) }
    }

    #[must_use]
    pub fn with_advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// A vendor's error, with the message that tools use.
    pub(super) fn failed(name: &str, error: &upstream::Error) -> Self {
        let Message { finding, advice, .. } = messages::upstream(error, &Audience::Local);
        let advice = advice
            .unwrap_or_else(|| format!("Try again. If it keeps failing, ask {}'s support.", error.vendor));
        Self::bad(name, finding, advice)
    }
}
