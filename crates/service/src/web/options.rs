//! What an operator decides by variables.

use std::time::Duration;

use url::{Origin, Url};

use super::{Options, Origins};
use tempo_mcp_core::config::{jira_hosts::JiraHosts, tempo_base};

const GATEWAY: &str = "https://api.atlassian.com";

impl Options {
    /// The variables that both edges have; `hosts` and `public_url` are for the edge to say.
    ///
    /// # Errors
    /// The variable that is wrong, and how.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let text = |name: &str| lookup(name).map(|it| it.trim().to_owned()).unwrap_or_default();
        let gateway = match text("ATLASSIAN_API_URL").as_str() {
            "" => GATEWAY.parse(),
            named => named.parse(),
        };
        let jira_hosts = JiraHosts::parse(&text("ALLOWED_JIRA_HOSTS"));
        Ok(Self {
            origins: Origins::parse(&text("ALLOWED_ORIGIN")),
            hosts: Vec::new(),
            tempo: tempo_base(lookup).map_err(|it| it.to_string())?,
            gateway: gateway.map_err(|_| format!("ATLASSIAN_API_URL must be an address like {GATEWAY}"))?,
            jira_hosts: jira_hosts.map_err(|why| format!("ALLOWED_JIRA_HOSTS: {why}"))?,
            public_url: None,
            pacing: text("TEMPO_MCP_PACING") != "off",
            lifetime: Duration::from_secs(60),
            calls_per_tenant: 8,
            calls: 500,
            outbound: None,
        })
    }

    /// The operator's own addresses, which may be anywhere; what people name may not.
    #[must_use]
    pub fn named_origins(&self) -> Vec<Origin> {
        self.jira_hosts.origins().chain([&self.tempo, &self.gateway]).map(Url::origin).collect()
    }
}
