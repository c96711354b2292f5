//! Forms: their fields, and whether one comes from our own page.

use std::time::Duration;

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header, request::Parts};
use url::form_urlencoded;

use super::{ClientAddress, Service};
use crate::ports::Limit;

/// The cookie that a form's hidden field repeats; `__Host-` where browsers allow it, so that no neighbour sets it.
const COOKIE: &str = "setup";

/// Field names and values of an `application/x-www-form-urlencoded` body; a name counts once.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Without the blanks around it, which come with pasting.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }
}

/// A `Set-Cookie` value; the token is random and the page repeats it in its form.
pub(super) fn cookie(token: &str, is_https: bool) -> String {
    set_cookie(COOKIE, token, 3600, is_https)
}

/// A `Set-Cookie` value that no script reads and no other site sends; `seconds` of 0 removes it.
pub(super) fn set_cookie(name: &str, value: &str, seconds: u32, is_https: bool) -> String {
    let (prefix, secure) = if is_https { ("__Host-", "; Secure") } else { ("", "") };
    format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// Whether a form was sent from our own page: cookie and field agree, and the browser does not say otherwise.
///
/// `Origin: null` is no refusal: with `Referrer-Policy: no-referrer` browsers send it with our own forms.
pub(super) fn is_own(headers: &HeaderMap, field: &str) -> bool {
    let said = headers.get("sec-fetch-site").and_then(|it| it.to_str().ok());
    let same_site = said.is_none_or(|it| matches!(it, "same-origin" | "none"));
    let kept = cookie_of(headers, COOKIE);
    same_site && kept.is_some_and(|it| it.len() == 32 && it == field)
}

pub(super) fn cookie_of(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = cookies.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    let ours = |name: &str| name == wanted || name.strip_prefix("__Host-") == Some(wanted);
    pairs.find(|(name, _)| ours(name)).map(|(_, value)| value.to_owned())
}

pub(super) const TOO_OFTEN: &str = "Too many attempts from this address. Try again in a minute.";
pub(super) const UNREADABLE: &str = "The form could not be read. Please try again.";
pub(super) const FOREIGN: &str =
    "This form was open for too long, or came from elsewhere. Please send it again.";

/// A refusal that says how long to wait.
pub(super) fn retry_after(mut response: Response, wait: Duration) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    response
}

/// Where a form comes from, as the edge knows it.
pub(super) fn address(head: &Parts) -> &str {
    head.extensions.get::<ClientAddress>().map_or("", |it| it.0.as_str())
}

impl Service {
    /// Trying tokens costs both vendors requests, and would let anybody guess.
    pub(super) async fn may_try(&self, head: &Parts) -> Result<(), Duration> {
        self.limiter.check(Limit::Setup, address(head)).await
    }
}
