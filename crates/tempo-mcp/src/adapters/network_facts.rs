//! Core's `NetworkFacts` on this machine: its resolver, and the proxy of its requests.

use std::time::Duration;

use async_trait::async_trait;
use hyper_util::client::proxy::matcher::Matcher;
use tempo_mcp_core::ports::NetworkFacts;
use url::Url;

/// A resolver that takes longer is of no use.
const DEADLINE: Duration = Duration::from_secs(10);

pub(crate) struct SystemNetwork;

#[async_trait]
impl NetworkFacts for SystemNetwork {
    async fn has_address(&self, host: &str) -> bool {
        let addresses = tokio::net::lookup_host((host.trim_matches(['[', ']']), 0));
        let found = tokio::time::timeout(DEADLINE, addresses).await;
        found.is_ok_and(|it| it.is_ok_and(|mut it| it.next().is_some()))
    }

    /// Chosen as the HTTP client chooses it: by the usual variables, or else by the settings of the system.
    fn proxy(&self, url: &Url) -> Option<String> {
        let uri = url.as_str().parse().ok()?;
        Matcher::from_system().intercept(&uri)?.uri().host().map(str::to_owned)
    }
}

/// For the simulation inside this process: no name is looked up, and nothing leaves the machine.
pub(crate) struct NoNetwork;

#[async_trait]
impl NetworkFacts for NoNetwork {
    async fn has_address(&self, _: &str) -> bool {
        true
    }

    fn proxy(&self, _: &Url) -> Option<String> {
        None
    }
}
