//! Records of the service before this one (the TypeScript Worker): each is opened once, sealed anew and ended there.
//!
//! A tombstone stands for every id that was moved, replaced or deleted here. The former service is asked only for ids
//! that have none, so nothing that ended comes back to life, whatever is still kept over there.

use std::sync::Arc;

use serde::Deserialize;

use super::{Store, StoreError, tenants::Credentials};
use crate::ports::{Cell, Legacy};
use tempo_mcp_core::domain::tenant::TenantId;
use tempo_mcp_core::seal::TenantHash;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Former {
    tempo_api_token: String,
    jira_base_url: String,
    jira_auth_type: Option<String>,
    jira_api_token: String,
    jira_email: Option<String>,
    jira_tempo_account_custom_field_id: Option<String>,
}

impl From<Former> for Credentials {
    fn from(it: Former) -> Self {
        let is_bearer = it.jira_auth_type.as_deref() == Some("bearer");
        Self {
            tempo_token: it.tempo_api_token.into(),
            jira_base_url: it.jira_base_url,
            jira_email: it.jira_email.filter(|_| !is_bearer).map(Into::into),
            jira_token: it.jira_api_token.into(),
            account_field: it.jira_tempo_account_custom_field_id,
        }
    }
}

const BURY: &str = "INSERT INTO tombstones (record) VALUES (?1) ON CONFLICT (record) DO NOTHING";

impl Store {
    /// With the records of a former service.
    #[must_use]
    pub fn with_legacy(self, legacy: Arc<dyn Legacy>) -> Self {
        Self { legacy: Some(legacy), ..self }
    }

    /// What a tenant that has no row gave to the former service. `None`: nothing that opens, or it ended here already.
    ///
    /// # Errors
    /// The database or the former service's records cannot be read.
    pub async fn former(&self, id: &TenantId) -> Result<Option<Credentials>, StoreError> {
        let Some(legacy) = &self.legacy else { return Ok(None) };
        let record = TenantHash::of(id);
        let sql = "SELECT record FROM tombstones WHERE record = ?1";
        if !self.database.query(sql, &[record.as_str().into()]).await?.is_empty() {
            return Ok(None);
        }
        let Some(sealed) = legacy.load(id).await? else { return Ok(None) };
        let opened = self.keys.all().find_map(|key| key.open_former(sealed.trim()).ok());
        let former = opened.and_then(|it| serde_json::from_slice::<Former>(&it).ok());
        if former.is_none() {
            tracing::warn!(tenant = record.short(), "a record of the former service does not open");
        }
        Ok(former.map(Into::into))
    }

    /// Gives a tenant of the former service its row, and ends their record over there.
    ///
    /// Whoever comes second, or after the tenant was deleted, changes nothing.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn adopt(
        &self,
        id: &TenantId,
        credentials: &Credentials,
        host: &str,
        day: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO tenants (record, key_id, sealed, jira_host, email_tag, account_tag, created_on, used_on) \
                   SELECT ?1, server_keys.key_id, ?3, ?4, ?5, ?6, ?7, ?7 FROM server_keys WHERE server_keys.key_id = ?2 \
                   AND NOT EXISTS (SELECT tombstones.record FROM tombstones WHERE tombstones.record = ?1)";
        // Whose account it is was not kept over there.
        let tags = self.tags(credentials.jira_email.as_ref(), None);
        let row = self.row(id, credentials, tags, host, day)?;
        self.database.batch(&[(sql, row), (BURY, vec![TenantHash::of(id).as_str().into()])]).await?;
        self.forget_former(id).await;
        Ok(())
    }

    /// What goes into the batch that ends an id, where there is a former service.
    pub(super) fn bury(&self, record: &TenantHash) -> Option<(&'static str, Vec<Cell>)> {
        self.legacy.as_ref().map(|_| (BURY, vec![record.as_str().into()]))
    }

    /// The tombstone decides; what is left over there is only clutter.
    pub(super) async fn forget_former(&self, id: &TenantId) {
        let Some(legacy) = &self.legacy else { return };
        if let Err(failure) = legacy.delete(id).await {
            tracing::warn!(%failure, "a record of the former service is left over");
        }
    }
}
