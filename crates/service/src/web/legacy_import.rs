//! A tenant of the service before this one, at their first call or visit here.

use super::Service;
use crate::store::{StoreError, tenants::Credentials};
use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};

impl Service {
    /// Gives an id without a row the row of its former record; whether there is one now.
    ///
    /// The same rules hold as at setup: what would be refused there is not moved.
    pub(super) async fn move_over(&self, id: &TenantId) -> Result<bool, StoreError> {
        let Some(former) = self.store.former(id).await? else { return Ok(false) };
        let record = TenantHash::of(id);
        let config = match self.loaded(&former).config {
            Ok(config) => config,
            Err(faults) => {
                let names: Vec<&str> = faults.0.iter().map(|it| it.name()).collect();
                tracing::warn!(tenant = record.short(), ?names, "a former record is not usable");
                return Ok(false);
            }
        };
        if self.options.jira_hosts.check(&config.jira.site).is_err() {
            tracing::warn!(tenant = record.short(), "a former record names a site that is not served here");
            return Ok(false);
        }
        let host = config.jira.site.base().host_str().unwrap_or_default();
        self.store.adopt(id, &Credentials::of(&config), host, &self.today()).await?;
        tracing::info!(tenant = record.short(), "moved over from the former service");
        Ok(true)
    }
}
