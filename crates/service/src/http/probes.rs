//! What monitoring asks: is the service ready, and what does it count.

use std::sync::Arc;

use axum::{
    Extension, Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};

use super::state::State;
use crate::store::StoreError;

const NO_PERMITS: &str = "too many calls are in progress";

/// `GET /readyz`: the database can be read and written and is the one that was opened, the key opens all of it, and
/// another call could begin.
pub(super) async fn ready(Extension(state): Extension<Arc<State>>) -> Response {
    let reason = match state.store.check().await {
        Ok(()) if state.calls.available_permits() > 0 => return "ok".into_response(),
        Ok(()) => NO_PERMITS.to_owned(),
        Err(error) => {
            tracing::error!(%error, "not ready");
            reason(&error)
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, reason).into_response()
}

/// The reason as anyone may read it: without a driver's messages and the ids of keys.
fn reason(error: &StoreError) -> String {
    match error {
        StoreError::NotReady(it) => it.to_string(),
        StoreError::WrongKey(_) => {
            "the encryption key does not fit the database: the key was rotated, or the database was exchanged"
                .into()
        }
        StoreError::OtherKey(_) => {
            "the database has tenants under a newer encryption key: restart the service with that key".into()
        }
        _ => "the database does not respond".into(),
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
