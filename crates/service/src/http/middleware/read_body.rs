//! Reads a request's body before the call gets its permits, so that a body that is sent slowly occupies none.

use std::{sync::Arc, time::Duration};

use axum::{Extension, body::Body, extract::Request, middleware::Next, response::Response};
use bytes::Bytes;
use http::StatusCode;

use crate::http::{
    body::{self, BodyError, BodyLimits},
    body_budget::BudgetSpent,
    client_address::ClientKey,
    error::EndpointError,
    state::State,
};

/// No client sends a larger message, and none takes longer for one.
const LIMITS: BodyLimits = BodyLimits { bytes: 1 << 20, time: Duration::from_secs(20) };

/// A request's whole body, for its handler.
#[derive(Clone)]
pub(in crate::http) struct MessageBody(pub(in crate::http) Bytes);

/// Reads the body into the request's extensions, where the handler finds it. Its bytes count until the response.
pub(in crate::http) async fn read_body(
    Extension(state): Extension<Arc<State>>,
    request: Request,
    next: Next,
) -> Result<Response, EndpointError> {
    let (mut parts, body) = request.into_parts();
    let client = ClientKey::of_request(&parts.extensions);
    let mut share = state.bodies.take(client).map_err(|it| refusal(it.into()))?;
    let body = body::read(body, &LIMITS, &mut share, &*state.ports.clock).await.map_err(refusal)?;
    share.resize(body.len()).map_err(|it| refusal(it.into()))?;
    parts.extensions.insert(MessageBody(body));
    Ok(next.run(Request::from_parts(parts, Body::empty())).await)
}

fn refusal(error: BodyError) -> EndpointError {
    let new = EndpointError::new;
    match error {
        BodyError::TooLarge => new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB"),
        BodyError::TooSlow => new(StatusCode::REQUEST_TIMEOUT, "the body took too long to arrive"),
        BodyError::BrokenOff => new(StatusCode::BAD_REQUEST, "the body could not be read"),
        BodyError::NoRoom(BudgetSpent::ByClient) => EndpointError::too_many_requests(
            "too many request bodies from this network are arriving at the same time",
            Duration::from_secs(2),
        ),
        BodyError::NoRoom(BudgetSpent::InAll) => {
            EndpointError::unavailable("too many request bodies are arriving at the same time")
        }
    }
}
