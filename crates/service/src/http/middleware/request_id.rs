//! An id for each form that is sent to a page: on its log lines, and in its security events.

use std::sync::Arc;

use axum::{Extension, extract::Request, middleware::Next, response::Response};
use http::Method;
use tracing::Instrument;

use crate::http::state::State;

/// The id of a request at a page. At endpoints, the request's telemetry has it.
#[derive(Debug, Clone)]
pub(in crate::http) struct RequestId(pub(in crate::http) String);

pub(in crate::http) async fn identify_form(
    Extension(state): Extension<Arc<State>>,
    mut request: Request,
    next: Next,
) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let id = state.request_id();
    let span = tracing::error_span!("request", id);
    request.extensions_mut().insert(RequestId(id));
    next.run(request).instrument(span).await
}
