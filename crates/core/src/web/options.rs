//! What an operator decides by variables.

use std::time::Duration;

use url::{Origin, Url};

use super::{Options, Origins};
use crate::config::jira_hosts::JiraHosts;

impl Options {
    /// The variables that both edges have; `hosts` and `public_url` are for the edge to say.
    ///
    /// # Errors
    /// The variable that is wrong, and how.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let text = |name: &str| lookup(name).map(|it| it.trim().to_owned()).unwrap_or_default();
        let base = |name: &str, default: &str| {
            let text = Some(text(name)).filter(|it| !it.is_empty()).unwrap_or_else(|| default.to_owned());
            text.parse::<Url>().map_err(|_| format!("{name} must be an address like {default}"))
        };
        let jira_hosts = JiraHosts::parse(&text("ALLOWED_JIRA_HOSTS"));
        Ok(Self {
            origins: Origins::parse(&text("ALLOWED_ORIGIN")),
            hosts: Vec::new(),
            tempo: base("TEMPO_BASE_URL", "https://api.tempo.io")?,
            gateway: base("ATLASSIAN_API_URL", "https://api.atlassian.com")?,
            jira_hosts: jira_hosts.map_err(|why| format!("ALLOWED_JIRA_HOSTS: {why}"))?,
            public_url: None,
            pacing: text("TEMPO_MCP_PACING") != "off",
            lifetime: Duration::from_secs(60),
            calls_per_tenant: 8,
            calls: 500,
        })
    }

    /// The operator's own addresses, which may be anywhere; what people name may not.
    #[must_use]
    pub fn named_origins(&self) -> Vec<Origin> {
        self.jira_hosts.origins().chain([&self.tempo, &self.gateway]).map(Url::origin).collect()
    }
}
