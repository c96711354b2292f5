//! The files that pages load.

use axum::response::{IntoResponse, Response};
use http::header;

use super::response_headers;

/// Part of the URLs of style and script: browsers keep them for an hour, but not across an upgrade.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
pub(super) const STYLE: &str = include_str!("../../templates/style.css");

const SCRIPT: &str = include_str!("../../templates/copy.js");
const ICON: &str = include_str!("../../templates/icon.svg");

pub(crate) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

pub(crate) async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

pub(crate) async fn icon() -> Response {
    file("image/svg+xml", ICON)
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "public, max-age=3600")];
    (response_headers::of_file(), headers, text).into_response()
}
