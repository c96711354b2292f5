//! How many calls may be in flight: of one tenant, so that it cannot slow others down, and of all.

use std::sync::Arc;

use axum::{Extension, extract::Request, middleware::Next, response::Response};

use crate::http::{error::EndpointError, state::State, tenant::EndpointTenant};

const MESSAGE: &str = "too many calls are in progress";

/// Acquires both permits, and gives the tenant's server to the handler. The permits are freed with the response.
pub(in crate::http) async fn limit_calls(
    Extension(state): Extension<Arc<State>>,
    EndpointTenant { tenant, .. }: EndpointTenant,
    mut request: Request,
    next: Next,
) -> Result<Response, EndpointError> {
    let permit = state.tenants.try_acquire(&tenant).ok_or(EndpointError::unavailable(MESSAGE))?;
    let _call = state.calls.try_acquire().map_err(|_| EndpointError::unavailable(MESSAGE))?;
    request.extensions_mut().insert(permit.server.clone());
    Ok(next.run(request).await)
}
