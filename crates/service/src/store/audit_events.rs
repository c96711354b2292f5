//! The rows of security events: the latest of each kind, for each tenant and for what belongs to no tenant.

use std::time::Duration;

use jiff::Timestamp;
use tempo_mcp_core::seal::TenantHash;

use super::{Store, StoreError};
use crate::{
    audit::{AuditEvent, EventKind, instant},
    ports::{Cell, Database, Row},
};

/// The events of one kind that are stored for a tenant.
const MAX_OF_TENANT: i64 = 20;
/// The events of one kind that are stored without a tenant: refused sign-ups, deletions, each operator's command.
const MAX_OF_SERVICE: i64 = 1000;
/// Events have addresses of people, so they are not stored longer than an investigation needs them.
const MAX_AGE: Duration = Duration::from_secs(90 * 24 * 3600);
/// The record of events without a tenant.
const SERVICE: &str = "";
/// Digits of an address's hash: enough to tell clients apart.
const ADDRESS_TAG: usize = 16;

const COLUMNS: &str = "record, event, sequence, at, detail, client, request";
const INSERT_OF_TENANT: &str = "INSERT INTO audit_events (record, event, sequence, at, detail, client, request) \
    SELECT tenants.record, ?2, COALESCE((SELECT MAX(audit_events.sequence) FROM audit_events \
    WHERE audit_events.record = ?1 AND audit_events.event = ?2), 0) + 1, ?3, ?4, ?5, ?6 \
    FROM tenants WHERE tenants.record = ?1";
const INSERT_OF_SERVICE: &str = "INSERT INTO audit_events (record, event, sequence, at, detail, client, request) \
    VALUES (?1, ?2, COALESCE((SELECT MAX(audit_events.sequence) FROM audit_events \
    WHERE audit_events.record = ?1 AND audit_events.event = ?2), 0) + 1, ?3, ?4, ?5, ?6)";
const PRUNE_KIND: &str = "DELETE FROM audit_events WHERE record = ?1 AND event = ?2 AND sequence <= \
    (SELECT MAX(latest.sequence) FROM audit_events AS latest WHERE latest.record = ?1 AND latest.event = ?2) - ?3";
const PRUNE_AGE: &str = "DELETE FROM audit_events WHERE at < ?1";
pub(super) const DELETE: &str = "DELETE FROM audit_events WHERE record = ?1";
/// Moves a tenant's events to the record that its row was moved to.
pub(super) const MOVE: &str = "UPDATE audit_events SET record = ?2 WHERE record = ?1 \
    AND EXISTS (SELECT tenants.record FROM tenants WHERE tenants.record = ?2)";

/// Where a page of [`Store::audit_events_after`] ends; the default is before the first event.
#[derive(Debug, Clone, Default)]
pub struct Position {
    at: String,
    record: String,
    event: String,
    sequence: i64,
}

impl Position {
    /// Before the first event at or after this instant.
    #[must_use]
    pub fn since(at: Timestamp) -> Self {
        Self { at: instant(at), ..Self::default() }
    }
}

/// Stores an event, and deletes what is too old or too much. For commands that have no key; others use
/// [`Store::record_event`].
///
/// # Errors
/// The event was not stored.
pub async fn record_event(database: &dyn Database, event: &AuditEvent) -> Result<(), StoreError> {
    // A deletion outlives its tenant, so its row does not say whose it was.
    let (tenant, client) = match event.kind.ends_tenant() {
        true => (None, ""),
        false => (event.tenant.as_ref(), event.client.as_str()),
    };
    let (record, insert, most) = match tenant {
        Some(tenant) => (tenant.as_str(), INSERT_OF_TENANT, MAX_OF_TENANT),
        None => (SERVICE, INSERT_OF_SERVICE, MAX_OF_SERVICE),
    };
    let (kind, at) = (event.kind.as_str(), instant(event.at));
    let oldest = instant(event.at.checked_sub(MAX_AGE).unwrap_or(Timestamp::MIN));
    let cells = [record, kind, &at, &event.detail, client, &event.request].map(Cell::from).to_vec();
    let statements = [
        (insert, cells),
        (PRUNE_KIND, vec![record.into(), kind.into(), most.into()]),
        (PRUNE_AGE, vec![oldest.as_str().into()]),
    ];
    database.batch(&statements).await?;
    Ok(())
}

impl Store {
    /// Stores an event, and deletes what is too old or too much. Nothing is stored for a tenant that does not exist.
    ///
    /// # Errors
    /// The event was not stored.
    pub async fn record_event(&self, event: &AuditEvent) -> Result<(), StoreError> {
        record_event(&*self.database, event).await
    }

    /// The latest events of a tenant, the latest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn audit_events_of(
        &self,
        tenant: &TenantHash,
        most: i64,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM audit_events WHERE record = ?1 ORDER BY at DESC, sequence DESC, event LIMIT {most}"
        );
        let rows = self.database.query(&sql, &[tenant.as_str().into()]).await?;
        Ok(rows.iter().map(event).collect())
    }

    /// At most `most` events of all tenants and of none, the oldest first, and where the next ones begin. `None` at
    /// the end.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn audit_events_after(
        &self,
        position: &Position,
        most: i64,
    ) -> Result<(Vec<AuditEvent>, Option<Position>), StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM audit_events WHERE at >= ?1 AND (at > ?1 OR record > ?2 \
             OR (record = ?2 AND (event > ?3 OR (event = ?3 AND sequence > ?4)))) \
             ORDER BY at, record, event, sequence LIMIT {most}"
        );
        let Position { at, record, event: kind, sequence } = position;
        let mut cells: Vec<Cell> = [at, record, kind].map(|it| it.as_str().into()).to_vec();
        cells.push((*sequence).into());
        let rows = self.database.query(&sql, &cells).await?;
        Ok((rows.iter().map(event).collect(), rows.last().map(position_of)))
    }

    /// A keyed hash of a client's address, for services that do not store addresses.
    pub(crate) fn address_tag(&self, address: &str) -> String {
        let tag = self.keys.tag("client-address", address);
        tag.get(..ADDRESS_TAG).unwrap_or(&tag).to_owned()
    }
}

fn position_of(row: &Row) -> Position {
    Position {
        at: row.text("at"),
        record: row.text("record"),
        event: row.text("event"),
        sequence: row.integer("sequence"),
    }
}

fn event(row: &Row) -> AuditEvent {
    let record = row.text("record");
    AuditEvent {
        at: row.text("at").parse().unwrap_or_default(),
        kind: EventKind::from_row(row.text("event")),
        detail: row.text("detail"),
        tenant: (record != SERVICE).then(|| TenantHash::from_row(record)),
        client: row.text("client"),
        request: row.text("request"),
    }
}
