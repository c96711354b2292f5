//! The pages' frame: what every page carries, and those that say the same to everybody.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{Service, form};

const STYLE: &str = include_str!("../../templates/style.css");

/// No script, no frame, nothing from elsewhere; forms go to this service alone.
const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

#[derive(Template)]
#[template(path = "index.html")]
struct Index;

pub(super) async fn index(State(service): State<Arc<Service>>) -> Response {
    html(&service, StatusCode::OK, &Index)
}

pub(super) async fn style() -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    let kept = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    ([kind, kept], STYLE).into_response()
}

pub(super) fn add_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// A page in somebody's browser could otherwise reach this service under a name of its own, and read its forms.
pub(super) async fn only_our_host(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    if service.serves_host(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "this host is not served here").into_response()
    }
}

/// A page with the headers of every page.
pub(super) fn html(service: &Service, status: StatusCode, page: &impl Template) -> Response {
    let Ok(text) = page.render() else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be shown").into_response();
    };
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if service.is_https() {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    (status, headers, text).into_response()
}

impl Service {
    /// A page with a new token in its form and in its cookie.
    pub(super) fn with_token<T: Template>(
        &self,
        status: StatusCode,
        page: impl FnOnce(String) -> T,
    ) -> Response {
        let mut bytes = [0; 16];
        if self.entropy.fill(&mut bytes).is_err() {
            return (StatusCode::SERVICE_UNAVAILABLE, "no randomness").into_response();
        }
        let token: String = bytes.iter().map(|it| format!("{it:02x}")).collect();
        let cookie = form::cookie(&token, self.is_https());
        let mut response = html(self, status, &page(token));
        add_cookie(&mut response, &cookie);
        response
    }

    /// Whether a request names one of our hosts, where they are listed.
    pub(super) fn serves_host(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let hosts = &self.options.hosts;
        hosts.is_empty() || hosts.iter().any(|it| it.eq_ignore_ascii_case(host))
    }

    pub(super) fn is_https(&self) -> bool {
        self.options.public_url.as_ref().is_some_and(|it| it.starts_with("https:"))
    }

    /// What users see, for the URL that they are given.
    pub(super) fn base(&self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or("localhost");
        self.options.public_url.clone().unwrap_or_else(|| format!("http://{host}"))
    }
}
