//! The keys that distinguish groups.

use serde::Serialize;

use crate::domain::text::{one_line, quoted};

/// Longer keys are cut in texts, to this many characters.
const MAX_SHOWN: usize = 200;

/// The key of a group. A key that people at the site chose never counts as one of ours that reads the same, such as
/// `(no account)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub(super) enum GroupKey {
    /// A date, an issue key, or what we call a group without a key.
    Ours(String),
    /// The key of a project or an account, or the value of an attribute.
    OfSite(String),
}

impl GroupKey {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Ours(it) | Self::OfSite(it) => it,
        }
    }

    /// The key as a line of the text shows it: a key that people chose is quoted.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Ours(it) => it.clone(),
            Self::OfSite(it) => quoted(&one_line(it, MAX_SHOWN)),
        }
    }
}
