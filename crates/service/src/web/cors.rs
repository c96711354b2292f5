//! Who may ask from a browser (the Fetch standard's CORS protocol). The headers stand on every answer of the
//! endpoint, errors included, or a browser hides the error from its page.

use http::{HeaderMap, HeaderValue, header};

/// The origins of web pages that may use the endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    Any,
    Only(Vec<String>),
}

impl Origins {
    /// A comma-separated list; `*` is any.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let list: Vec<String> = text
            .split(',')
            .map(|it| it.trim().trim_end_matches('/').to_ascii_lowercase())
            .filter(|it| !it.is_empty())
            .collect();
        if list.is_empty() || list.iter().any(|it| it == "*") { Self::Any } else { Self::Only(list) }
    }

    /// The headers of an answer to a request with these headers; `None`: its origin may not ask.
    pub(super) fn headers(&self, request: &HeaderMap) -> Option<HeaderMap> {
        let mut res = HeaderMap::new();
        let origin = request.get(header::ORIGIN);
        match self {
            Self::Any => drop(res.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"))),
            Self::Only(list) => {
                res.insert(header::VARY, HeaderValue::from_static("Origin"));
                if let Some(origin) = origin {
                    let text = origin.to_str().ok()?.to_ascii_lowercase();
                    list.contains(&text).then_some(())?;
                    res.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                }
            }
        }
        res.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        Some(res)
    }
}

/// GET and DELETE are refused with 405, which a browser client handles; it never sees that if they are not allowed.
const METHODS: &str = "GET, POST, DELETE, OPTIONS";
const HEADERS: &str = "content-type, accept, authorization, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, \
                       last-event-id, traceparent, tracestate";
const EXPOSED: &str = "mcp-session-id, mcp-protocol-version, www-authenticate";

/// What an answer to OPTIONS says beside that.
pub(super) fn preflight(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
}
