//! The arguments that say how worklogs are grouped and sorted.

use serde_json::{Value, json};

use crate::tools::{
    argument::{Argument, json::shown},
    rejection::Rejection,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GroupBy {
    Issue,
    Account,
    Day,
    Week,
    Month,
    Project,
    Attribute(String),
}

impl Argument for GroupBy {
    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^(issue|account|day|week|month|project|attribute:.+)$" })
    }

    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        let text = value.as_str().unwrap_or_default().trim();
        let res = match text {
            "issue" => Self::Issue,
            "account" => Self::Account,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "project" => Self::Project,
            _ => match text.strip_prefix("attribute:").map(str::trim) {
                Some(key) if !key.is_empty() => Self::Attribute(key.into()),
                _ => {
                    let reason = "must be issue, account, day, week, month, project or attribute:KEY";
                    rejections.push(not_one_of(&value, place, reason));
                    return None;
                }
            },
        };
        Some(res)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum SortBy {
    #[default]
    Hours,
    Key,
}

impl Argument for SortBy {
    fn schema() -> Value {
        json!({ "type": "string", "enum": ["hours", "key"] })
    }

    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        match value.as_str() {
            Some("hours") => Some(Self::Hours),
            Some("key") => Some(Self::Key),
            _ => {
                rejections.push(not_one_of(&value, place, "must be hours or key"));
                None
            }
        }
    }
}

impl GroupBy {
    /// As the argument names it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Issue => "issue".into(),
            Self::Account => "account".into(),
            Self::Day => "day".into(),
            Self::Week => "week".into(),
            Self::Month => "month".into(),
            Self::Project => "project".into(),
            Self::Attribute(key) => format!("attribute:{key}"),
        }
    }
}

fn not_one_of(value: &Value, place: &str, reason: &str) -> Rejection {
    Rejection { place: place.into(), value: Some(shown(value)), reason: reason.into() }
}
