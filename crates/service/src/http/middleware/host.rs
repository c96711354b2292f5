//! Serves only the configured hosts. Otherwise a web page could reach this service under a host name of its own (DNS
//! rebinding), and read its forms.
//!
//! Clients of HTTP/2 name the host in `:authority` only (RFC 9113, 8.3.1). A request that names two different hosts is
//! refused, since a proxy in front of the service may have used the other one.

use std::sync::Arc;

use axum::{
    Extension,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use crate::http::{error::EndpointError, state::State};

/// The status and the message of a request that is refused.
type Refusal = (StatusCode, &'static str);

const NOT_SERVED: Refusal = (StatusCode::FORBIDDEN, "this service does not serve this host");
const TWO_HOSTS: Refusal = (StatusCode::BAD_REQUEST, "the request names two different hosts");

/// For pages: the error is plain text.
pub(in crate::http) async fn check_page(
    Extension(state): Extension<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    match check(&state.options.hosts, request) {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// For endpoints: the error is a JSON-RPC message.
pub(in crate::http) async fn check_endpoint(
    Extension(state): Extension<Arc<State>>,
    request: Request,
    next: Next,
) -> Result<Response, EndpointError> {
    match check(&state.options.hosts, request) {
        Ok(request) => Ok(next.run(request).await),
        Err((status, message)) => Err(EndpointError::new(status, message)),
    }
}

/// The request with the host that it is for in its `Host` header.
fn check(hosts: &[String], mut request: Request) -> Result<Request, Refusal> {
    let named = host(request.uri(), request.headers()).ok_or(TWO_HOSTS)?;
    if !hosts.is_empty() && !hosts.iter().any(|it| it.eq_ignore_ascii_case(named)) {
        return Err(NOT_SERVED);
    }
    if !request.headers().contains_key(header::HOST) && !named.is_empty() {
        let named = HeaderValue::from_str(named).map_err(|_| NOT_SERVED)?;
        request.headers_mut().insert(header::HOST, named);
    }
    Ok(request)
}

/// The host that a request names, an empty text if it names none, or `None` if it names different ones.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let in_headers = headers.get_all(header::HOST).iter().map(|it| it.to_str().unwrap_or_default());
    let mut named = uri.authority().map(|it| it.as_str()).into_iter().chain(in_headers);
    let first = named.next().unwrap_or_default();
    named.all(|it| it.eq_ignore_ascii_case(first)).then_some(first)
}
