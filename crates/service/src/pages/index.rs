//! `/`: what the service is, and where to begin.

use std::sync::Arc;

use askama::Template;
use axum::{Extension, response::Response};
use http::StatusCode;

use super::frame;
use crate::http::state::State;

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage;

pub(crate) async fn show(Extension(state): Extension<Arc<State>>) -> Response {
    frame::page(&state, StatusCode::OK, &IndexPage)
}
