//! The message of every error, composed for the audience that reads it.
//!
//! A message says what happened, quotes the vendor's own words if there are any, and says what to do. Only the type of an
//! error decides about its message; no code reads the text of a message again.

mod message;
mod quote;
mod sign_in;
mod site;
mod unread;
mod vendor;

use super::{
    Audience, Error,
    error::PartialMove,
    rejection::{MAX_SHOWN, Rejection, Rejections},
};
use crate::{
    config::ConfigErrors,
    domain::{ids::WorklogId, site::SiteRequirement},
    upstream::{self, ErrorKind},
};

pub(super) use message::Message;
use message::{NEW_TOKEN, SCOPES};
use quote::{in_parentheses, seconds};
pub(super) use site::{labels, requirement, requirements};
pub(super) use unread::{UnreadPart, unread};
pub(super) use vendor::{upstream, variable_of};

const CHECK_THAT_DAY: &str = "Check that day with retrieveWorklogs before you try again.";
const CHECK_THOSE_DAYS: &str = "Everything that was sent by then has been carried out. Check those days with retrieveWorklogs \
                                before you try again.";

impl Error {
    /// The message for this audience: what happened, the vendor's own words, and what to do.
    #[must_use]
    pub fn message(&self, audience: &Audience) -> String {
        match self {
            Self::Arguments(rejections) => arguments(rejections),
            Self::NotConfigured(errors) if *audience == Audience::Local => configuration(errors),
            other => message(other, audience).to_string(),
        }
    }
}

fn message(error: &Error, audience: &Audience) -> Message {
    match error {
        Error::Arguments(rejections) => Message::without_advice(arguments(rejections)),
        Error::NotConfigured(_) => Message::new(
            "The stored credentials are no longer valid",
            format!("{}.", vendor::renew("Replace the tokens", audience)),
        ),
        Error::ReadOnly(tool) => read_only(tool, audience),
        Error::Upstream(cause) => upstream(cause, audience),
        Error::Refused { cause, requirements } => refused(cause, requirements, audience),
        Error::UnknownIssue(issue) => Message::new(
            format!("There is no issue {issue}, or it is not visible to you"),
            "Use searchIssues to find issues by words.",
        ),
        Error::UnknownWorklog(id) => Message::new(
            format!("There is no worklog {id}, or it is not visible to you"),
            "It may have been deleted. retrieveWorklogs lists worklog ids; they are Tempo's, not Jira's.",
        ),
        Error::NotFoundAfter { at, cause } => Message::new(
            format!("{}. The worklog was not found in Tempo as of {at}", lost(cause)),
            CHECK_THAT_DAY,
        ),
        Error::Unknown { cause } => {
            Message::new(format!("{}. Whether the change was made is not known", lost(cause)), CHECK_THAT_DAY)
        }
        Error::HalfMoved { old, left, cause } => half_moved(*old, *left, cause, audience),
        Error::TooManyEntries { fit } => too_many_entries(*fit),
        Error::TooManyCalls => Message::new(
            "Too many of your calls are in progress, so this one was not started",
            "Try again when one of them has finished.",
        ),
        Error::Deadline { after, wrote } => Message::new(
            format!("The call took longer than {} and was stopped", seconds(*after)),
            if *wrote { CHECK_THOSE_DAYS } else { "Try a shorter period." },
        ),
    }
}

fn read_only(tool: &str, audience: &Audience) -> Message {
    let why = if *audience == Audience::Local { " (TEMPO_MCP_READ_ONLY)" } else { "" };
    Message::without_advice(format!("{tool} writes, and this server is read-only{why}. Nothing was changed"))
}

fn too_many_entries(fit: usize) -> Message {
    Message::new(
        "Nothing was written: these entries need more requests than this server may send in one call",
        format!(
            "The first {fit} entries fit. Send those first, then the others. Entries on one issue share requests, up to 50 in \
             one."
        ),
    )
}

