//! The pages' frame: what every page carries, and those that say the same to everybody.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{Service, form};

/// Stands in the addresses of style and script: browsers keep them for an hour, but not beyond an upgrade.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
pub(super) const STYLE: &str = include_str!("../../templates/style.css");

const SCRIPT: &str = include_str!("../../templates/copy.js");
const ICON: &str = include_str!("../../templates/icon.svg");

/// No frame, nothing inline, nothing from elsewhere; forms go to this service alone.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

#[derive(Template)]
#[template(path = "index.html")]
struct Index;

pub(super) async fn index(Extension(service): Extension<Arc<Service>>) -> Response {
    html(&service, StatusCode::OK, &Index)
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message {
    title: &'static str,
    text: &'static str,
    link: &'static str,
    label: &'static str,
}

impl Message {
    /// `link` and its `label`: where to go on.
    pub(super) fn new(
        title: &'static str,
        text: &'static str,
        link: &'static str,
        label: &'static str,
    ) -> Self {
        Self { title, text, link, label }
    }
}

pub(super) async fn not_found(Extension(service): Extension<Arc<Service>>) -> Response {
    let text = "The address in your browser is misspelt, or what was here is gone.";
    let page = Message::new("There is no such page", text, "/", "To the start");
    service.message(StatusCode::NOT_FOUND, &page)
}

/// `Allow` is added by the router.
pub(super) async fn wrong_method(Extension(service): Extension<Arc<Service>>) -> Response {
    let text = "This page does not take that kind of request.";
    let page = Message::new("That cannot be done here", text, "/", "To the start");
    service.message(StatusCode::METHOD_NOT_ALLOWED, &page)
}

pub(super) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE)
}

pub(super) async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT)
}

pub(super) async fn icon() -> Response {
    file("image/svg+xml", ICON)
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}

pub(super) fn add_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// A page in somebody's browser could otherwise reach this service under a name of its own, and read its forms.
pub(super) async fn only_our_host(
    Extension(service): Extension<Arc<Service>>,
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
    pub(super) fn message(&self, status: StatusCode, page: &Message) -> Response {
        html(self, status, page)
    }

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
