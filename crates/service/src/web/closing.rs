//! The page on which a browser ends a sign-in, wherever its callback is listened for: it needs no other file.

use askama::Template;
use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{StatusCode, header};
use sha2::{Digest, Sha256};

use super::page::STYLE;
use tempo_mcp_core::oauth::UnrelatedCallback;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    SignedIn {
        site: String,
    },
    /// In a sentence of `tools`.
    Failed(String),
    /// It goes on: this request was none of it.
    UnrelatedCallback(UnrelatedCallback),
    /// It was answered before.
    Over,
}

#[derive(Template)]
#[template(path = "closing.html")]
struct Page<'a> {
    style: &'a str,
    good: bool,
    title: &'a str,
    text: &'a str,
    next: &'a str,
}

/// The page with its headers. Only a sign-in that worked is a success to a browser.
#[must_use]
pub fn closing(it: &Closing) -> Response {
    let (status, page) = page(it);
    let Ok(text) = page.render() else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be shown").into_response();
    };
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let csp = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, csp.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, text).into_response()
}

const WAITS: &str = "The sign-in is still waiting: open the address that tempo-mcp gave you again.";

fn page(it: &Closing) -> (StatusCode, Page<'_>) {
    let (status, good, title, text, next) = match it {
        Closing::SignedIn { site } => (
            StatusCode::OK,
            true,
            "You are signed in",
            site.as_str(),
            "You can close this tab, and go on where you asked.",
        ),
        Closing::Failed(why) => {
            (StatusCode::BAD_REQUEST, false, "You are not signed in", why.as_str(), "You can close this tab.")
        }
        Closing::UnrelatedCallback(UnrelatedCallback::OtherPath) => (
            StatusCode::NOT_FOUND,
            false,
            "Nothing is here",
            "tempo-mcp waits for a sign-in to Jira here.",
            "",
        ),
        Closing::UnrelatedCallback(UnrelatedCallback::OtherState) => (
            StatusCode::BAD_REQUEST,
            false,
            "This is another sign-in",
            "It may be an old tab, or somebody else's address. Nothing was changed.",
            WAITS,
        ),
        Closing::UnrelatedCallback(UnrelatedCallback::Empty) => {
            (StatusCode::BAD_REQUEST, false, "Something is missing", "Atlassian's login sent no code.", WAITS)
        }
        Closing::Over => (
            StatusCode::GONE,
            false,
            "This sign-in is over",
            "It was answered before.",
            "You can close this tab.",
        ),
    };
    (status, Page { style: STYLE, good, title, text, next })
}
