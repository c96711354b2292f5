//! `/.well-known/security.txt` (RFC 9116): where to report a vulnerability of this service.

use std::{fmt::Write, sync::Arc};

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::header;
use jiff::{ToSpan, tz::TimeZone};

use super::frame;
use crate::{http::state::State, options::SecurityContact};

pub(crate) const PATH: &str = "/.well-known/security.txt";

/// For how many days the file is valid. RFC 9116 recommends less than a year; a running service renews it.
const DAYS: i64 = 90;

/// Without a contact there is no such file.
pub(crate) async fn show(Extension(state): Extension<Arc<State>>) -> Response {
    let Some(contact) = &state.options.security_contact else {
        return frame::not_found(Extension(state)).await;
    };
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=86400"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text(&state, contact)).into_response()
}

fn text(state: &State, contact: &SecurityContact) -> String {
    let expires = state.now().to_zoned(TimeZone::UTC).date().saturating_add(DAYS.days());
    let mut res = format!("Contact: {}\nExpires: {expires}T00:00:00Z\n", contact.as_str());
    // Names where the file belongs, so that a copy on another host is not trusted.
    if let Some(base) = state.options.public_url.as_ref().filter(|_| state.is_https()) {
        // Writing to a string cannot fail.
        let _ = writeln!(res, "Canonical: {base}{PATH}");
    }
    res
}
