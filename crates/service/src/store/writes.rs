//! The last fifty writing calls of each tenant: time, tool, worklog and outcome, without any text.

use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};

use super::{Store, StoreError};
use crate::ports::{Cell, Row};

const MAX_WRITES: i64 = 50;

/// One call that wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedWrite {
    /// `YYYY-MM-DD HH:MM:SS` in UTC.
    pub at: String,
    pub tool: String,
    /// The worklog's id, or empty.
    pub worklog: String,
    pub outcome: String,
}

impl Store {
    /// Records a write, and deletes all but the last fifty.
    ///
    /// # Errors
    /// The write was not recorded.
    pub async fn record_write(&self, tenant: &TenantHash, write: &RecordedWrite) -> Result<(), StoreError> {
        let insert = "INSERT INTO writes (record, sequence, at, tool, worklog, outcome) \
                      SELECT tenants.record, COALESCE((SELECT MAX(writes.sequence) FROM writes WHERE writes.record = ?1), 0) + 1, \
                      ?2, ?3, ?4, ?5 FROM tenants WHERE tenants.record = ?1";
        let prune = "DELETE FROM writes WHERE record = ?1 AND sequence <= \
                     (SELECT MAX(others.sequence) FROM writes AS others WHERE others.record = ?1) - ?2";
        let cells = [tenant.as_str(), &write.at, &write.tool, &write.worklog, &write.outcome]
            .map(Cell::from)
            .to_vec();
        let pruned = vec![tenant.as_str().into(), MAX_WRITES.into()];
        self.database.batch(&[(insert, cells), (prune, pruned)]).await?;
        Ok(())
    }

    /// The recorded writes of a tenant, latest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn writes(&self, id: &TenantId) -> Result<Vec<RecordedWrite>, StoreError> {
        let hash = TenantHash::of(id);
        let sql = "SELECT at, tool, worklog, outcome FROM writes WHERE record = ?1 ORDER BY sequence DESC";
        let rows = self.database.query(sql, &[hash.as_str().into()]).await?;
        let write = |row: &Row| RecordedWrite {
            at: row.text("at"),
            tool: row.text("tool"),
            worklog: row.text("worklog"),
            outcome: row.text("outcome"),
        };
        Ok(rows.iter().map(write).collect())
    }
}
