//! The address at which Jira accepts the credentials: the site, or Atlassian's gateway, which is the only one for scoped
//! API tokens.
//!
//! <https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/>

use std::sync::Arc;

use http::HeaderValue;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use url::Url;

use super::wire;
use crate::{
    config::{JiraConfig, jira_site::is_cloud_id},
    upstream::{Call, Error, ErrorKind, Upstream},
};

/// The address that accepted the credentials, or the only one there is. `None`: the site has accepted none yet, so
/// a 401 or 404 may mean that they are for the gateway.
pub(super) type AcceptedBase = Arc<Mutex<Option<Url>>>;

pub(super) struct Endpoint {
    site: Url,
    gateway: Url,
    accepted: AcceptedBase,
}

impl Endpoint {
    pub(super) fn new(config: &JiraConfig, accepted: AcceptedBase) -> Self {
        let endpoint = Self { site: config.site.base().clone(), gateway: config.gateway.clone(), accepted };
        if config.site.is_gateway() {
            endpoint.remember(endpoint.site.clone());
        }
        endpoint
    }

    fn accepted(&self) -> Option<Url> {
        self.accepted.lock().clone()
    }

    fn remember(&self, base: Url) {
        *self.accepted.lock() = Some(base);
    }

    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        upstream: &Upstream,
        auth: Option<&HeaderValue>,
        call: &Call,
    ) -> Result<T, Error> {
        match self.accepted() {
            Some(base) => Ok(upstream.json(&base, auth, call).await?.body),
            None => self.find(upstream, auth, call).await,
        }
    }

    /// The first call goes to the site. If the site refuses it (401 or 404), it is tried once at the gateway.
    async fn find<T: DeserializeOwned>(
        &self,
        upstream: &Upstream,
        auth: Option<&HeaderValue>,
        call: &Call,
    ) -> Result<T, Error> {
        let refused = match upstream.json(&self.site, auth, call).await {
            Ok(response) => {
                self.remember(self.site.clone());
                return Ok(response.body);
            }
            Err(error) if matches!(error.kind, ErrorKind::Unauthorized | ErrorKind::NotFound(_)) => error,
            Err(error) => return Err(error),
        };
        let Some(gateway) = self.gateway_of_site(upstream).await else { return Err(refused) };
        match upstream.json(&gateway, auth, call).await {
            Ok(response) => {
                self.remember(gateway);
                Ok(response.body)
            }
            // The gateway accepts the token, but does not allow this request.
            Err(error) if matches!(error.kind, ErrorKind::Forbidden(_)) => Err(error),
            Err(error) => {
                // Both refuse it, so later calls do not try the gateway again.
                if matches!(error.kind, ErrorKind::Unauthorized | ErrorKind::NotFound(_)) {
                    self.remember(self.site.clone());
                }
                Err(refused)
            }
        }
    }

    pub(super) fn is_at_gateway(&self) -> bool {
        self.accepted().is_some_and(|base| base.path().contains("/ex/jira/"))
    }

    /// The id of the site. Jira gives it without credentials, so none are sent.
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
