//! `tempo-mcp status`: whether you are signed in, and until when.

use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::sign_in_context::{SignInContext, fail};
use crate::cli::{arguments::GlobalOptions, exit::usage, output};

pub(crate) async fn run(global: &GlobalOptions) -> ExitCode {
    let context = match SignInContext::new(global) {
        Ok(context) => context,
        Err(reason) => return usage(&reason),
    };
    let (site, path) = (&context.jira.site, context.file.path());
    let tokens = match context.source.stored().await {
        Ok(Some(stored)) => stored.tokens,
        Ok(None) => {
            eprintln!("You are not signed in to {site}: run `tempo-mcp login`.");
            return ExitCode::FAILURE;
        }
        Err(error) => return fail(&error),
    };
    let is_valid = tokens.expires_at.duration_since(Timestamp::now()) > SignedDuration::ZERO;
    let is_renewable = tokens.refresh.is_some();
    let until = tokens.expires_at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M");
    let state = match (is_valid, is_renewable) {
        (true, true) => format!("The access token is valid until {until} and is renewed automatically."),
        (false, true) => "The access token has expired; the next call renews it.".into(),
        (true, false) => format!("The access token is valid until {until} and cannot be renewed."),
        (false, false) => "The access token has expired: run `tempo-mcp login`.".into(),
    };
    let code = output::print(&format!("Signed in to {site}. {state}\n{}\n", path.display()));
    if is_renewable || is_valid { code } else { ExitCode::FAILURE }
}
