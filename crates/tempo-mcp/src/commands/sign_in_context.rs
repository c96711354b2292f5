//! What `login`, `logout` and `status` share: the sign-in of the configured Jira site.

use std::{process::ExitCode, sync::Arc};

use tempo_mcp_core::{
    config::{ConfigError, ConfigErrors, JiraAuth, JiraConfig},
    tokens::Source,
    tools,
    upstream::Error,
};

use super::edge::Edge;
use crate::{adapters::token_file::TokenFile, cli::arguments::GlobalOptions};

pub(super) const NOT_OAUTH: &str = "JIRA_AUTH_TYPE is not oauth, so there is no sign-in: requests use JIRA_API_TOKEN. To sign \
                                    in with a browser, set JIRA_AUTH_TYPE=oauth, JIRA_OAUTH_CLIENT_ID and \
                                    JIRA_OAUTH_CLIENT_SECRET";

pub(super) struct SignInContext {
    pub(super) edge: Edge,
    pub(super) jira: JiraConfig,
    pub(super) source: Arc<Source>,
    pub(super) file: TokenFile,
}

impl SignInContext {
    /// # Errors
    /// The configuration is for no sign-in, or not complete; says what to set.
    pub(super) fn new(global: &GlobalOptions) -> Result<Self, String> {
        let edge = Edge::new(global);
        let Some(jira) = edge.loaded.jira.clone() else {
            return Err(edge.loaded.config.as_ref().err().map_or_else(String::new, missing));
        };
        if !matches!(jira.auth, JiraAuth::OAuth(_)) {
            return Err(NOT_OAUTH.into());
        }
        let (source, file) =
            edge.sign_in.clone().ok_or("there is no home directory to store the tokens in")?;
        Ok(Self { edge, jira, source, file })
    }
}

/// The variables that signing in needs; others may be missing.
fn missing(errors: &ConfigErrors) -> String {
    let concerns_jira =
        |it: &&ConfigError| it.name().starts_with("JIRA_") || it.name().starts_with("ATLASSIAN_");
    let lines: Vec<String> = errors.0.iter().filter(concerns_jira).map(|it| format!("\n- {it}")).collect();
    format!("signing in needs these variables:{}", lines.concat())
}

pub(super) fn fail(error: &Error) -> ExitCode {
    eprintln!("{}", tools::Error::from(error.clone()).message(&tools::Audience::Local));
    ExitCode::FAILURE
}
