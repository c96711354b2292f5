//! Looks up one id with one indexed read, whether it belongs to a tenant, was revoked, or never existed.

use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};

use super::{SealedRow, TenantSummary};
use crate::store::{Store, StoreError};

const TENANT: &str =
    "SELECT record, key_id, sealed, jira_host, created_on, used_on FROM tenants WHERE record = ?1";
/// A row without a seal is a tombstone.
const TENANT_OR_TOMBSTONE: &str = "SELECT record, key_id, sealed, jira_host, created_on, used_on FROM tenants WHERE record = ?1 \
     UNION ALL SELECT record, '', '', '', '', '' FROM tombstones WHERE record = ?1";

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
    /// The database cannot be read.
    pub(crate) async fn look_up(&self, id: &TenantId) -> Result<Lookup, StoreError> {
        let hash = TenantHash::of(id);
        let sql = if self.legacy.is_some() { TENANT_OR_TOMBSTONE } else { TENANT };
        let rows = self.database.query(sql, &[hash.as_str().into()]).await?;
        let is_revoked = !rows.is_empty();
        // An imported tenant has a tombstone, too.
        let Some(row) = rows.into_iter().find(|it| !it.text("sealed").is_empty()) else {
            return Ok(if is_revoked { Lookup::Revoked } else { Lookup::Unknown });
        };
        let sealed =
            SealedRow { key_id: row.text("key_id"), seal: row.text("sealed"), used_on: row.text("used_on") };
        Ok(Lookup::Tenant(FoundTenant { row: sealed, summary: TenantSummary::of(row) }))
    }
}
