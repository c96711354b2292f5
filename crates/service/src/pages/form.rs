//! Forms: their fields, and whether a form comes from our own page.

use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use url::form_urlencoded;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::http::state::State;

/// The cookie with the token that a form's hidden field repeats.
const TOKEN_COOKIE: &str = "setup";
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

pub(super) const TOO_MANY_ATTEMPTS: &str = "Too many attempts from this network. Try again in a minute.";
pub(super) const UNREADABLE: &str = "The form could not be read. Try again.";
pub(super) const NOT_OUR_FORM: &str =
    "This form was open for too long, or it came from another site. Send it again.";

/// Field names and values of an `application/x-www-form-urlencoded` body. The first value of a name counts. They hold
/// tokens, so they are overwritten when dropped.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the body, and overwrites it unless someone else holds it too.
    pub(super) fn read(body: Bytes) -> Self {
        let fields = Self(form_urlencoded::parse(&body).into_owned().collect());
        if let Ok(mut body) = body.try_into_mut() {
            body.as_mut().zeroize();
        }
        fields
    }

    /// A value without the surrounding space that pasting adds; empty if the field is missing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        for (_, value) in &mut self.0 {
            value.zeroize();
        }
    }
}

impl ZeroizeOnDrop for Fields {}

/// A `Set-Cookie` value with the random token of a page's forms.
pub(super) fn token_cookie(token: &str, is_https: bool) -> String {
    set_cookie(TOKEN_COOKIE, token, TOKEN_LIFETIME, is_https)
}

/// A `Set-Cookie` value that no script reads and no other site sends. A lifetime of zero deletes the cookie.
pub(super) fn set_cookie(name: &str, value: &str, lifetime: Duration, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    let (name, seconds) = (full_name(name, is_https), lifetime.as_secs());
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// The name under which a cookie is set and read. Over https it has a prefix with which browsers take it only from this
/// host, so that a neighbouring host cannot plant one; without https they would not store it.
fn full_name(name: &str, is_https: bool) -> String {
    let prefix = if is_https { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

/// Whether a form was sent from our own page: cookie and field agree, and the browser does not say otherwise.
///
/// `Origin: null` is accepted: with `Referrer-Policy: no-referrer` browsers send it with our own forms.
pub(super) fn is_own(state: &State, headers: &HeaderMap, token_field: &str) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|it| it.to_str().ok());
    let is_same_origin = site.is_none_or(|it| matches!(it, "same-origin" | "none"));
    let token = cookie(state, headers, TOKEN_COOKIE);
    is_same_origin && token.is_some_and(|it| it.len() == 32 && it == token_field)
}

/// The value of the cookie that was set as `wanted`; its name must be exactly the one that it was set with.
pub(super) fn cookie(state: &State, headers: &HeaderMap, wanted: &str) -> Option<String> {
    let wanted = full_name(wanted, state.is_https());
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = cookies.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned())
}

/// Adds how long to wait to a response.
pub(super) fn with_retry_after(mut response: Response, wait: Duration) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_with_tokens_is_wiped() {
        fn is_wiped<T: ZeroizeOnDrop>(_: &T) {}
        let fields = Fields::read(Bytes::from(b"tempoApiToken=+a+token%21".to_vec()));
        assert_eq!((fields.get("tempoApiToken"), fields.get("jiraApiToken")), ("a token!", ""));
        is_wiped(&fields);
        // A body that someone else holds is read too.
        let shared = Bytes::from(b"jiraApiToken=t".to_vec());
        let fields = Fields::read(shared.clone());
        assert_eq!((fields.get("jiraApiToken"), &*shared), ("t", b"jiraApiToken=t".as_slice()));
    }
}
