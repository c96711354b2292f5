//! A panic ends its own request only. The response names the request, so that the operator finds it in the log.
//!
//! `tower-http`'s layer does not fit: its handler does not see the request's id.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{Extension, body::Body, extract::Request, middleware::Next, response::Response};
use futures::FutureExt;
use http::StatusCode;
use tempo_mcp_core::upstream::telemetry::RequestTelemetry;
use tempo_mcp_protocol as mcp;

pub(in crate::http) async fn catch_panic(
    Extension(telemetry): Extension<Arc<RequestTelemetry>>,
    request: Request,
    next: Next,
) -> Response {
    let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    response.unwrap_or_else(|_| {
        tracing::error!("request panicked");
        let message =
            format!("internal error; the operator can find it in the log as request {}", telemetry.id());
        mcp::http::error_response(StatusCode::INTERNAL_SERVER_ERROR, &message).map(Body::from)
    })
}
