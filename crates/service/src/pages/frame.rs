//! What every page has: its headers, the token in its forms, and the messages that several pages show.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tempo_mcp_core::domain::hex::hex;

use super::{form, response_headers};
use crate::http::state::State;

/// No frame, nothing inline, nothing from elsewhere; forms are sent to this service only.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page with one message and one link.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct MessagePage {
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) link: &'static str,
    /// The text of the link.
    pub(super) label: &'static str,
}

pub(crate) async fn not_found(Extension(state): Extension<Arc<State>>) -> Response {
    let message = MessagePage {
        title: "Page not found",
        text: "Check the address in your browser, or start over.",
        link: "/",
        label: "Go to the start page",
    };
    page(&state, StatusCode::NOT_FOUND, &message)
}

/// The router adds `Allow`.
pub(crate) async fn method_not_allowed(Extension(state): Extension<Arc<State>>) -> Response {
    let message = MessagePage {
        title: "Method not allowed",
        text: "This page does not accept that kind of request.",
        link: "/",
        label: "Go to the start page",
    };
    page(&state, StatusCode::METHOD_NOT_ALLOWED, &message)
}

/// A page with the headers of every page.
pub(super) fn page(state: &State, status: StatusCode, page: &impl Template) -> Response {
    let Ok(text) = page.render() else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the page could not be rendered").into_response();
    };
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, CSP)];
    let mut response = (status, response_headers::of_page(), headers, text).into_response();
    if state.is_https() {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// A page with forms: a new token is in its cookie, and `template` puts it into each form.
pub(super) fn page_with_forms<T: Template>(
    state: &State,
    status: StatusCode,
    template: impl FnOnce(String) -> T,
) -> Response {
    let mut bytes = [0; 16];
    if state.entropy.fill(&mut bytes).is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, "no randomness").into_response();
    }
    let token = hex(&bytes);
    let cookie = form::token_cookie(&token, state.is_https());
    let mut response = page(state, status, &template(token));
    add_cookie(&mut response, &cookie);
    response
}

pub(super) fn add_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The service's URL as users see it, without a trailing slash.
pub(super) fn base_url(state: &State, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or("localhost");
    state.options.public_url.clone().unwrap_or_else(|| format!("http://{host}"))
}
