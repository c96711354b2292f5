//! Reads a request's body, up to a size and within a time.
//!
//! `tower-http`'s layer does not fit: it limits the size only, and its error is not a JSON-RPC message.

use std::{error::Error, pin::pin, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::{Body, to_bytes},
    extract::Request,
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use futures::future::{Either, select};
use http::StatusCode;
use http_body_util::LengthLimitError;

use crate::http::{error::EndpointError, state::State};

/// No client sends a larger message.
const MAX_BODY: usize = 1 << 20;
/// A body of that size arrives within this time. A slower sender holds its permit on purpose.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// A request's whole body, for its handler.
#[derive(Clone)]
pub(in crate::http) struct MessageBody(pub(in crate::http) Bytes);

/// Reads the body into the request's extensions, where the handler finds it.
pub(in crate::http) async fn read_message(
    Extension(state): Extension<Arc<State>>,
    request: Request,
    next: Next,
) -> Result<Response, EndpointError> {
    let (mut parts, body) = request.into_parts();
    let body = read_body(&state, body).await?;
    parts.extensions.insert(MessageBody(body));
    Ok(next.run(Request::from_parts(parts, Body::empty())).await)
}

/// The whole body.
///
/// # Errors
/// The body is too large, too slow, or breaks off.
pub(crate) async fn read_body(state: &State, body: Body) -> Result<Bytes, EndpointError> {
    let reading = pin!(to_bytes(body, MAX_BODY));
    match select(reading, state.ports.clock.sleep(BODY_TIMEOUT)).await {
        Either::Left((body, _)) => body.map_err(|error| unreadable(&error)),
        Either::Right(_) => {
            Err(EndpointError::new(StatusCode::REQUEST_TIMEOUT, "the body took too long to arrive"))
        }
    }
}

fn unreadable(error: &axum::Error) -> EndpointError {
    if is_too_large(error) {
        return EndpointError::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB");
    }
    EndpointError::new(StatusCode::BAD_REQUEST, "the body could not be read")
}

fn is_too_large(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_too_large)
}
