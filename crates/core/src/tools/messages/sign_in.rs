//! Messages about signing in to Jira.

use super::{message::Message, quote};
use crate::upstream::SignInError;

const ASKS_AGAIN: &str = "The next call asks again.";
const PERMISSIONS: &str = "developer.atlassian.com/console/myapps > Permissions";

pub(super) fn message(error: &SignInError) -> Message {
    match error {
        SignInError::Needed => Message::new(
            "You are not signed in to Jira",
            "Run `tempo-mcp login` in a terminal, with the same variables.",
        ),
        SignInError::OpenUrl { url } | SignInError::Waiting { url: Some(url) } => Message::new(
            "Sign-in is waiting for you",
            format!("Open {url} in a browser on this machine and agree there, then try again."),
        ),
        SignInError::Waiting { url: None } => Message::new(
            "Sign-in is waiting in a browser that another tempo-mcp on this machine opened",
            "Finish it there, then try again.",
        ),
        SignInError::Declined => Message::new("Sign-in to Jira was declined", ASKS_AGAIN),
        SignInError::Denied(words) => Message::new(
            format!("Sign-in to Jira was refused in the browser{}", quote::after_colon(words)),
            ASKS_AGAIN,
        ),
        SignInError::TimedOut => {
            Message::new("Sign-in to Jira was not finished within 10 minutes", ASKS_AGAIN)
        }
        SignInError::OtherSites { reachable } => other_sites(reachable),
        SignInError::Refused => refused(),
        SignInError::PortTaken { port } => port_taken(*port),
        SignInError::NoCallback { why } => {
            Message::without_advice(format!("Sign-in to Jira cannot listen for the browser's return: {why}"))
        }
        SignInError::Store { why } => Message::new(
            format!("The stored sign-in cannot be used: {why}"),
            "Repair that file, or delete it and sign in again.",
        ),
        SignInError::Busy => Message::new(
            "Another tempo-mcp has been renewing the sign-in to Jira for 10 seconds",
            "Try again in a minute.",
        ),
    }
}

fn refused() -> Message {
    Message::new(
        "Jira does not accept the sign-in although it was just renewed (401)",
        format!(
            "Run `tempo-mcp login`. If that does not help, the app lacks read:jira-work or read:jira-user ({PERMISSIONS})."
        ),
    )
}

fn port_taken(port: u16) -> Message {
    Message::new(
        format!("Sign-in to Jira needs port {port} on this machine, but another program uses it"),
        "Stop that program, or set JIRA_OAUTH_CALLBACK_PORT to a free port and register http://localhost:PORT/callback with \
         your Atlassian app.",
    )
}

fn other_sites(reachable: &[String]) -> Message {
    if reachable.is_empty() {
        return Message::new(
            "You are signed in, but your account has no access to a Jira site through the app",
            format!(
                "Choose your site on Atlassian's consent page, and give the app the Jira API ({PERMISSIONS})."
            ),
        );
    }
    Message::new(
        format!(
            "You are signed in, but not to the site in JIRA_BASE_URL. The account and site that you chose give access to {}",
            quote::list(reachable)
        ),
        "Set JIRA_BASE_URL to that address, or sign in again and choose another site.",
    )
}
