//! Every sentence about signing in to Jira.

use super::vendor::said;
use crate::upstream::SignIn;

pub(super) fn message(why: &SignIn) -> String {
    match why {
        SignIn::Needed => "Nobody is signed in to Jira. Run `tempo-mcp login` in a terminal, with the same variables.".into(),
        SignIn::Shown { url } | SignIn::Waiting { url: Some(url) } => format!(
            "Sign-in is waiting: open {url} in a browser on this machine, agree there, then ask again."
        ),
        SignIn::Waiting { url: None } => {
            "Sign-in is waiting in a browser that another tempo-mcp on this machine opened: finish it there, then ask again."
                .into()
        }
        SignIn::Declined => "Sign-in to Jira was declined. The next call asks again.".into(),
        SignIn::Denied(words) => format!(
            "Sign-in to Jira was refused in the browser{}. The next call asks again.",
            said(words)
        ),
        SignIn::TimedOut => {
            "Sign-in to Jira waited for 10 minutes, and nobody came. The next call asks again.".into()
        }
        SignIn::OtherSites { reachable } if reachable.is_empty() => {
            "Signed in, but this account reaches no Jira site through the app. Choose your site on Atlassian's consent page, \
             and give the app the Jira API (developer.atlassian.com/console/myapps > Permissions)."
                .into()
        }
        SignIn::OtherSites { reachable } => format!(
            "Signed in, but not for the site in JIRA_BASE_URL. The account and the site that were chosen reach{}. Set \
             JIRA_BASE_URL to that, or sign in again and choose another.",
            said(reachable).replacen(", in its words:", "", 1)
        ),
        SignIn::Refused => {
            "Jira does not accept the sign-in although it was just renewed (401). Run `tempo-mcp login`; if that does not \
             help, the app lacks read:jira-work or read:jira-user (developer.atlassian.com/console/myapps > Permissions)."
                .into()
        }
        SignIn::PortTaken { port } => format!(
            "Sign-in to Jira needs port {port} on this machine, and another program has it. End that program, or set \
             JIRA_OAUTH_CALLBACK_PORT to a free port and register http://localhost:PORT/callback with your Atlassian app."
        ),
        SignIn::NoCallback { why } => format!("Sign-in to Jira cannot listen for the browser: {why}."),
        SignIn::Store { why } => format!("The stored sign-in cannot be used: {why}. Mend that file, or delete it and sign in again."),
        SignIn::Busy => {
            "Another tempo-mcp has been renewing the sign-in to Jira for 10 seconds. Try again in a minute.".into()
        }
    }
}
