//! The tenant as an extractor: it loads the row and checks it, so that no handler can forget to.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use tempo_mcp_core::domain::tenant::TenantId;

use super::{
    client_address::check_client, error::EndpointError, middleware::access_log::RequestLog, state::State,
};
use crate::{ports::Limit, tenants::Tenant};

/// The tenant that a request's path names. Unknown, malformed and deleted ids get the same response; a malformed id is
/// not looked up.
#[derive(Clone)]
pub(super) struct EndpointTenant {
    pub(super) id: TenantId,
    pub(super) tenant: Arc<Tenant>,
}

impl<S: Sync> FromRequestParts<S> for EndpointTenant {
    type Rejection = EndpointError;

    /// Loads the tenant once for each request, whichever middleware or handler needs it first.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, EndpointError> {
        if let Some(loaded) = parts.extensions.get::<Self>() {
            return Ok(loaded.clone());
        }
        let state = parts.extensions.get::<Arc<State>>().cloned();
        let state = state.ok_or(EndpointError::new(StatusCode::INTERNAL_SERVER_ERROR, "no service"))?;
        let loaded = load(&state, parts).await?;
        if let Some(log) = parts.extensions.get::<Arc<RequestLog>>() {
            log.set_tenant(&loaded.tenant.hash);
        }
        parts.extensions.insert(loaded.clone());
        Ok(loaded)
    }
}

async fn load(state: &State, parts: &Parts) -> Result<EndpointTenant, EndpointError> {
    let path = parts.uri.path();
    // Clients look for a sign-in (RFC 8414, RFC 9728) at every server. There is none, and looking is not guessing.
    if path.contains("/.well-known/") {
        return Err(EndpointError::not_found("this service has no sign-in"));
    }
    let id = path.strip_prefix("/mcp/").map(|it| it.strip_suffix('/').unwrap_or(it));
    let Some(id) = id.and_then(|it| it.parse::<TenantId>().ok()) else {
        return Err(unknown(state, parts).await);
    };
    match state.tenants.find(&id).await {
        Ok(Some(tenant)) => Ok(EndpointTenant { id, tenant }),
        Ok(None) => Err(unknown(state, parts).await),
        Err(error) => {
            tracing::error!(%error, "tenant not loaded");
            Err(EndpointError::unavailable("the service cannot read its database at the moment"))
        }
    }
}

/// Only requests at unknown endpoints are counted here, so a client behind a shared address slows no one else there.
async fn unknown(state: &State, parts: &Parts) -> EndpointError {
    match check_client(&*state.limiter, Limit::Unknown, &parts.extensions).await {
        Ok(()) => EndpointError::not_found("there is no such endpoint"),
        Err(wait) => {
            EndpointError::too_many_requests("too many requests for endpoints that do not exist", wait)
        }
    }
}
