//! What a vendor answered, or that it did not: for whoever set the variables, uses a hosted service, or fills in a form.

use std::time::Duration;

use super::{Audience, NEW_TOKEN, SCOPES, sign_in};
use crate::{
    domain::text::quoted,
    ports::HttpErrorKind,
    upstream::{Error, ErrorKind, Vendor},
};

const LATER: &str = "Try again in a few minutes; if it lasts, tell whoever runs this service.";

/// One vendor error, as one or two sentences.
pub(in crate::tools) fn upstream(error: &Error, audience: &Audience) -> String {
    let vendor = error.vendor;
    match &error.kind {
        ErrorKind::Unauthorized => unauthorized(vendor, audience),
        ErrorKind::Forbidden(words) => forbidden(vendor, words, audience),
        ErrorKind::NotFound(words) => {
            let address = address_of(vendor, audience).map(|it| format!(", or {it} is another address"));
            format!(
                "{vendor} does not know this{}. Either it is gone, or you may not see it{}.",
                said(words),
                address.unwrap_or_default()
            )
        }
        ErrorKind::Invalid(words) => format!("{vendor} refused this{}.", said(words)),
        ErrorKind::Busy(words) => {
            format!(
                "{vendor} is busy with another change to the same issue{}. Try again in a minute.",
                said(words)
            )
        }
        ErrorKind::RateLimited { wait } => format!(
            "{vendor} allows no more requests just now: try again in {}. What this call had not sent yet was not sent.",
            seconds(*wait)
        ),
        ErrorKind::Unavailable { status } => {
            format!("{vendor} is in trouble: it answered {status}. Try again in a few minutes.")
        }
        ErrorKind::Unreachable { cause, .. } => unreachable(vendor, *cause, audience),
        ErrorKind::Malformed { looks_like } => {
            let next = address_of(vendor, audience).map_or(LATER.into(), |it| {
                format!("Often a proxy or a sign-in page stands in between, or {it} is wrong.")
            });
            format!("{vendor} answered with {looks_like} instead of data. {next}")
        }
        ErrorKind::Redirected => format!(
            "{vendor}'s address sends the request elsewhere; it was not followed, because your token would go with it. {}",
            address_of(vendor, audience).map_or(LATER.into(), |it| format!("Check {it}."))
        ),
        ErrorKind::Endless => format!(
            "{vendor} gave page after page without an end, so no total can be trusted. Try a shorter period."
        ),
        ErrorKind::OverBudget => {
            "This needs more requests to Tempo and Jira than one call may send here; what was not sent yet was not sent. Ask \
             for a shorter period or for fewer entries at a time."
                .into()
        }
        ErrorKind::SignIn(why) => sign_in::message(why),
    }
}

/// How somebody who has no variables gets other tokens in.
pub(super) fn renew(what: &str, audience: &Audience) -> String {
    match audience {
        Audience::Hosted { manage: Some(page) } => format!("replace {what} at {page}"),
        Audience::Hosted { manage: None } => {
            format!("replace {what} on the page /manage of this service, where you set this up")
        }
        Audience::Local | Audience::Form => format!("replace {what}"),
    }
}

/// Whole sentences for a local server: README's table of words is searched for them.
fn unauthorized(vendor: Vendor, audience: &Audience) -> String {
    let (tempo, jira) = ("Tempo > Settings > API Integration", "Atlassian account > Security > API tokens");
    match (audience, vendor) {
        (Audience::Local, Vendor::Tempo) => format!(
            "Tempo does not accept TEMPO_API_TOKEN (401): it is wrong, expired or revoked, or TEMPO_BASE_URL is another \
             region's address. Tokens are made in {tempo}."
        ),
        (Audience::Local, Vendor::Jira) => format!(
            "Jira does not accept JIRA_API_TOKEN for JIRA_EMAIL (401): one of them is wrong, or the token expired or was \
             revoked, or JIRA_BASE_URL is another site. Tokens are made in {jira}."
        ),
        (_, Vendor::Login) => {
            "Atlassian's login does not accept JIRA_OAUTH_CLIENT_ID with JIRA_OAUTH_CLIENT_SECRET (401). Both stand in your \
             app's settings at developer.atlassian.com/console/myapps."
                .into()
        }
        (Audience::Form, Vendor::Tempo) => format!(
            "Tempo does not accept this token (401): it is wrong, expired or revoked. Tokens are made in {tempo}."
        ),
        (Audience::Form, Vendor::Jira) => format!(
            "Jira does not accept this token for that e-mail address (401): one of them is wrong, or the token expired or was \
             revoked, or it belongs to another site. Tokens are made in {jira}."
        ),
        (Audience::Hosted { .. }, _) => {
            let place = if vendor == Vendor::Tempo { tempo } else { jira };
            let renew = renew("it", audience);
            format!(
                "{vendor} does not accept your token any more (401): it expired or was revoked. Make a new one in {place}, \
                 and {renew}."
            )
        }
    }
}

