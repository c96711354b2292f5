//! One incoming request, parsed once: decoded path segments, query pairs and the origin.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// As sent, still percent-encoded.
    pub(crate) path: String,
    /// Decoded one by one, so that an encoded slash stays inside its segment.
    pub(crate) segments: Vec<String>,
    pub(crate) raw_query: String,
    pub(crate) query: Vec<(String, String)>,
    /// `http://host:port` as the client sees it. Links in responses start with it.
    pub(crate) origin: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether another bulk creation on the same issue was in progress when this request arrived.
    pub(crate) bulk_conflict: bool,
}

impl Request {
    pub(crate) fn parse(request: http::Request<Bytes>) -> Request {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let raw_query = parts.uri.query().unwrap_or_default().to_owned();
        let query = url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect();
        let segments = path.trim_matches('/').split('/').map(decode).collect();
        let origin = origin(&parts.uri, &parts.headers);
        let (method, headers) = (parts.method, parts.headers);
        Request { method, path, segments, raw_query, query, origin, headers, body, bulk_conflict: false }
    }

    /// The first value of a query parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params(name).next()
    }

    /// All values of a repeated query parameter, in order.
    pub(crate) fn params<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    pub(crate) fn has_json_body(&self) -> bool {
        self.header("content-type").is_some_and(|media| media.trim().starts_with("application/json"))
    }

    /// The scheme and the credentials of the Authorization header.
    pub(crate) fn authorization(&self) -> Option<(&str, &str)> {
        let (scheme, credentials) = self.header("authorization")?.split_once(' ')?;
        Some((scheme, credentials.trim()))
    }

    /// The token of a Bearer Authorization header.
    pub(crate) fn bearer_token(&self) -> Option<&str> {
        let (scheme, token) = self.authorization()?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }
}

fn decode(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

fn origin(uri: &http::Uri, headers: &HeaderMap) -> String {
    let scheme = uri.scheme_str().unwrap_or("http");
    let header = headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let authority = uri.authority().map(http::uri::Authority::as_str).or(header);
    format!("{scheme}://{}", authority.unwrap_or("localhost"))
}
