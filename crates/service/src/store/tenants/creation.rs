//! New tenants: at a sign-up, within the number of URLs that an account may have.

use tempo_mcp_core::{config::credentials::Credentials, domain::tenant::TenantId};

use super::{NewRow, Person};
use crate::store::{Store, StoreError};

/// Checks by itself that the current key still has its row, and that the account has fewer URLs than it may have. An
/// imported tenant has no account, and counts by its e-mail address.
const INSERT: &str = "INSERT INTO tenants (record, key_id, sealed, jira_host, email_tag, account_tag, created_on, used_on) \
                      SELECT ?1, server_keys.key_id, ?3, ?4, ?5, ?6, ?7, '' FROM server_keys \
                      WHERE server_keys.key_id = ?2 AND ?8 > \
                      (SELECT COUNT(*) FROM tenants AS known WHERE known.account_tag = ?6) + \
                      (SELECT COUNT(*) FROM tenants AS imported WHERE imported.email_tag = ?5 \
                      AND imported.account_tag = '' AND imported.email_tag <> '')";

/// A limit that no account reaches.
const UNLIMITED: u32 = u32::MAX;

impl Store {
    /// Stores a new tenant under a new id, however many URLs the account has. The id itself is returned once and stored
    /// nowhere.
    ///
    /// # Errors
    /// Nothing was stored: the database cannot be written, or the current key no longer opens it.
    pub async fn create(
        &self,
        credentials: &Credentials,
        person: &Person,
        jira_host: &str,
        day: &str,
    ) -> Result<TenantId, StoreError> {
        self.insert(credentials, person, jira_host, day, UNLIMITED).await
    }

    /// Like [`Self::create`], for an account that may have `most` URLs. Refused while the database has tenants under a key
    /// that is missing here.
    ///
    /// # Errors
    /// Nothing was stored: those of [`Self::create`], or the account has reached its limit of URLs.
    pub async fn sign_up(
        &self,
        credentials: &Credentials,
        person: &Person,
        jira_host: &str,
        day: &str,
        most: u32,
    ) -> Result<TenantId, StoreError> {
        self.check_keys().await?;
        self.insert(credentials, person, jira_host, day, most).await
    }

    async fn insert(
        &self,
        credentials: &Credentials,
        person: &Person,
        jira_host: &str,
        day: &str,
        most: u32,
    ) -> Result<TenantId, StoreError> {
        let id = self.new_id()?;
        let tags = self.tags(person.email.as_ref(), Some(&person.account));
        let mut cells = self.row_cells(&NewRow { id: &id, credentials, tags, jira_host, day })?;
        cells.push(i64::from(most).into());
        let changed = self.database.batch(&[(INSERT, cells)]).await?;
        if changed.first() == Some(&1) {
            return Ok(id);
        }
        self.check_keys().await?;
        Err(StoreError::TooManyUrls)
    }
}
