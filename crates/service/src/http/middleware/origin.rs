//! Which web pages may call an endpoint (CORS, <https://fetch.spec.whatwg.org/#http-cors-protocol>).
//!
//! The headers are on every response of the endpoint, errors included; without them a browser hides the error from its
//! page. `tower-http`'s layer does not fit: it lets requests of other origins through.

use std::sync::Arc;

use axum::{
    Extension,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::{
    http::{error::EndpointError, state::State},
    options::Origins,
};

/// GET and DELETE are not implemented, but a browser client sees their 405 only if they are allowed here.
const METHODS: &str = "GET, POST, DELETE, OPTIONS";
const HEADERS: &str = "content-type, accept, authorization, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, \
                       last-event-id, traceparent, tracestate";
const EXPOSED: &str = "mcp-session-id, mcp-protocol-version, www-authenticate";

/// Rejects other origins, and adds the CORS headers to every other response.
pub(in crate::http) async fn check_origin(
    Extension(state): Extension<Arc<State>>,
    request: Request,
    next: Next,
) -> Result<Response, EndpointError> {
    let cors = cors_headers(&state.options.origins, request.headers());
    let cors =
        cors.ok_or(EndpointError::new(StatusCode::FORBIDDEN, "this origin may not use the endpoint"))?;
    let mut response = next.run(request).await;
    response.headers_mut().extend(cors);
    Ok(response)
}

/// Responds to OPTIONS, which a browser sends before the request itself.
pub(in crate::http) async fn preflight(request: Request, next: Next) -> Response {
    if request.method() != Method::OPTIONS {
        return next.run(request).await;
    }
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// The headers of a response to a request with these headers, or `None` if its origin is not allowed.
fn cors_headers(allowed: &Origins, request: &HeaderMap) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    match allowed {
        Origins::Any => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        Origins::Only(list) => {
            headers.insert(header::VARY, HeaderValue::from_static("Origin"));
            if let Some(origin) = request.get(header::ORIGIN) {
                let text = origin.to_str().ok()?.to_ascii_lowercase();
                list.contains(&text).then_some(())?;
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            }
        }
    }
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    Some(headers)
}
