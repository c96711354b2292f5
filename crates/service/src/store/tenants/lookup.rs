//! Looks up one id with one indexed read, whether it belongs to a tenant, was revoked, or never existed.

use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};

use super::{SealedRow, TenantSummary};
use crate::{
    ports::{Cell, Row},
    store::{Store, StoreError},
};

/// One row for the key, with the tenant's columns if there is such a tenant.
const TENANT: &str = "SELECT tenants.record, tenants.key_id, tenants.sealed, tenants.jira_host, tenants.created_on, \
     tenants.used_on FROM server_keys LEFT JOIN tenants ON tenants.record = ?1 WHERE server_keys.key_id = ?2";
/// A row with a record but without a seal is a tombstone.
const TENANT_OR_TOMBSTONE: &str = "SELECT tenants.record, tenants.key_id, tenants.sealed, tenants.jira_host, \
     tenants.created_on, tenants.used_on FROM server_keys LEFT JOIN tenants ON tenants.record = ?1 \
     WHERE server_keys.key_id = ?2 UNION ALL SELECT record, '', '', '', '', '' FROM tombstones WHERE record = ?1";

/// What the database knows about an id.
pub(crate) enum Lookup {
    Tenant(FoundTenant),
    /// The id was replaced or deleted here; the old records are not asked for it.
    Revoked,
    Unknown,
}

/// A tenant's row, for its calls and for `/manage`.
pub(crate) struct FoundTenant {
    pub(crate) row: SealedRow,
    pub(crate) summary: TenantSummary,
}

impl Store {
    /// Looks up an id. Decrypts nothing.
    ///
    /// # Errors
    /// The database cannot be read, or it is not the one that the current key opens: then no tenant is unknown.
    pub(crate) async fn look_up(&self, id: &TenantId) -> Result<Lookup, StoreError> {
        let hash = TenantHash::of(id);
        let sql = if self.legacy.is_some() { TENANT_OR_TOMBSTONE } else { TENANT };
        let cells = [hash.as_str(), self.current_key()].map(Cell::from);
        let rows = self.database.query(sql, &cells).await?;
        let is_tombstone = |it: &Row| !it.text("record").is_empty() && it.text("sealed").is_empty();
        // An imported tenant has a tombstone, too.
        let is_revoked = rows.iter().any(is_tombstone);
        let Some(row) = rows.into_iter().find(|it| !is_tombstone(it)) else {
            return Err(self.key_is_gone().await);
        };
        if row.text("record").is_empty() {
            return Ok(if is_revoked { Lookup::Revoked } else { Lookup::Unknown });
        }
        let sealed =
            SealedRow { key_id: row.text("key_id"), seal: row.text("sealed"), used_on: row.text("used_on") };
        Ok(Lookup::Tenant(FoundTenant { row: sealed, summary: TenantSummary::of(row) }))
    }
}