/// Without a full stop, because a list of rejections has none.
fn arguments(rejections: &Rejections) -> String {
    let list = match rejections.list.as_slice() {
        [only] if only.place.is_empty() => format!("Invalid arguments: {}", rejection(only)),
        [only] => format!("Invalid argument: {}", rejection(only)),
        several => {
            let shown = several.iter().take(MAX_SHOWN).map(|it| format!("- {}", rejection(it)));
            let rest = several.len().saturating_sub(MAX_SHOWN);
            let more = (rest > 0).then(|| format!("- and {rest} more"));
            format!("Invalid arguments:\n{}", shown.chain(more).collect::<Vec<_>>().join("\n"))
        }
    };
    if rejections.is_write { format!("{list}\nNothing was changed.") } else { list }
}

fn rejection(it: &Rejection) -> String {
    let value = it.value.as_ref().map(|it| format!("{it} ")).unwrap_or_default();
    match it.place.as_str() {
        "" => format!("{value}{}", it.reason),
        place => format!("{place}: {value}{}", it.reason),
    }
}

/// Everything that is missing or invalid in the configuration, and where to set it.
#[must_use]
pub fn configuration(errors: &ConfigErrors) -> String {
    let lines: Vec<String> = errors.0.iter().map(|it| format!("- {it}")).collect();
    format!(
        "tempo-mcp is not set up yet:\n{}\nSet these environment variables where the client starts the server (in its \"env\" \
         section), and restart the client. `tempo-mcp install` does this for you, and `tempo-mcp doctor` checks the result. \
         The Tempo token needs the scopes {SCOPES}; {NEW_TOKEN}.",
        lines.join("\n")
    )
}

fn refused(cause: &upstream::Error, requirements: &[SiteRequirement], audience: &Audience) -> Message {
    let Message { finding, advice, .. } = upstream(cause, audience);
    let finding = format!("{finding}. Nothing was changed");
    Message { finding, advice, requirements: requirements.to_vec() }
}

fn half_moved(old: WorklogId, left: PartialMove, cause: &upstream::Error, audience: &Audience) -> Message {
    let (state, advice) = match left {
        PartialMove::Both(new) => (
            format!(
                "The worklog was copied to the other issue as worklog {new}, but neither the old worklog {old} nor the copy \
                 could be deleted: both exist now, so the time counts twice"
            ),
            format!("Delete {old} with deleteWorklog to complete the move, or {new} to undo it."),
        ),
        PartialMove::Copy(new) => (
            format!(
                "The worklog was copied to the other issue as worklog {new}. Whether the old worklog {old} was deleted is not \
                 known"
            ),
            format!(
                "Check that day with retrieveWorklogs. If {old} is still there, delete it with deleteWorklog to complete the \
                 move."
            ),
        ),
        PartialMove::PerhapsCopy => (
            format!(
                "The move was not completed: worklog {old} still exists, and whether there is a copy on the other issue is not \
                 known"
            ),
            CHECK_THAT_DAY.into(),
        ),
    };
    let cause = upstream(cause, audience);
    let advice = cause.advice.map_or_else(|| advice.clone(), |it| format!("{advice} {it}"));
    Message::new(format!("{state}. {}", cause.finding), advice)
}

/// How the response to a write was lost. Without advice, because checking that day is the advice.
fn lost(cause: &upstream::Error) -> String {
    let vendor = cause.vendor;
    match &cause.kind {
        ErrorKind::Unavailable { status } => {
            format!("{vendor} responded with {status} in the middle of the call")
        }
        ErrorKind::Malformed { looks_like } => {
            format!("{vendor} responded with {looks_like} instead of the result")
        }
        ErrorKind::Invalid(words) | ErrorKind::Forbidden(words) | ErrorKind::PeriodClosed(words) => {
            format!("{vendor} refused the call{}, but may have carried out part of it", in_parentheses(words))
        }
        _ => format!("The connection to {vendor} ended before its response arrived"),
    }
}
