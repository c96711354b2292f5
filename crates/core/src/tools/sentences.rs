//! Every sentence about a failure that a person or a model reads: what happened, whose words, what to do next.

use std::time::Duration;

use super::{Error, argument::Fault, error::Left};
use crate::{
    config::Faults,
    domain::{ids::WorklogId, text::quoted},
    ports::Cause,
    upstream::{self, Meaning, Vendor},
};

/// The scopes that all tools together need.
const SCOPES: &str = "Worklogs (View and Manage), Schemes (View), Accounts (View)";
const NEW_TOKEN: &str =
    "scopes cannot be added to an existing token, so make a new one in Tempo > Settings > API Integration";

pub(super) fn message(error: &Error) -> String {
    match error {
        Error::Arguments(faults) => arguments(faults),
        Error::NotConfigured(faults) => configuration(faults),
        Error::ReadOnly(tool) => {
            format!("{tool} writes, and this server is read-only (TEMPO_MCP_READ_ONLY). Nothing was changed.")
        }
        Error::Upstream(cause) => upstream(cause),
        Error::Refused { cause, demands } => refused(cause, demands),
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
        Error::HalfMoved { old, left, cause } => half_moved(*old, *left, cause),
        Error::Deadline { after, wrote } => {
            let write = "Whatever had been sent by then is finished: look before repeating, retrieveWorklogs shows the days.";
            let next = if *wrote { write } else { "Try a shorter period." };
            format!("This took longer than {} and was stopped. {next}", seconds(*after))
        }
    }
}

fn arguments(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(|it| format!("- {}", fault(it))).collect();
    let head = if faults.len() == 1 { "One argument is wrong" } else { "These arguments are wrong" };
    format!("{head}; nothing was changed:\n{}", lines.join("\n"))
}

fn fault(it: &Fault) -> String {
    let value = it.value.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
    match it.place.as_str() {
        "" => format!("{}{}", value.trim_start(), it.why),
        place => format!("{place}:{value} {}", it.why),
    }
}

/// All that is missing or wrong, at once, and how to get it.
#[must_use]
pub fn configuration(faults: &Faults) -> String {
    let lines: Vec<String> = faults.0.iter().map(|it| format!("- {it}")).collect();
    format!(
        "tempo-mcp is not set up yet:\n{}\nThese are environment variables: set them where the client starts the server \
         (its \"env\" section) and restart it. The Tempo token needs the scopes {SCOPES}; {NEW_TOKEN}.",
        lines.join("\n")
    )
}

fn refused(cause: &upstream::Error, demands: &[String]) -> String {
    let demands = match demands {
        [] => String::new(),
        some => format!(
            "\nThis Tempo site:\n{}",
            some.iter().map(|it| format!("- {it}")).collect::<Vec<_>>().join("\n")
        ),
    };
    format!("{} Nothing was changed.{demands}", upstream(cause))
}

fn half_moved(old: WorklogId, left: Left, cause: &upstream::Error) -> String {
    let now = match left {
        Left::Both(new) => format!(
            "The worklog was copied to the other issue as worklog {new}, but the old worklog {old} could not be removed, and \
             neither could the copy: both exist now, so the time counts twice. deleteWorklog with {old} completes the move, \
             with {new} undoes it."
        ),
        Left::Copy(new) => format!(
            "The worklog was copied to the other issue as worklog {new}; whether the old worklog {old} was removed is not \
             known. Look at that day with retrieveWorklogs: if {old} is still there, deleteWorklog with {old} completes the move."
        ),
        Left::PerhapsCopy => format!(
            "The move stopped half way: worklog {old} exists as before; whether a copy on the other issue exists is not \
             known. Look at that day with retrieveWorklogs before repeating."
        ),
    };
    format!("{now} {}", upstream(cause))
}

/// What a write's answer got lost in, without advice: looking is the advice.
fn lost(cause: &upstream::Error) -> String {
    let vendor = cause.vendor;
    match &cause.meaning {
        Meaning::Unavailable { status } => format!("{vendor} answered {status} in the middle of the call."),
        Meaning::Malformed { looks_like } => {
            format!("{vendor} answered with {looks_like} instead of the result.")
        }
        Meaning::Invalid(words) | Meaning::Forbidden(words) => {
            format!("{vendor} refused the call{}, but perhaps not all of it.", said(words))
        }
        _ => format!("The connection to {vendor} ended before it answered."),
    }
}

