//! `/mcp/u_…`: one tenant's MCP endpoint, after all middleware.

use std::sync::Arc;

use axum::{Extension, body::Body, extract::Request, response::Response};
use bytes::Bytes;
use tempo_mcp_core::domain::tenant::TenantId;
use tempo_mcp_protocol as mcp;

use super::{middleware::read_body::MessageBody, state::State, tenant::EndpointTenant};
use crate::tenants::Tenant;

pub(super) async fn handle(
    Extension(state): Extension<Arc<State>>,
    EndpointTenant { id, tenant }: EndpointTenant,
    Extension(server): Extension<Arc<mcp::server::Server>>,
    Extension(MessageBody(body)): Extension<MessageBody>,
    request: Request,
) -> Response {
    note_use(&state, id, &tenant);
    let request: http::Request<Bytes> = request.map(|_| body);
    mcp::http::respond(&*server, &request).await.map(Body::from)
}

/// Stores the day of use in the background, so that the call does not wait for it.
fn note_use(state: &State, id: TenantId, tenant: &Arc<Tenant>) {
    let day = state.today();
    if !tenant.is_first_use_on(&day) {
        return;
    }
    let (store, tenant) = (state.store.clone(), tenant.clone());
    state.ports.background.run(Box::pin(async move {
        if let Err(error) = store.note_use(&id, &day).await {
            tenant.forget_use();
            tracing::warn!(tenant = tenant.hash.short(), %error, "day of last use not stored");
        }
    }));
}
