//! `tempo-mcp login`, `logout` and `status`: the sign-in to Jira, from a terminal.

use std::{io::Write, process::ExitCode, sync::Arc};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tempo_mcp_core::{
    config::{ConfigError, ConfigErrors, JiraAuth, JiraConfig},
    tokens::Source,
    tools,
    upstream::Error,
};

use crate::{
    cli::Global,
    ports::Edge,
    sign_in::{LocalSignIn, Opening},
    token_file::TokenFile,
    usage,
};

/// What all three work with.
struct Desk {
    edge: Edge,
    jira: JiraConfig,
    source: Arc<Source>,
    file: TokenFile,
}

pub(crate) async fn login(global: &Global, opening: Opening) -> ExitCode {
    let desk = match Desk::new(global) {
        Ok(desk) => desk,
        Err(why) => return usage(&why),
    };
    let Some(sign_in) = LocalSignIn::new(&desk.jira, desk.source.clone(), desk.file.clone(), opening) else {
        return usage(NOT_OAUTH);
    };
    let outcome = sign_in.run().await;
    let site = desk.jira.site.to_string();
    desk.edge.finish().await;
    match outcome {
        Ok(()) => print(&format!("You are signed in to {site}.")),
        Err(error) => refused(&error),
    }
}

pub(crate) async fn logout(global: &Global) -> ExitCode {
    let desk = match Desk::new(global) {
        Ok(desk) => desk,
        Err(why) => return usage(&why),
    };
    match desk.source.sign_out().await {
        Ok(true) => print(&format!(
            "You are signed out of {}. What you consented to stays with Atlassian until you withdraw it at\n\
             https://id.atlassian.com/manage-profile/apps",
            desk.jira.site
        )),
        Ok(false) => print(&format!("Nobody was signed in to {}.", desk.jira.site)),
        Err(error) => refused(&error),
    }
}

pub(crate) async fn status(global: &Global) -> ExitCode {
    let desk = match Desk::new(global) {
        Ok(desk) => desk,
        Err(why) => return usage(&why),
    };
    let (site, path) = (&desk.jira.site, desk.file.path());
    match desk.source.stored().await {
        Ok(Some(found)) => {
            let left = found.tokens.expires_at.duration_since(Timestamp::now());
            let renewable = found.tokens.refresh.is_some();
            let until = found.tokens.expires_at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M");
            let state = match (left > SignedDuration::ZERO, renewable) {
                (true, true) => format!("The access token is good until {until} and renews itself."),
                (false, true) => "The access token has expired; the next call renews it.".into(),
                (true, false) => format!("The access token is good until {until} and cannot be renewed."),
                (false, false) => "The access token has expired: run `tempo-mcp login`.".into(),
            };
            let code = print(&format!("Signed in to {site}. {state}\n{}", path.display()));
            if renewable || left > SignedDuration::ZERO { code } else { ExitCode::FAILURE }
        }
        Ok(None) => {
            eprintln!("Nobody is signed in to {site}: run `tempo-mcp login`.");
            ExitCode::FAILURE
        }
        Err(error) => refused(&error),
    }
}

const NOT_OAUTH: &str = "JIRA_AUTH_TYPE is not oauth, so there is nothing to sign in to: calls use JIRA_API_TOKEN. \
                         Set JIRA_AUTH_TYPE=oauth, JIRA_OAUTH_CLIENT_ID and JIRA_OAUTH_CLIENT_SECRET to sign in";

impl Desk {
    fn new(global: &Global) -> Result<Self, String> {
        let edge = Edge::new(global);
        let Some(jira) = edge.loaded.jira.clone() else {
            return Err(edge.loaded.config.as_ref().err().map_or_else(String::new, faults));
        };
        if !matches!(jira.auth, JiraAuth::OAuth(_)) {
            return Err(NOT_OAUTH.into());
        }
        let (source, file) =
            edge.sign_in.clone().ok_or("there is no home directory to keep the tokens in")?;
        Ok(Self { edge, jira, source, file })
    }
}

/// What signing in needs; the rest is asked for when it is needed.
fn faults(all: &ConfigErrors) -> String {
    let ours = |it: &&ConfigError| it.name().starts_with("JIRA_") || it.name().starts_with("ATLASSIAN_");
    let lines: Vec<String> = all.0.iter().filter(ours).map(|it| format!("\n- {it}")).collect();
    format!("signing in needs these variables:{}", lines.concat())
}

fn refused(error: &Error) -> ExitCode {
    eprintln!("{}", tools::Error::from(error.clone()).message(&tools::Audience::Local));
    ExitCode::FAILURE
}

fn print(text: &str) -> ExitCode {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
