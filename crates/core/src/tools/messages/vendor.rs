//! Messages about a vendor's error, or about a vendor that could not be reached.

use super::{
    message::{Message, NEW_TOKEN, SCOPES},
    quote::{after_colon, seconds},
    sign_in,
};
use crate::{
    ports::HttpErrorKind,
    tools::Audience,
    upstream::{Error, ErrorKind, Vendor},
};

const LATER: &str = "Try again in a few minutes. If it keeps failing, tell the operator of this service.";
const TEMPO_TOKENS: &str = "Tempo > Settings > API Integration";
const JIRA_TOKENS: &str = "Atlassian account > Security > API tokens";
const JIRA_SCOPES: &str = "a token with scopes lacks read:jira-work or read:jira-user";

/// The message of one vendor error.
pub(in crate::tools) fn upstream(error: &Error, audience: &Audience) -> Message {
    let vendor = error.vendor;
    match &error.kind {
        ErrorKind::Unauthorized => unauthorized(vendor, audience),
        ErrorKind::Forbidden(words) => forbidden(vendor, words, audience),
        ErrorKind::PeriodClosed(words) => period_closed(vendor, words),
        ErrorKind::NotFound(words) => not_found(vendor, words, audience),
        ErrorKind::Invalid(words) => {
            Message::without_advice(format!("{vendor} refused this{}", after_colon(words)))
        }
        ErrorKind::InvalidGrant(words) => Message::new(
            format!("{vendor} does not accept this sign-in{}", after_colon(words)),
            "Run `tempo-mcp login` to sign in again.",
        ),
        ErrorKind::Busy(words) => Message::new(
            format!("{vendor} is busy with another change to the same issue{}", after_colon(words)),
            "Try again in a minute.",
        ),
        ErrorKind::RateLimited { wait } => Message::new(
            format!(
                "{vendor} accepts no more requests for now. Requests that were not sent yet were not sent"
            ),
            format!("Try again in {}.", seconds(*wait)),
        ),
        ErrorKind::Unavailable { status } => Message::new(
            format!("{vendor} is unavailable: it responded with {status}"),
            "Try again in a few minutes.",
        ),
        ErrorKind::Unreachable { cause, .. } => unreachable(vendor, *cause, audience),
        ErrorKind::Malformed { looks_like } => malformed(vendor, looks_like, audience),
        ErrorKind::Redirected => redirected(vendor, audience),
        ErrorKind::Endless => Message::new(
            format!("{vendor} sent page after page without an end, so no total would be right"),
            "Try a shorter period.",
        ),
        ErrorKind::OverBudget => over_budget(),
        ErrorKind::OutOfTime => Message::new(
            format!("The call took too long, so this request to {vendor} was not sent"),
            "Try again in a few minutes.",
        ),
        ErrorKind::NotResponding { wait } => Message::new(
            format!("{vendor} did not respond to the last requests, so this one was not sent"),
            format!("Try again in {}.", seconds(*wait)),
        ),
        ErrorKind::Crowded => Message::new(
            format!("Too many calls are waiting for {vendor}, so this request was not sent"),
            "Try again in a minute.",
        ),
        ErrorKind::SignIn(error) => sign_in::message(error),
    }
}

/// `action` with the place where people without variables do it.
pub(super) fn renew(action: &str, audience: &Audience) -> String {
    match audience {
        Audience::Hosted { manage: Some(page) } => format!("{action} at {page}"),
        Audience::Hosted { manage: None } => {
            format!("{action} on the page /manage of the service where you set this up")
        }
        Audience::Local | Audience::Form => action.into(),
    }
}

fn unauthorized(vendor: Vendor, audience: &Audience) -> Message {
    match (audience, vendor) {
        (_, Vendor::Login) => Message::new(
            "Atlassian's login does not accept JIRA_OAUTH_CLIENT_ID with JIRA_OAUTH_CLIENT_SECRET (401)",
            "Copy both from your app's settings at developer.atlassian.com/console/myapps.",
        ),
        (Audience::Local, Vendor::Tempo) => Message::new(
            "Tempo does not accept TEMPO_API_TOKEN (401)",
            format!(
                "The token is wrong, expired or revoked, or TEMPO_BASE_URL is the address of another region. Create a token in \
                 {TEMPO_TOKENS}."
            ),
        ),
        (Audience::Local, Vendor::Jira) => Message::new(
            "Jira does not accept JIRA_API_TOKEN for JIRA_EMAIL (401)",
            format!(
                "One of them is wrong, or the token expired or was revoked, or JIRA_BASE_URL is another site. Create a token \
                 in {JIRA_TOKENS}."
            ),
        ),
        (Audience::Form, Vendor::Tempo) => Message::new(
            "Tempo does not accept this token (401)",
            format!("It is wrong, expired or revoked. Create a token in {TEMPO_TOKENS}."),
        ),
        (Audience::Form, Vendor::Jira) => Message::new(
            "Jira does not accept this token for that e-mail address (401)",
            format!(
                "One of them is wrong, or the token expired or was revoked, or it belongs to another site. Create a token in \
                 {JIRA_TOKENS}."
            ),
        ),
        (Audience::Hosted { .. }, _) => expired(vendor, audience),
    }
}

/// A token was accepted when it was stored, so it is not simply wrong.
fn expired(vendor: Vendor, audience: &Audience) -> Message {
    let place = if vendor == Vendor::Tempo { TEMPO_TOKENS } else { JIRA_TOKENS };
    Message::new(
        format!("{vendor} no longer accepts your token (401)"),
        format!(
            "It expired or was revoked. Create a new one in {place}, and {}.",
            renew("replace it", audience)
        ),
    )
}