fn forbidden(vendor: Vendor, words: &[String], audience: &Audience) -> String {
    let said = said(words);
    let lower = words.join(" ").to_lowercase();
    match (vendor, audience) {
        (Vendor::Tempo, _) if lower.contains("period") && lower.contains("closed") => format!(
            "Tempo refused{said}: the timesheet period is closed. A Tempo administrator can reopen it (Tempo > Settings > \
             Periods), or whoever approved that timesheet."
        ),
        (Vendor::Tempo, Audience::Local) => format!(
            "Tempo refused{said} (403). Either TEMPO_API_TOKEN lacks a scope (needed: {SCOPES}; {NEW_TOKEN}), or you lack the \
             permission in this project, or TEMPO_BASE_URL is another region's address."
        ),
        (Vendor::Tempo, Audience::Hosted { .. }) => format!(
            "Tempo refused{said} (403). Either you lack the permission in this project, or your Tempo token lacks a scope \
             (needed: {SCOPES}; {NEW_TOKEN}, and {}).",
            renew("the old one", audience)
        ),
        (Vendor::Tempo, Audience::Form) => {
            format!("Tempo refused{said} (403): this token lacks a scope (needed: {SCOPES}; {NEW_TOKEN}).")
        }
        (Vendor::Login, _) => {
            format!("Atlassian's login refused{said} (403). Try again; `tempo-mcp login` signs in anew.")
        }
        (Vendor::Jira, Audience::Local) => format!(
            "Jira refused{said} (403): the account of JIRA_API_TOKEN may not do this, or a scoped token lacks read:jira-work or \
             read:jira-user."
        ),
        (Vendor::Jira, _) => format!(
            "Jira refused{said} (403): your account may not do this, or a scoped token lacks read:jira-work or read:jira-user."
        ),
    }
}

fn unreachable(vendor: Vendor, cause: HttpErrorKind, audience: &Audience) -> String {
    match (cause, audience) {
        (HttpErrorKind::Connect, Audience::Local) => format!(
            "{vendor} cannot be reached: no connection to its address. Check the network, {}, and HTTPS_PROXY if your \
             network needs a proxy.",
            variable_of(vendor)
        ),
        (HttpErrorKind::Connect, _) => format!(
            "{vendor} cannot be reached: no connection to its address. {}",
            address_of(vendor, audience).map_or(LATER.into(), |it| format!("Check {it}."))
        ),
        (HttpErrorKind::Tls, Audience::Local) => format!(
            "{vendor}'s certificate is not trusted on this machine. Where a company proxy reads TLS, install its certificate in \
             the system's store or name its file in SSL_CERT_FILE."
        ),
        (HttpErrorKind::Proxy, Audience::Local) => format!(
            "The proxy in HTTPS_PROXY refused the connection to {vendor}. Check its address and its credentials."
        ),
        (HttpErrorKind::Tls | HttpErrorKind::Proxy, _) => {
            format!("This service cannot connect to {vendor} securely. Tell whoever runs this service.")
        }
        (HttpErrorKind::Timeout, _) => {
            format!("{vendor} did not answer in time. Try again in a few minutes.")
        }
        (HttpErrorKind::Broken, _) => format!("The connection to {vendor} broke off. Try again."),
        (HttpErrorKind::TooLarge, _) => {
            format!("{vendor}'s answer is too large to be right. Try a shorter period.")
        }
    }
}

/// The address that somebody can change.
fn address_of(vendor: Vendor, audience: &Audience) -> Option<&'static str> {
    match (audience, vendor) {
        (Audience::Local, _) => Some(variable_of(vendor)),
        (Audience::Form, Vendor::Jira) => Some("the Jira site"),
        (Audience::Form | Audience::Hosted { .. }, _) => None,
    }
}

pub(in crate::tools) fn variable_of(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Tempo => "TEMPO_BASE_URL",
        Vendor::Jira => "JIRA_BASE_URL",
        Vendor::Login => "ATLASSIAN_AUTH_URL",
    }
}

pub(super) fn said(words: &[String]) -> String {
    match words {
        [] => String::new(),
        some => {
            format!(", in its words: {}", some.iter().map(|it| quoted(it)).collect::<Vec<_>>().join("; "))
        }
    }
}

pub(super) fn seconds(wait: Duration) -> String {
    match wait.as_secs() {
        0 | 1 => "a second".into(),
        it if it < 120 => format!("{it} seconds"),
        it => format!("{} minutes", it.div_ceil(60)),
    }
}
