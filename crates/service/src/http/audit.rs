//! Security events of requests at pages: written to the log, and recorded in the store.

use http::request::Parts;
use tempo_mcp_core::seal::TenantHash;

use super::{client_address::ClientAddress, middleware::request_id::RequestId, state::State};
use crate::audit::{AuditEvent, EventKind};

/// Records what a request did. If the event cannot be stored, the request still succeeds, and the log has the event.
pub(crate) async fn record(
    state: &State,
    request: &Parts,
    kind: EventKind,
    tenant: Option<&TenantHash>,
    detail: &str,
) {
    let id = request.extensions.get::<RequestId>();
    let event = AuditEvent {
        at: state.now(),
        kind,
        detail: detail.to_owned(),
        tenant: tenant.cloned(),
        client: state.shown_client(ClientAddress::of(&request.extensions)),
        request: id.map(|it| it.0.clone()).unwrap_or_default(),
    };
    event.log();
    if let Err(error) = state.store.record_event(&event).await {
        tracing::error!(%error, "audit event not recorded");
    }
}
