//! `tempo-mcp login`: sign in to Jira with a browser.

use std::process::ExitCode;

use super::sign_in_context::{NOT_OAUTH, SignInContext, fail};
use crate::{
    adapters::sign_in::{LocalSignIn, OpenBrowser},
    cli::{arguments::GlobalOptions, exit::usage, output},
};

pub(crate) async fn run(global: &GlobalOptions, open_browser: OpenBrowser) -> ExitCode {
    let context = match SignInContext::new(global) {
        Ok(context) => context,
        Err(reason) => return usage(&reason),
    };
    let SignInContext { edge, jira, source, file } = context;
    let Some(sign_in) = LocalSignIn::new(&jira, source, file, open_browser) else {
        return usage(NOT_OAUTH);
    };
    let outcome = sign_in.run().await;
    edge.finish().await;
    match outcome {
        Ok(()) => output::print(&format!("You are signed in to {}.\n", jira.site)),
        Err(error) => fail(&error),
    }
}
