//! The vendors' identifiers. Each has its own type and is safe in a path or a body.

use std::{fmt, str::FromStr};

/// The largest integer that all JSON parsers represent exactly.
const MAX_ID: u64 = 1 << 53;

fn parse_id(text: &str, what: &str) -> Result<u64, String> {
    let text = text.trim();
    let plain = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let id: Option<u64> = if plain { text.parse().ok() } else { None };
    id.filter(|it| (1..=MAX_ID).contains(it))
        .ok_or_else(|| format!("must be a {what}, digits only, like 10042"))
}

macro_rules! numeric_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                parse_id(text, $what).map(Self)
            }
        }
    };
}

numeric_id!(
    /// Jira's numeric id of an issue. Tempo knows issues only by it.
    IssueId,
    "numeric issue id"
);
numeric_id!(
    /// Tempo's own id of a worklog (`tempoWorklogId`), not Jira's.
    WorklogId,
    "Tempo worklog id"
);

/// A Jira issue key in capitals, like `PROJ-12`.
///
/// ```
/// use tempo_mcp_core::domain::ids::IssueKey;
///
/// let key: IssueKey = "proj-12".parse()?;
/// assert_eq!((key.as_str(), key.project()), ("PROJ-12", "PROJ"));
/// assert!("PROJ-12/../13".parse::<IssueKey>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueKey(String);

impl IssueKey {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of the project, which is the part before the number.
    #[must_use]
    pub fn project(&self) -> &str {
        self.0.rsplit_once('-').map_or(self.as_str(), |(project, _)| project)
    }

    /// Whether an issue can have this key. A word without a number parses, so that one such entry does not fail a whole
    /// batch, but no issue is called so.
    #[must_use]
    pub fn can_exist(&self) -> bool {
        self.0.contains('-')
    }
}

impl fmt::Display for IssueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for IssueKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "must be an issue key like PROJ-12 or a numeric issue id like 10042";
        let text = text.trim();
        let (project, number) = text.split_once('-').unwrap_or((text, "1"));
        let project_is_word = project.starts_with(|it: char| it.is_ascii_alphabetic())
            && project.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
        let number_is_digits = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
        if text.len() <= 100 && project_is_word && number_is_digits {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err(FORM.into())
        }
    }
}

/// A reference to an issue as people write it: its key, or Jira's numeric id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssueRef {
    Key(IssueKey),
    Id(IssueId),
}

impl fmt::Display for IssueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(it) => it.fmt(f),
            Self::Id(it) => it.fmt(f),
        }
    }
}

impl FromStr for IssueRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => text.parse().map(Self::Key),
        }
    }
}

/// An Atlassian account id. Its characters are checked, because it comes from a vendor and is used in paths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AccountId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b':' | b'-' | b'_'));
        if (1..=128).contains(&text.len()) && plain {
            Ok(Self(text.into()))
        } else {
            Err("is not an Atlassian account id".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_parse_in_any_case_and_ids_as_numbers() {
        assert_eq!(" proj_2-12 ".parse::<IssueRef>().unwrap().to_string(), "PROJ_2-12");
        assert_eq!("10042".parse(), Ok(IssueRef::Id(IssueId(10042))));
        assert_eq!("A-1".parse::<IssueKey>().unwrap().project(), "A");
    }

    #[test]
    fn text_that_would_change_a_path_is_refused() {
        for text in [
            "PROJ-1/../../myself",
            "PROJ-1?fields=none",
            "..",
            "",
            "PROJ-",
            "PROJ 1",
            "PROJ-1-2",
            "1PROJ-1",
            "0",
            "ÄB-1",
            "-1",
        ] {
            assert!(text.parse::<IssueRef>().is_err(), "{text}");
        }
    }

    #[test]
    fn word_parses_but_cannot_exist() {
        assert!(!"constructor".parse::<IssueKey>().unwrap().can_exist());
    }

    #[test]
    fn worklog_ids_are_digits() {
        assert_eq!(" 7001 ".parse(), Ok(WorklogId(7001)));
        for text in [
            "1/../7002",
            "7001?bypassPeriodClosuresAndApprovals=true",
            "0",
            "-5",
            "1.5",
            "",
            "99999999999999999999",
            "９",
        ] {
            assert!(text.parse::<WorklogId>().is_err(), "{text}");
        }
    }
}
