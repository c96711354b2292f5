//! Notes about parts of a result that could not be read.

use super::{Audience, vendor};
use crate::upstream;

/// A part that a result is complete without: names for what has an id, a key or a stored value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tools) enum UnreadPart {
    IssueNames,
    AttributeLabels,
    AccountNames,
}

/// What is missing, why, and what to do.
pub(in crate::tools) fn unread(part: UnreadPart, cause: &upstream::Error, audience: &Audience) -> String {
    let what = match part {
        UnreadPart::IssueNames => {
            "Some issue keys and summaries could not be read, so those issues are shown by id"
        }
        UnreadPart::AttributeLabels => {
            "The labels of work attributes could not be read, so their stored values are shown"
        }
        UnreadPart::AccountNames => "The names of accounts could not be read, so only their keys are shown",
    };
    format!("{what}. {}", vendor::upstream(cause, audience))
}
