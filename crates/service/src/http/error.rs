//! Why a request does not reach its tenant's server.

use std::time::Duration;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use tempo_mcp_protocol as mcp;

use crate::refusals::Refusal;

/// How long a client waits when the service is at its limits.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// An HTTP error with a JSON-RPC error body.
#[derive(Debug)]
pub(crate) struct EndpointError {
    status: StatusCode,
    message: &'static str,
    retry_after: Option<Duration>,
}

impl EndpointError {
    pub(crate) fn new(status: StatusCode, message: &'static str) -> Self {
        Self { status, message, retry_after: None }
    }

    pub(crate) fn not_found(message: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn too_many_requests(message: &'static str, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..Self::new(StatusCode::TOO_MANY_REQUESTS, message) }
    }

    pub(crate) fn unavailable(message: &'static str) -> Self {
        Self { retry_after: Some(RETRY_AFTER), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message) }
    }
}

impl IntoResponse for EndpointError {
    fn into_response(self) -> Response {
        let mut response = mcp::http::error_response(self.status, self.message).map(Body::from);
        response.extensions_mut().insert(Refusal { reason: self.message, tenant: None });
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}
