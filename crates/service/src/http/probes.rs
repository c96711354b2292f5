//! What monitoring asks: is the service ready, and what does it count.

use std::sync::Arc;

use axum::{
    Extension, Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};

use super::state::State;

/// `GET /readyz`: the database responds, and the key still opens it.
pub(super) async fn ready(Extension(state): Extension<Arc<State>>) -> Response {
    match state.store.check().await {
        Ok(()) => "ok".into_response(),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not respond, or the key does not fit it")
                .into_response()
        }
    }
}

/// `GET /metrics`, for a listener of its own. It is not protected.
pub fn metrics_router(state: Arc<State>) -> Router {
    Router::new().route("/metrics", get(metrics)).layer(Extension(state))
}

async fn metrics(Extension(state): Extension<Arc<State>>) -> Response {
    let tenants = match state.store.count().await {
        Ok(tenants) => Some(tenants),
        Err(error) => {
            tracing::error!(%error, "tenants not counted");
            None
        }
    };
    let in_flight = state.options.calls.saturating_sub(state.calls.available_permits());
    let text = state.metrics.exposition(in_flight, tenants);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
