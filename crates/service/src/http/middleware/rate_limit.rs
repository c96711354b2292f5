//! How often one tenant may call its endpoint.

use std::sync::Arc;

use axum::{Extension, extract::Request, middleware::Next, response::Response};

use crate::{
    http::{error::EndpointError, state::State, tenant::EndpointTenant},
    ports::{Breadth, Limit},
};

pub(in crate::http) async fn limit_requests(
    Extension(state): Extension<Arc<State>>,
    EndpointTenant { tenant, .. }: EndpointTenant,
    request: Request,
    next: Next,
) -> Result<Response, EndpointError> {
    let checked = state.limiter.check(Limit::Mcp, Breadth::Single, tenant.hash.as_str()).await;
    checked.map_err(|wait| EndpointError::too_many_requests("too many requests", wait))?;
    Ok(next.run(request).await)
}
