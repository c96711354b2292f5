//! What each effect does: instead of processing the request, to the request before it is processed, or to the
//! response afterwards.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Effect;
use crate::{connection_error::ConnectionError, jira, request::Request, response::Response, tempo};

/// What the client gets.
pub(crate) enum Delivery {
    Respond(Response),
    Fail(ConnectionError),
    /// Nothing, until the client gives up.
    Hang,
}

/// The result of an effect that prevents the request from being processed.
pub(crate) fn instead_of_processing(effect: &Effect, request: &Request, now: Timestamp) -> Option<Delivery> {
    match effect {
        Effect::Status { status, retry_after, body, media_type } => {
            let mut response = vendor_status(request, *status, now);
            if let Some(body) = body {
                response.body = body.clone().into();
            }
            if let Some(media_type) = media_type {
                response.media_type.clone_from(media_type);
            }
            // Clients must also handle a 429 without this header, so only the fault decides whether it is sent.
            response.headers.retain(|(name, _)| *name != "retry-after");
            if let Some(seconds) = retry_after {
                response = response.with_header("retry-after", seconds.to_string());
            }
            Some(Delivery::Respond(response))
        }
        Effect::Html200 => Some(Delivery::Respond(Response::html(200, "Please sign in to continue."))),
        Effect::Redirect { to } => Some(Delivery::Respond(Response::redirect(to))),
        Effect::Refuse => Some(Delivery::Fail(ConnectionError::Refused)),
        Effect::ResetBefore => Some(Delivery::Fail(ConnectionError::Reset)),
        Effect::Hang => Some(Delivery::Hang),
        _ => None,
    }
}

/// The response that the vendor of this path sends with a status.
fn vendor_status(request: &Request, status: u16, now: Timestamp) -> Response {
    match request.segments.first().map(String::as_str) {
        Some("4") => tempo::errors::any_status(status),
        _ => jira::errors::any_status(status, now),
    }
}

/// Changes the request. Endless paging returns the first page again and again, so the handler must not see which
/// page was requested.
pub(crate) fn before_processing(effect: &Effect, request: &mut Request) {
    if *effect == Effect::EndlessPaging {
        request.query.retain(|(name, _)| name != "offset");
        if let Ok(Value::Object(mut body)) = request.json()
            && body.remove("nextPageToken").is_some()
        {
            request.body = Value::Object(body).to_string().into();
        }
    }
}

/// Changes or withholds the response.
pub(crate) fn after_processing(
    effect: &Effect,
    request: &Request,
    mut response: Response,
    now: Timestamp,
) -> Delivery {
    match effect {
        Effect::ResetAfter => return Delivery::Fail(ConnectionError::Reset),
        Effect::HangAfter => return Delivery::Hang,
        Effect::StatusAfter { status } => response = vendor_status(request, *status, now),
        Effect::CutJson => response.body = truncated(&response.body),
        Effect::EmptyBody => response.body = Bytes::new(),
        Effect::WrongMediaType => response.media_type = "text/plain;charset=UTF-8".to_owned(),
        Effect::WrongShape => response.body = other_structure(&response).to_string().into(),
        Effect::ForeignNext { host } => change_json(&mut response, |body| set_foreign_next(body, host)),
        Effect::EndlessPaging => change_json(&mut response, |body| announce_next_page(body, request)),
        _ => {}
    }
    Delivery::Respond(response)
}

fn truncated(body: &Bytes) -> Bytes {
    let mut half = body.len() / 2;
    // Not inside a character: the fault is truncated JSON, not invalid UTF-8.
    while half > 0 && body.get(half).is_some_and(|byte| byte & 0xC0 == 0x80) {
        half -= 1;
    }
    body.slice(..half)
}

/// An array where an object is expected, and an object where an array is expected.
fn other_structure(response: &Response) -> Value {
    match response.json_body() {
        Some(Value::Array(_)) => json!({"status": "ok", "data": {"items": 3}}),
        _ => json!([{"status": "ok"}, 3]),
    }
}

fn change_json(response: &mut Response, change: impl FnOnce(&mut Value)) {
    if response.status == 200
        && let Some(mut body) = response.json_body()
    {
        change(&mut body);
        response.body = body.to_string().into();
    }
}

fn set_foreign_next(body: &mut Value, host: &str) {
    let origin = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    let next = body
        .pointer("/metadata/next")
        .and_then(Value::as_str)
        .unwrap_or("http://x/4/worklogs?offset=50&limit=50");
    let rest =
        url::Url::parse(next).map(|url| url[url::Position::BeforePath..].to_owned()).unwrap_or_default();
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("next".to_owned(), format!("{origin}{rest}").into());
    }
}

fn announce_next_page(body: &mut Value, request: &Request) {
    let requested =
        url::form_urlencoded::parse(request.raw_query.as_bytes()).find(|(name, _)| name == "offset");
    let offset: u64 = requested.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let url = format!("{}{}", request.origin, request.path);
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        let count = metadata.get("count").and_then(Value::as_u64).unwrap_or(0);
        metadata.insert("offset".to_owned(), offset.into());
        metadata.insert("limit".to_owned(), count.into());
        let next = format!("{url}?offset={}&limit={count}", offset + count);
        metadata.insert("next".to_owned(), next.into());
    } else if let Some(results) = body.as_object_mut()
        && results.contains_key("isLast")
    {
        results.insert("isLast".to_owned(), false.into());
        results.insert("nextPageToken".to_owned(), "sandbox-endless".into());
    }
}
