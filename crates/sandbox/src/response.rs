//! A response before it is sent, with the media types that the vendors use.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::clock::http_date;

const JSON: &str = "application/json;charset=UTF-8";
const HTML: &str = "text/html;charset=UTF-8";

#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

/// Both sides are responses, so that a handler can return an error response with `?`.
pub(crate) type HandlerResult = Result<Response, Response>;

impl Response {
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Response {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Response { status, media_type: JSON.to_owned(), headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn ok(body: &impl Serialize) -> Response {
        Response::json(200, body)
    }

    /// A short error page like those of a vendor's gateway.
    pub(crate) fn html(status: u16, text: &str) -> Response {
        let name =
            StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason()).unwrap_or("Error");
        let page = format!(
            "<!DOCTYPE html>\n<html><head><title>{status} {name}</title></head><body><h1>{name}</h1>\
             <p>{text}</p></body></html>\n"
        );
        Response::page(status, page)
    }

    pub(crate) fn page(status: u16, page: String) -> Response {
        Response { status, media_type: HTML.to_owned(), headers: Vec::new(), body: page.into() }
    }

    pub(crate) fn no_content() -> Response {
        Response { status: 204, media_type: String::new(), headers: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn redirect(to: &str) -> Response {
        Response { status: 302, ..Response::no_content() }.with_header("location", to.to_owned())
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: String) -> Response {
        self.headers.push((name, value));
        self
    }

    /// The body, if it is JSON.
    pub(crate) fn json_body(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The HTTP response, with `now` as its Date header.
    pub(crate) fn into_http(self, now: Timestamp) -> http::Response<Bytes> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let own = [("date", http_date(now)), ("content-type", self.media_type)];
        for (name, value) in own.into_iter().chain(self.headers) {
            if let Ok(value) = HeaderValue::from_str(&value)
                && !value.is_empty()
            {
                headers.insert(header::HeaderName::from_static(name), value);
            }
        }
        response
    }
}
