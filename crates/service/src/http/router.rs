//! All routes, and the order of what a request passes.

use std::sync::Arc;

use axum::{
    Extension, Router,
    middleware::from_fn,
    routing::{any, get},
};
use tower::ServiceBuilder;

use super::{
    endpoint,
    middleware::{
        access_log::log_request,
        concurrency::limit_calls,
        host::{check_endpoint, check_page},
        metrics::count_requests,
        origin::{check_origin, preflight},
        panic::catch_panic,
        rate_limit::limit_requests,
        read_body::read_body,
        request_id::identify_form,
    },
    probes,
    state::State,
};
use crate::pages::{assets, frame, index, manage, security_txt, setup};

/// All routes of one service.
pub fn router(state: Arc<State>) -> Router {
    routes().layer(Extension(state))
}

/// All routes, for requests that bring their [`State`] as an extension.
pub fn routes() -> Router {
    Router::new()
        .merge(page_routes())
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(probes::ready))
        .merge(endpoint_routes())
        .layer(from_fn(count_requests))
}

fn page_routes() -> Router {
    Router::new()
        .route("/", get(index::show))
        .route("/style.css", get(assets::style))
        .route("/copy.js", get(assets::script))
        .route("/icon.svg", get(assets::icon))
        .route("/setup", get(setup::show).post(setup::submit))
        .route("/manage", get(manage::show).post(manage::submit))
        .route(security_txt::PATH, get(security_txt::show))
        .fallback(frame::not_found)
        .method_not_allowed_fallback(frame::method_not_allowed)
        .layer(from_fn(check_page))
        .layer(from_fn(identify_form))
}

/// A request passes these layers from top to bottom. The order decides which error a client sees first, and that CORS
/// headers are on every response.
fn endpoint_routes() -> Router {
    let layers = ServiceBuilder::new()
        .layer(from_fn(log_request))
        .layer(from_fn(check_origin))
        .layer(from_fn(check_endpoint))
        .layer(from_fn(preflight))
        .layer(from_fn(limit_requests))
        .layer(from_fn(read_body))
        .layer(from_fn(limit_calls))
        .layer(from_fn(catch_panic));
    Router::new()
        .route("/mcp/{*id}", any(endpoint::handle))
        .route("/.well-known/{*name}", any(endpoint::handle))
        .layer(layers)
}
