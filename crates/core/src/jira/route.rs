//! Which address Jira answers at: the site, or Atlassian's gateway, where scoped API tokens work only.
//!
//! <https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/>

use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;
use serde::de::DeserializeOwned;
use url::Url;

use super::wire;
use crate::{
    config::{JiraConfig, jira_site::is_cloud_id},
    upstream::{Call, Error, ErrorKind, Upstream},
};

/// The address that worked, or the only one there is. `None`: the site has not answered yet, so a refusal may mean
/// that the gateway is right.
pub(super) type Settled = Arc<Mutex<Option<Url>>>;

pub(super) struct Route {
    site: Url,
    gateway: Url,
    settled: Settled,
}

impl Route {
    pub(super) fn new(config: &JiraConfig, settled: Settled) -> Self {
        let route = Self { site: config.site.base().clone(), gateway: config.gateway.clone(), settled };
        if config.site.is_gateway() {
            route.settle(route.site.clone());
        }
        route
    }

    fn settled(&self) -> Option<Url> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn settle(&self, base: Url) {
        *self.settled.lock().unwrap_or_else(PoisonError::into_inner) = Some(base);
    }

    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        upstream: &Upstream,
        auth: &HeaderValue,
        call: &Call,
    ) -> Result<T, Error> {
        match self.settled() {
            Some(base) => Ok(upstream.json(&base, Some(auth), call).await?.body),
            None => self.find(upstream, auth, call).await,
        }
    }

    /// The first call of a process goes to the site; refused there (401, 404), it is tried once at the gateway.
    async fn find<T: DeserializeOwned>(
        &self,
        upstream: &Upstream,
        auth: &HeaderValue,
        call: &Call,
    ) -> Result<T, Error> {
        let refused = match upstream.json(&self.site, Some(auth), call).await {
            Ok(answer) => {
                self.settle(self.site.clone());
                return Ok(answer.body);
            }
            Err(error) if matches!(error.kind, ErrorKind::Unauthorized | ErrorKind::NotFound(_)) => error,
            Err(error) => return Err(error),
        };
        let Some(gateway) = self.gateway_of_site(upstream).await else { return Err(refused) };
        match upstream.json(&gateway, Some(auth), call).await {
            Ok(answer) => {
                self.settle(gateway);
                Ok(answer.body)
            }
            // The gateway knows the token but not the thing asked for.
            Err(error) if matches!(error.kind, ErrorKind::Forbidden(_)) => Err(error),
            Err(error) => {
                // Refused in both places: asking twice every time would not make it better.
                if matches!(error.kind, ErrorKind::Unauthorized | ErrorKind::NotFound(_)) {
                    self.settle(self.site.clone());
                }
                Err(refused)
            }
        }
    }

    pub(super) fn is_at_gateway(&self) -> bool {
        self.settled().is_some_and(|base| base.path().contains("/ex/jira/"))
    }

    /// The site tells its cloud id to anybody; no credentials go with the question.
    pub(super) async fn cloud_id(&self, upstream: &Upstream) -> Result<String, Error> {
        let call = Call::get(&["_edge", "tenant_info"]);
        let tenant: wire::TenantInfo = upstream.json(&self.site, None, &call).await?.body;
        Ok(tenant.cloud_id)
    }

    async fn gateway_of_site(&self, upstream: &Upstream) -> Option<Url> {
        let cloud_id = self.cloud_id(upstream).await.ok().filter(|it| is_cloud_id(it))?;
        let mut gateway = self.gateway.clone();
        gateway.set_path(&format!("{}/ex/jira/{cloud_id}", gateway.path().trim_end_matches('/')));
        Some(gateway)
    }
}