fn forbidden(vendor: Vendor, words: &[String], audience: &Audience) -> Message {
    let advice = match (vendor, audience) {
        (Vendor::Tempo, Audience::Local) => format!(
            "Either TEMPO_API_TOKEN lacks a scope, or you lack the permission in this project, or TEMPO_BASE_URL is the \
             address of another region. The tools need the scopes {SCOPES}; {NEW_TOKEN}."
        ),
        (Vendor::Tempo, Audience::Hosted { .. }) => format!(
            "Either you lack the permission in this project, or your Tempo token lacks a scope. The tools need the scopes \
             {SCOPES}; {NEW_TOKEN}, and {}.",
            renew("replace the old one", audience)
        ),
        (Vendor::Tempo, Audience::Form) => {
            format!("This token lacks a scope. The tools need the scopes {SCOPES}; {NEW_TOKEN}.")
        }
        (Vendor::Login, _) => "Try again, or run `tempo-mcp login` to sign in again.".into(),
        (Vendor::Jira, Audience::Local) => {
            format!("Either the account of JIRA_API_TOKEN may not do this, or {JIRA_SCOPES}.")
        }
        (Vendor::Jira, _) => format!("Either your account may not do this, or {JIRA_SCOPES}."),
    };
    Message::new(format!("{vendor} refused this (403){}", after_colon(words)), advice)
}

fn period_closed(vendor: Vendor, words: &[String]) -> Message {
    Message::new(
        format!("{vendor} refused this because the timesheet period is closed{}", after_colon(words)),
        "A Tempo administrator can reopen it (Tempo > Settings > Periods), or the person who approved that timesheet.",
    )
}

fn malformed(vendor: Vendor, looks_like: &str, audience: &Audience) -> Message {
    let advice = address_of(vendor, audience).map_or(LATER.into(), |it| {
        format!("Often a proxy or a sign-in page responds instead, or {it} is wrong.")
    });
    Message::new(format!("{vendor} responded with {looks_like} instead of data"), advice)
}

fn redirected(vendor: Vendor, audience: &Audience) -> Message {
    Message::new(
        format!(
            "{vendor}'s address redirects elsewhere. The redirect was not followed, because your token would go with it"
        ),
        check_address(vendor, audience),
    )
}

fn over_budget() -> Message {
    Message::new(
        "This needs more requests to Tempo and Jira than one call may send here. Requests that were not sent yet were not sent",
        "Ask for a shorter period, or for fewer entries at a time.",
    )
}

fn not_found(vendor: Vendor, words: &[String], audience: &Audience) -> Message {
    let finding = format!("{vendor} did not find this{}", after_colon(words));
    let advice = match address_of(vendor, audience) {
        Some(address) => format!("It was deleted, or you may not see it, or {address} is wrong."),
        None => "It was deleted, or you may not see it.".into(),
    };
    Message::new(finding, advice)
}

fn unreachable(vendor: Vendor, cause: HttpErrorKind, audience: &Audience) -> Message {
    match (cause, audience) {
        (HttpErrorKind::Connect, Audience::Local) => Message::new(
            format!("{vendor} cannot be reached: no connection to its address"),
            format!(
                "Check the network, {}, and HTTPS_PROXY if your network needs a proxy.",
                variable_of(vendor)
            ),
        ),
        (HttpErrorKind::Connect, _) => Message::new(
            format!("{vendor} cannot be reached: no connection to its address"),
            check_address(vendor, audience),
        ),
        (HttpErrorKind::Tls, Audience::Local) => Message::new(
            format!("{vendor}'s certificate is not trusted on this machine"),
            "If a company proxy inspects TLS, install its certificate in the system's store or name its file in SSL_CERT_FILE.",
        ),
        (HttpErrorKind::Proxy, Audience::Local) => Message::new(
            format!("The proxy in HTTPS_PROXY refused the connection to {vendor}"),
            "Check its address and its credentials.",
        ),
        (HttpErrorKind::Tls | HttpErrorKind::Proxy, _) => Message::new(
            format!("This service cannot connect to {vendor} securely"),
            "Tell the operator of this service.",
        ),
        (HttpErrorKind::Timeout, _) => {
            Message::new(format!("{vendor} did not respond in time"), "Try again in a few minutes.")
        }
        (HttpErrorKind::Broken, _) => {
            Message::new(format!("The connection to {vendor} was interrupted"), "Try again.")
        }
        (HttpErrorKind::TooLarge, _) => {
            Message::new(format!("{vendor}'s response is too large to be right"), "Try a shorter period.")
        }
    }
}

fn check_address(vendor: Vendor, audience: &Audience) -> String {
    address_of(vendor, audience).map_or(LATER.into(), |it| format!("Check {it}."))
}

/// The vendor's address as this audience can change it.
fn address_of(vendor: Vendor, audience: &Audience) -> Option<&'static str> {
    match (audience, vendor) {
        (Audience::Local, _) => Some(variable_of(vendor)),
        (Audience::Form, Vendor::Jira) => Some("the Jira site"),
        (Audience::Form | Audience::Hosted { .. }, _) => None,
    }
}

/// The variable with the vendor's address.
pub(in crate::tools) fn variable_of(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Tempo => "TEMPO_BASE_URL",
        Vendor::Jira => "JIRA_BASE_URL",
        Vendor::Login => "ATLASSIAN_AUTH_URL",
    }
}
