//! Serves only the configured hosts. Otherwise a web page could reach this service under a host name of its own (DNS
//! rebinding), and read its forms.

use std::sync::Arc;

use axum::{
    Extension,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};

use crate::http::{error::EndpointError, state::State};

const MESSAGE: &str = "this service does not serve this host";

/// For pages: the error is plain text.
pub(in crate::http) async fn check_page(
    Extension(state): Extension<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    if is_served(&state.options.hosts, request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, MESSAGE).into_response()
    }
}

/// For endpoints: the error is a JSON-RPC message.
pub(in crate::http) async fn check_endpoint(
    Extension(state): Extension<Arc<State>>,
    request: Request,
    next: Next,
) -> Result<Response, EndpointError> {
    if is_served(&state.options.hosts, request.headers()) {
        Ok(next.run(request).await)
    } else {
        Err(EndpointError::new(StatusCode::FORBIDDEN, MESSAGE))
    }
}

fn is_served(hosts: &[String], headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
    hosts.is_empty() || hosts.iter().any(|it| it.eq_ignore_ascii_case(host))
}
