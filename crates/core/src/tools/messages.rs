//! Every sentence about a failure that a person or a model reads: what happened, whose words, what to do next.

mod sign_in;
mod vendor;

use std::sync::Arc;

use super::{
    error::{Error, PartialMove},
    rejection::{Rejection, Rejections},
};
use crate::{
    config::ConfigErrors,
    domain::ids::WorklogId,
    upstream::{self, ErrorKind},
};

use vendor::{said, seconds};
pub(super) use vendor::{upstream, variable_of};

/// The scopes that all tools together need.
const SCOPES: &str = "Worklogs (View and Manage), Schemes (View), Accounts (View)";
const NEW_TOKEN: &str =
    "scopes cannot be added to an existing token, so make a new one in Tempo > Settings > API Integration";

/// Who reads an error, and so what they can do about it: only whoever set a variable knows its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Whoever set the variables of a server of their own.
    Local,
    /// A user of a hosted service, and the address of its page for new tokens where that is known.
    Hosted { manage: Option<Arc<str>> },
    /// Whoever just typed the tokens into a form of the service.
    Form,
}

pub(super) fn message(error: &Error, audience: &Audience) -> String {
    match error {
        Error::Arguments(rejections) => arguments(rejections),
        Error::NotConfigured(faults) => match audience {
            Audience::Local => configuration(faults),
            hosted => {
                format!("What was set up cannot be used any more: {}.", vendor::renew("the tokens", hosted))
            }
        },
        Error::ReadOnly(tool) => {
            let why = if *audience == Audience::Local { " (TEMPO_MCP_READ_ONLY)" } else { "" };
            format!("{tool} writes, and this server is read-only{why}. Nothing was changed.")
        }
        Error::Upstream(cause) => upstream(cause, audience),
        Error::Refused { cause, demands } => refused(cause, demands, audience),
        Error::UnknownIssue(issue) => format!(
            "There is no issue {issue}, or it is not visible to you. searchIssues finds issues by words."
        ),
        Error::UnknownWorklog(id) => format!(
            "There is no worklog {id}, or it is not visible to you. It may be deleted already. retrieveWorklogs lists the ids; \
             they are Tempo's, not Jira's."
        ),
        Error::NotFoundAfter { at, cause } => format!(
            "{} The entry was not found in Tempo as of {at}. Look before repeating: retrieveWorklogs shows that day.",
            lost(cause)
        ),
        Error::Unknown { cause } => format!(
            "{} Whether it was carried out is not known. Look before repeating: retrieveWorklogs shows that day.",
            lost(cause)
        ),
        Error::HalfMoved { old, left, cause } => half_moved(*old, *left, cause, audience),
        Error::TooManyEntries { fit } => format!(
            "Nothing was written: these entries need more requests than this server may send in one call. The first {fit} \
             entries fit: send those, then the others. Entries on one issue share requests, up to 50 in one."
        ),
        Error::Deadline { after, wrote } => {
            let write = "Whatever had been sent by then is finished: look before repeating, retrieveWorklogs shows the days.";
            let next = if *wrote { write } else { "Try a shorter period." };
            format!("This took longer than {} and was stopped. {next}", seconds(*after))
        }
    }
}

fn arguments(rejections: &Rejections) -> String {
    let list = match rejections.list.as_slice() {
        [only] if only.place.is_empty() => format!("Invalid arguments: {}", rejection(only)),
        [only] => format!("Invalid argument: {}", rejection(only)),
        several => {
            let lines: Vec<String> = several.iter().map(|it| format!("- {}", rejection(it))).collect();
            format!("Invalid arguments:\n{}", lines.join("\n"))
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

/// All that is missing or wrong, at once, and how to get it.
#[must_use]
pub fn configuration(faults: &ConfigErrors) -> String {
    let lines: Vec<String> = faults.0.iter().map(|it| format!("- {it}")).collect();
    format!(
        "tempo-mcp is not set up yet:\n{}\nThese are environment variables: set them where the client starts the server \
         (its \"env\" section) and restart it; `tempo-mcp install` does that, and `tempo-mcp doctor` finds what is wrong. \
         The Tempo token needs the scopes {SCOPES}; {NEW_TOKEN}.",
        lines.join("\n")
    )
}

fn refused(cause: &upstream::Error, demands: &[String], audience: &Audience) -> String {
    let demands = match demands {
        [] => String::new(),
        some => format!(
            "\nThis Tempo site:\n{}",
            some.iter().map(|it| format!("- {it}")).collect::<Vec<_>>().join("\n")
        ),
    };
    format!("{} Nothing was changed.{demands}", upstream(cause, audience))
}

fn half_moved(old: WorklogId, left: PartialMove, cause: &upstream::Error, audience: &Audience) -> String {
    let now = match left {
        PartialMove::Both(new) => format!(
            "The worklog was copied to the other issue as worklog {new}, but the old worklog {old} could not be removed, and \
             neither could the copy: both exist now, so the time counts twice. deleteWorklog with {old} completes the move, \
             with {new} undoes it."
        ),
        PartialMove::Copy(new) => format!(
            "The worklog was copied to the other issue as worklog {new}; whether the old worklog {old} was removed is not \
             known. Look at that day with retrieveWorklogs: if {old} is still there, deleteWorklog with {old} completes the move."
        ),
        PartialMove::PerhapsCopy => format!(
            "The move stopped half way: worklog {old} exists as before; whether a copy on the other issue exists is not \
             known. Look at that day with retrieveWorklogs before repeating."
        ),
    };
    format!("{now} {}", upstream(cause, audience))
}

/// What a write's answer got lost in, without advice: looking is the advice.
fn lost(cause: &upstream::Error) -> String {
    let vendor = cause.vendor;
    match &cause.kind {
        ErrorKind::Unavailable { status } => format!("{vendor} answered {status} in the middle of the call."),
        ErrorKind::Malformed { looks_like } => {
            format!("{vendor} answered with {looks_like} instead of the result.")
        }
        ErrorKind::Invalid(words) | ErrorKind::Forbidden(words) => {
            format!("{vendor} refused the call{}, but perhaps not all of it.", said(words))
        }
        _ => format!("The connection to {vendor} ended before it answered."),
    }
}
