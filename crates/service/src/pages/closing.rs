//! The page on which a browser sign-in ends. The callback's listener serves it alone, so its style is inline.

use askama::Template;
use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{StatusCode, header};
use sha2::{Digest, Sha256};
use tempo_mcp_core::oauth::UnrelatedCallback;

use super::{assets::STYLE, response_headers};

/// What became of a request to the callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    SignedIn {
        site: String,
    },
    /// The sign-in failed. Holds a message of `tempo_mcp_core::tools`.
    Failed(String),
    /// The request does not belong to the sign-in, which still waits.
    UnrelatedCallback(UnrelatedCallback),
    /// The sign-in was completed before.
    Over,
}

#[derive(Template)]
#[template(path = "closing.html")]
struct ClosingPage<'a> {
    style: &'a str,
    is_success: bool,
    title: &'a str,
    text: &'a str,
    next: &'a str,
}

/// The page with its headers. Its status is a success only if the sign-in succeeded.
#[must_use]
pub fn closing(outcome: &Closing) -> Response {
    let (status, page) = page(outcome);
    let Ok(text) = page.render() else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the page could not be rendered").into_response();
    };
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let csp = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    );
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, csp.as_str())];
    (status, response_headers::of_page(), headers, text).into_response()
}

const CLOSE_TAB: &str = "You can close this tab.";
const STILL_WAITING: &str =
    "tempo-mcp is still waiting for you to sign in: open the link that it gave you again.";

fn page(outcome: &Closing) -> (StatusCode, ClosingPage<'_>) {
    let failed = |title, text, next| ClosingPage { style: STYLE, is_success: false, title, text, next };
    match outcome {
        Closing::SignedIn { site } => {
            let next = "You can close this tab and go back to your client.";
            let title = "You are signed in";
            (StatusCode::OK, ClosingPage { style: STYLE, is_success: true, title, text: site, next })
        }
        Closing::Failed(message) => {
            (StatusCode::BAD_REQUEST, failed("You are not signed in", message, CLOSE_TAB))
        }
        Closing::UnrelatedCallback(UnrelatedCallback::OtherPath) => {
            let text = "tempo-mcp uses this address only for the result of a sign-in to Jira.";
            (StatusCode::NOT_FOUND, failed("Page not found", text, ""))
        }
        Closing::UnrelatedCallback(UnrelatedCallback::OtherState) => {
            let text = "It may come from an old tab or from someone else. Nothing was changed.";
            (StatusCode::BAD_REQUEST, failed("This is a different sign-in", text, STILL_WAITING))
        }
        Closing::UnrelatedCallback(UnrelatedCallback::Empty) => {
            let text = "Atlassian sent no authorization code.";
            (StatusCode::BAD_REQUEST, failed("Something is missing", text, STILL_WAITING))
        }
        Closing::Over => {
            (StatusCode::GONE, failed("This sign-in is over", "It was completed before.", CLOSE_TAB))
        }
    }
}
