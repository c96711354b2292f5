//! Requests and answers between the platform's types and core's: each in one piece where that can be, since a stream
//! crosses into JavaScript at every step.

use axum::body::{Body, to_bytes};
use futures::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use worker::{
    Headers, ResponseBuilder,
    js_sys::{Array, JSON, Uint8Array},
    wasm_bindgen::JsValue,
    wasm_bindgen_futures::JsFuture,
    web_sys,
};

/// A body is read in one piece if it says to be no longer.
const SMALL: u64 = 1 << 20;

/// `None`: an address that the platform takes and core's type does not.
pub(crate) async fn incoming(request: web_sys::Request) -> Option<Request<Body>> {
    let (method, url) = (request.method(), request.url());
    let headers = read_headers(&Headers(request.headers()));
    let mut incoming = Request::builder().method(&*method).uri(url).body(Body::empty()).ok()?;
    *incoming.body_mut() = body(&request, &headers).await;
    *incoming.headers_mut() = headers;
    Some(incoming)
}

async fn body(request: &web_sys::Request, headers: &HeaderMap) -> Body {
    match length(headers) {
        Some(0) => Body::empty(),
        Some(..=SMALL) => whole(request).await.unwrap_or_else(|_| broken()),
        _ => request.body().map_or_else(Body::empty, |it| Body::new(worker::Body::new(it))),
    }
}

async fn whole(request: &web_sys::Request) -> Result<Body, JsValue> {
    let bytes = JsFuture::from(request.array_buffer()?).await?;
    Ok(Uint8Array::new(&bytes).to_vec().into())
}

/// One that cannot be read: what is told of it is the router's business.
fn broken() -> Body {
    Body::from_stream(stream::once(async { Err::<Vec<u8>, _>("the body ended early") }))
}

/// How long the other side says that its body is.
pub(crate) fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Every body of ours is there already.
pub(crate) async fn outgoing(answer: Response<Body>) -> worker::Result<worker::Response> {
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|it| worker::Error::RustError(it.to_string()))?;
    let answer =
        ResponseBuilder::new().with_status(head.status.as_u16()).with_headers(write_headers(&head.headers));
    Ok(if body.is_empty() { answer.empty() } else { answer.fixed(body.into()) })
}

/// JavaScript has headers as texts of one character a byte (the Fetch Standard's byte sequences).
pub(crate) fn read_headers(headers: &Headers) -> HeaderMap {
    let read = |(name, value): (String, String)| {
        let value: Option<Vec<u8>> = value.chars().map(|it| u8::try_from(u32::from(it)).ok()).collect();
        Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_bytes(&value?).ok()?))
    };
    // All at once.
    let text = JSON::stringify(&Array::from(headers.as_ref())).map(String::from).unwrap_or_default();
    let all: Vec<(String, String)> = serde_json::from_str(&text).unwrap_or_default();
    all.into_iter().filter_map(read).collect()
}

pub(crate) fn write_headers(headers: &HeaderMap) -> Headers {
    let text = |value: &HeaderValue| value.as_bytes().iter().map(|it| char::from(*it)).collect::<String>();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}
