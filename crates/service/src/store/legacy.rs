//! Tenants of the TypeScript server: each record is opened once, stored here as a row, and deleted there.
//!
//! Every id that was imported, replaced or deleted here has a tombstone. The old records are read only for ids without
//! one, so a deleted personal URL never works again, whatever the old store still holds.

use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;
use tempo_mcp_core::{config::credentials::Credentials, domain::tenant::TenantId, seal::TenantHash};

use super::{Store, StoreError, tenants::NewRow};
use crate::ports::{Cell, Legacy};

/// A record of the TypeScript server. The names in JSON are its own.
#[derive(Deserialize)]
struct LegacyCredentials {
    #[serde(rename = "tempoApiToken")]
    tempo_api_token: String,
    #[serde(rename = "jiraBaseUrl")]
    jira_base_url: String,
    #[serde(rename = "jiraAuthType")]
    jira_auth_type: Option<String>,
    #[serde(rename = "jiraApiToken")]
    jira_api_token: String,
    #[serde(rename = "jiraEmail")]
    jira_email: Option<String>,
    #[serde(rename = "jiraTempoAccountCustomFieldId")]
    account_field: Option<String>,
}

/// Moves each text, so that there is no copy.
impl From<LegacyCredentials> for Credentials {
    fn from(legacy: LegacyCredentials) -> Self {
        let is_bearer = legacy.jira_auth_type.as_deref() == Some("bearer");
        Self {
            tempo_api_token: legacy.tempo_api_token.into(),
            jira_base_url: legacy.jira_base_url,
            jira_email: legacy.jira_email.map(SecretString::from).filter(|_| !is_bearer),
            jira_api_token: legacy.jira_api_token.into(),
            account_field: legacy.account_field,
        }
    }
}

/// Only for an id that has a row.
const MARK_IMPORTED: &str = "INSERT INTO tombstones (record) SELECT tenants.record FROM tenants \
                             WHERE tenants.record = ?1 ON CONFLICT (record) DO NOTHING";
const MARK_REVOKED: &str = "INSERT INTO tombstones (record) VALUES (?1) ON CONFLICT (record) DO NOTHING";

impl Store {
    /// Adds the records of the TypeScript server.
    #[must_use]
    pub fn with_legacy(self, legacy: Arc<dyn Legacy>) -> Self {
        Self { legacy: Some(legacy), ..self }
    }

    /// The credentials of an id in the TypeScript server's records, or `None` if there are none that open. To be asked
    /// only for an id without a tombstone.
    ///
    /// # Errors
    /// The old records cannot be read.
    pub(crate) async fn legacy_credentials(&self, id: &TenantId) -> Result<Option<Credentials>, StoreError> {
        let Some(legacy) = &self.legacy else { return Ok(None) };
        let Some(sealed) = legacy.load(id).await? else { return Ok(None) };
        let opened = self.keys.all().find_map(|key| key.open_former(sealed.trim()).ok());
        let credentials = opened.and_then(|it| serde_json::from_slice::<LegacyCredentials>(&it).ok());
        if credentials.is_none() {
            tracing::warn!(tenant = TenantHash::of(id).short(), "legacy record cannot be decrypted");
        }
        Ok(credentials.map(Into::into))
    }

    /// Stores a tenant of the TypeScript server as a row, and deletes the old record.
    ///
    /// Changes nothing if the tenant was imported or deleted meanwhile.
    ///
    /// # Errors
    /// Nothing was changed: the database cannot be written, or the current key no longer opens it.
    pub async fn import(
        &self,
        id: &TenantId,
        credentials: &Credentials,
        jira_host: &str,
        day: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO tenants (record, key_id, sealed, jira_host, email_tag, account_tag, created_on, used_on) \
                   SELECT ?1, server_keys.key_id, ?3, ?4, ?5, ?6, ?7, ?7 FROM server_keys WHERE server_keys.key_id = ?2 \
                   AND NOT EXISTS (SELECT tombstones.record FROM tombstones WHERE tombstones.record = ?1)";
        // The old records do not say whose account it is.
        let tags = self.tags(credentials.jira_email.as_ref(), None);
        let row = self.row_cells(&NewRow { id, credentials, tags, jira_host, day })?;
        let tombstone = (MARK_IMPORTED, vec![TenantHash::of(id).as_str().into()]);
        let changed = self.database.batch(&[(sql, row), tombstone]).await?;
        if changed.first() != Some(&1) {
            // The old record is all that there is of this tenant if the key no longer has its row.
            self.check_keys().await?;
        }
        self.delete_legacy(id).await;
        Ok(())
    }

    /// The statement that revokes an id, for the batch that ends it. `None` where there are no old records.
    pub(super) fn mark_revoked(&self, hash: &TenantHash) -> Option<(&'static str, Vec<Cell>)> {
        self.legacy.as_ref().map(|_| (MARK_REVOKED, vec![hash.as_str().into()]))
    }

    /// Deletes the old record of an id that has a tombstone. A record that stays is never read again.
    pub(super) async fn delete_legacy(&self, id: &TenantId) {
        let Some(legacy) = &self.legacy else { return };
        if let Err(error) = legacy.delete(id).await {
            tracing::warn!(%error, "legacy record not deleted");
        }
    }
}
