//! One request to a vendor, before it has an address and credentials.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use url::Url;

/// All characters except RFC 3986's unreserved ones; the dot is encoded as well, so no segment can become `..`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// A method, a path, a query and a body.
///
/// The path is made of segments and the query of pairs, each encoded, so text that a person wrote cannot become another
/// path.
#[derive(Debug, Clone)]
pub struct Call {
    pub(crate) method: Method,
    segments: Vec<String>,
    query: Vec<(&'static str, String)>,
    body: Bytes,
    /// Whether it changes nothing, so that it may be repeated. Some reads are POSTs.
    pub(crate) reads: bool,
}

impl Call {
    #[must_use]
    pub fn get(path: &[&str]) -> Self {
        Self::new(Method::GET, path, true)
    }

    /// A search: sent as POST, although it changes nothing.
    #[must_use]
    pub fn search(path: &[&str], body: &impl Serialize) -> Self {
        Self::new(Method::POST, path, true).with_body(body)
    }

    #[must_use]
    pub fn post(path: &[&str], body: &impl Serialize) -> Self {
        Self::new(Method::POST, path, false).with_body(body)
    }

    #[must_use]
    pub fn put(path: &[&str], body: &impl Serialize) -> Self {
        Self::new(Method::PUT, path, false).with_body(body)
    }

    #[must_use]
    pub fn delete(path: &[&str]) -> Self {
        Self::new(Method::DELETE, path, false)
    }

    fn new(method: Method, path: &[&str], reads: bool) -> Self {
        let segments = path.iter().map(|it| (*it).to_owned()).collect();
        Self { method, segments, query: Vec::new(), body: Bytes::new(), reads }
    }

    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    fn with_body(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_vec(body).unwrap_or_default().into();
        self
    }

    /// The path without ids and keys, for the log.
    pub(crate) fn shape(&self) -> String {
        let word = |it: &String| {
            if it.len() < 24 && it.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
                it.clone()
            } else {
                "…".into()
            }
        };
        self.segments.iter().map(word).collect::<Vec<_>>().join("/")
    }

    pub(crate) fn request(&self, base: &Url, auth: Option<&HeaderValue>) -> Request<Bytes> {
        let mut url = base.as_str().trim_end_matches('/').to_owned();
        for segment in &self.segments {
            url.push('/');
            url.extend(utf8_percent_encode(segment, SEGMENT));
        }
        for (i, (name, value)) in self.query.iter().enumerate() {
            url.push(if i == 0 { '?' } else { '&' });
            url.push_str(name);
            url.push('=');
            url.extend(utf8_percent_encode(value, SEGMENT));
        }
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        // A base that `Url` accepted, with segments of unreserved characters, is always a URI.
        *request.uri_mut() = url.parse().unwrap_or_default();
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if !self.body.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(auth) = auth {
            headers.insert(header::AUTHORIZATION, auth.clone());
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_a_segment_stays_one_segment() {
        let base = "https://api.example/ex/jira/c1".parse().unwrap();
        let call = Call::get(&["4", "worklogs", "1/../7002?x=1#y", "..", "ä b"])
            .query("from", "2026-01-01")
            .query("q", "a&b=c");
        assert_eq!(
            call.request(&base, None).uri().to_string(),
            "https://api.example/ex/jira/c1/4/worklogs/1%2F%2E%2E%2F7002%3Fx%3D1%23y/%2E%2E/%C3%A4%20b?from=2026-01-01&q=a%26b%3Dc"
        );
    }

    #[test]
    fn path_in_the_log_has_no_ids() {
        let call = Call::get(&["4", "worklogs", "user", "712020:9c2b", "Secret-Key"]);
        assert_eq!(call.shape(), "…/worklogs/user/…/…");
    }
}
