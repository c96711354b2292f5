//! `tempo-mcp logout`: delete the stored tokens of a sign-in.

use std::process::ExitCode;

use super::sign_in_context::{SignInContext, fail};
use crate::cli::{arguments::GlobalOptions, exit::usage, output};

pub(crate) async fn run(global: &GlobalOptions) -> ExitCode {
    let context = match SignInContext::new(global) {
        Ok(context) => context,
        Err(reason) => return usage(&reason),
    };
    match context.source.sign_out().await {
        Ok(true) => output::print(&format!(
            "You are signed out of {}. Atlassian still remembers your consent; withdraw it at\n\
             https://id.atlassian.com/manage-profile/apps\n",
            context.jira.site
        )),
        Ok(false) => output::print(&format!("You were not signed in to {}.\n", context.jira.site)),
        Err(error) => fail(&error),
    }
}
