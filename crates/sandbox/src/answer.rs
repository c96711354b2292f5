//! An answer before it becomes an HTTP response, with the media types the vendors use.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::clock::http_date;

pub(crate) const JSON: &str = "application/json;charset=UTF-8";
pub(crate) const HTML: &str = "text/html;charset=UTF-8";

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

/// Both sides are answers, so that a handler can use `?` for a refusal.
pub(crate) type Outcome = Result<Answer, Answer>;

impl Answer {
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Answer {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Answer { status, media_type: JSON.to_owned(), headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn ok(body: &impl Serialize) -> Answer {
        Answer::json(200, body)
    }

    /// A small error page, as a vendor's gateway makes it.
    pub(crate) fn html(status: u16, text: &str) -> Answer {
        let name =
            StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason()).unwrap_or("Error");
        let page = format!(
            "<!DOCTYPE html>\n<html><head><title>{status} {name}</title></head><body><h1>{name}</h1>\
             <p>{text}</p></body></html>\n"
        );
        Answer::page(status, page)
    }

    pub(crate) fn page(status: u16, page: String) -> Answer {
        Answer { status, media_type: HTML.to_owned(), headers: Vec::new(), body: page.into() }
    }

    pub(crate) fn no_content() -> Answer {
        Answer { status: 204, media_type: String::new(), headers: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn redirect(to: &str) -> Answer {
        Answer { status: 302, ..Answer::no_content() }.with("location", to.to_owned())
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Answer {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn value(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn into_response(self, now: Timestamp) -> Response<Bytes> {
        let mut response = Response::new(self.body);
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