/// One vendor error, as one or two sentences.
pub(super) fn upstream(error: &upstream::Error) -> String {
    let vendor = error.vendor;
    match &error.meaning {
        Meaning::Unauthorized => unauthorized(vendor).into(),
        Meaning::Forbidden(words) => forbidden(vendor, words),
        Meaning::NotFound(words) => format!(
            "{vendor} does not know this{}. Either it is gone, or you may not see it, or {} is another address.",
            said(words),
            address_of(vendor)
        ),
        Meaning::Invalid(words) => format!("{vendor} refused this{}.", said(words)),
        Meaning::Busy(words) => {
            format!(
                "{vendor} is busy with another change to the same issue{}. Try again in a minute.",
                said(words)
            )
        }
        Meaning::RateLimited { wait } => format!(
            "{vendor} allows no more requests just now: try again in {}. What this call had not sent yet was not sent.",
            seconds(*wait)
        ),
        Meaning::Unavailable { status } => {
            format!("{vendor} is in trouble: it answered {status}. Try again in a few minutes.")
        }
        Meaning::Unreachable { cause, .. } => unreachable(vendor, *cause),
        Meaning::Malformed { looks_like } => format!(
            "{vendor} answered with {looks_like} instead of data. Often a proxy or a sign-in page stands in between, or {} is wrong.",
            address_of(vendor)
        ),
        Meaning::Redirected => format!(
            "{vendor}'s address sends the request elsewhere; it was not followed, because your token would go with it. Check {}.",
            address_of(vendor)
        ),
        Meaning::Endless => format!(
            "{vendor} gave page after page without an end, so no total can be trusted. Try a shorter period."
        ),
        Meaning::OverBudget => {
            "This needs more requests to Tempo and Jira than one call may send here; what was not sent yet was not sent. Ask \
             for a shorter period or for fewer entries at a time."
                .into()
        }
    }
}

fn unauthorized(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Tempo => {
            "Tempo does not accept TEMPO_API_TOKEN (401): it is wrong, expired or revoked, or TEMPO_BASE_URL is another \
             region's address. Tokens are made in Tempo > Settings > API Integration."
        }
        Vendor::Jira => {
            "Jira does not accept JIRA_API_TOKEN for JIRA_EMAIL (401): one of them is wrong, or the token expired or was \
             revoked, or JIRA_BASE_URL is another site. Tokens are made in Atlassian account > Security > API tokens."
        }
    }
}

fn forbidden(vendor: Vendor, words: &[String]) -> String {
    let said = said(words);
    let lower = words.join(" ").to_lowercase();
    match vendor {
        Vendor::Tempo if lower.contains("period") && lower.contains("closed") => format!(
            "Tempo refused{said}: the timesheet period is closed. A Tempo administrator can reopen it (Tempo > Settings > \
             Periods), or whoever approved that timesheet."
        ),
        Vendor::Tempo => format!(
            "Tempo refused{said} (403). Either TEMPO_API_TOKEN lacks a scope (needed: {SCOPES}; {NEW_TOKEN}), or you lack the \
             permission in this project, or TEMPO_BASE_URL is another region's address."
        ),
        Vendor::Jira => format!(
            "Jira refused{said} (403): the account of JIRA_API_TOKEN may not do this, or a scoped token lacks read:jira-work or \
             read:jira-user."
        ),
    }
}

fn unreachable(vendor: Vendor, cause: Cause) -> String {
    let address = address_of(vendor);
    match cause {
        Cause::Connect => format!(
            "{vendor} cannot be reached: no connection to its address. Check the network, {address}, and HTTPS_PROXY if your \
             network needs a proxy."
        ),
        Cause::Tls => format!(
            "{vendor}'s certificate is not trusted on this machine. Where a company proxy reads TLS, install its certificate in \
             the system's store or name its file in SSL_CERT_FILE."
        ),
        Cause::Proxy => format!(
            "The proxy in HTTPS_PROXY refused the connection to {vendor}. Check its address and its credentials."
        ),
        Cause::Timeout => format!("{vendor} did not answer in time. Try again in a few minutes."),
        Cause::Broken => format!("The connection to {vendor} broke off. Try again."),
        Cause::TooLarge => format!("{vendor}'s answer is too large to be right. Try a shorter period."),
    }
}

fn address_of(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Tempo => "TEMPO_BASE_URL",
        Vendor::Jira => "JIRA_BASE_URL",
    }
}

fn said(words: &[String]) -> String {
    match words {
        [] => String::new(),
        some => {
            format!(", in its words: {}", some.iter().map(|it| quoted(it)).collect::<Vec<_>>().join("; "))
        }
    }
}

fn seconds(wait: Duration) -> String {
    match wait.as_secs() {
        0 | 1 => "a second".into(),
        it if it < 120 => format!("{it} seconds"),
        it => format!("{} minutes", it.div_ceil(60)),
    }
}
