//! What a tenant's calls wrote: time, tool, worklog and outcome, the last fifty; no texts.

use super::{Store, StoreError};
use crate::ports::{Cell, Row};
use tempo_mcp_core::domain::tenant::TenantId;
use tempo_mcp_core::seal::TenantHash;

const KEPT: i64 = 50;

/// One writing call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// RFC 3339, UTC.
    pub at: String,
    pub tool: String,
    /// The worklog's id, or empty.
    pub worklog: String,
    pub outcome: String,
}

impl Store {
    /// Records one, and forgets all but the last fifty.
    ///
    /// # Errors
    /// It was not recorded.
    pub async fn record_write(&self, record: &TenantHash, write: &Write) -> Result<(), StoreError> {
        let insert = "INSERT INTO writes (record, sequence, at, tool, worklog, outcome) \
                      SELECT tenants.record, COALESCE((SELECT MAX(writes.sequence) FROM writes WHERE writes.record = ?1), 0) + 1, \
                      ?2, ?3, ?4, ?5 FROM tenants WHERE tenants.record = ?1";
        let prune = "DELETE FROM writes WHERE record = ?1 AND sequence <= \
                     (SELECT MAX(others.sequence) FROM writes AS others WHERE others.record = ?1) - ?2";
        let cells = [record.as_str(), &write.at, &write.tool, &write.worklog, &write.outcome]
            .map(Cell::from)
            .to_vec();
        self.database.batch(&[(insert, cells), (prune, vec![record.as_str().into(), KEPT.into()])]).await?;
        Ok(())
    }

    /// The last ones, latest first.
    ///
    /// # Errors
    /// As every read.
    pub async fn writes(&self, id: &TenantId) -> Result<Vec<Write>, StoreError> {
        let record = TenantHash::of(id);
        let sql = "SELECT at, tool, worklog, outcome FROM writes WHERE record = ?1 ORDER BY sequence DESC";
        let rows = self.database.query(sql, &[record.as_str().into()]).await?;
        let write = |row: &Row| Write {
            at: row.text("at"),
            tool: row.text("tool"),
            worklog: row.text("worklog"),
            outcome: row.text("outcome"),
        };
        Ok(rows.iter().map(write).collect())
    }
}
