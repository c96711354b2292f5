//! Operators' commands as security events of the service. A command that cannot be recorded is carried out all the same:
//! its operator can read and write the database anyway.

use jiff::Timestamp;
use tempo_mcp_service::{
    audit::{AuditEvent, EventKind},
    ports::{Database, DatabaseError},
    store::{Store, StoreError, audit_events},
};

/// Records a command. `detail` contains no value that the operator entered.
pub(super) async fn record(store: &Store, command: &str, detail: &str) {
    let event = event(command, detail);
    if let Err(error) = store.record_event(&event).await {
        tracing::error!(%error, "audit event not recorded");
    }
}

/// As [`record`], for a command that has no key. A database of an earlier version has no place for events yet.
pub(super) async fn record_without_key(database: &dyn Database, command: &str) {
    let outcome = audit_events::record_event(database, &event(command, "")).await;
    if let Err(error) = outcome
        && !matches!(error, StoreError::Database(DatabaseError::NoSuchTable(_)))
    {
        tracing::error!(%error, "audit event not recorded");
    }
}

fn event(command: &str, detail: &str) -> AuditEvent {
    let event = AuditEvent {
        at: Timestamp::now(),
        kind: EventKind::operator(command),
        detail: detail.to_owned(),
        tenant: None,
        client: String::new(),
        request: String::new(),
    };
    event.log();
    event
}
