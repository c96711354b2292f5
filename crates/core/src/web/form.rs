//! Forms: their fields, and whether one comes from our own page.

use http::HeaderMap;
use url::form_urlencoded;

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
    let cookies = headers.get_all(http::header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = cookies.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    let ours = |name: &str| name == wanted || name.strip_prefix("__Host-") == Some(wanted);
    pairs.find(|(name, _)| ours(name)).map(|(_, value)| value.to_owned())
}
