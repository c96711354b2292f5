//! Requests and answers between the platform's types and core's.

use axum::body::{Body, to_bytes};
use futures::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use worker::{
    js_sys::Promise,
    wasm_bindgen::{self, JsCast, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
    web_sys::{self, ReadableStream},
};

/// A body is read in one piece if it says to be no longer.
const SMALL: u32 = 1 << 20;

#[wasm_bindgen(module = "/src/exchange.js")]
extern "C" {
    #[wasm_bindgen(js_name = wakeByPromise)]
    pub(crate) fn wake_by_promise();
    fn read(request: &web_sys::Request, small: u32) -> Promise;
    #[wasm_bindgen(catch)]
    fn answer(status: u16, head: &str, body: &[u8]) -> Result<web_sys::Response, JsValue>;

    type Read;
    #[wasm_bindgen(method, getter)]
    fn method(this: &Read) -> String;
    #[wasm_bindgen(method, getter)]
    fn url(this: &Read) -> String;
    #[wasm_bindgen(method, getter)]
    fn head(this: &Read) -> String;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Read) -> Option<Vec<u8>>;
    #[wasm_bindgen(method, getter)]
    fn stream(this: &Read) -> Option<ReadableStream>;
}

/// `None`: an address that the platform takes and core's type does not.
pub(crate) async fn incoming(request: web_sys::Request) -> Option<Request<Body>> {
    let read: Read = JsFuture::from(read(&request, SMALL)).await.ok()?.unchecked_into();
    let incoming = Request::builder().method(&*read.method()).uri(read.url());
    let body = match read.body() {
        Some(whole) => whole.into(),
        None => read.stream().map_or_else(broken, |it| Body::new(worker::Body::new(it))),
    };
    let mut incoming = incoming.body(body).ok()?;
    *incoming.headers_mut() = headers(&read.head());
    Some(incoming)
}

/// One that cannot be read: what is told of it is the router's business.
fn broken() -> Body {
    Body::from_stream(stream::once(async { Err::<Vec<u8>, _>("the body ended early") }))
}

/// Every body of ours is there already.
pub(crate) async fn outgoing(response: Response<Body>) -> worker::Result<web_sys::Response> {
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|it| worker::Error::RustError(it.to_string()))?;
    if !body.is_empty() {
        // The platform says it itself, and without it the headers are those of other answers.
        head.headers.remove(header::CONTENT_LENGTH);
    }
    Ok(answer(head.status.as_u16(), &lines(&head.headers), &body)?)
}

/// Out of a line for each name and one for each value. JavaScript has them as texts of one character a byte (the Fetch
/// Standard's byte sequences).
pub(crate) fn headers(lines: &str) -> HeaderMap {
    let mut lines = lines.split('\n');
    let mut all = HeaderMap::new();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        let value: Option<Vec<u8>> = value.chars().map(|it| u8::try_from(u32::from(it)).ok()).collect();
        let value = value.and_then(|it| HeaderValue::from_maybe_shared(bytes::Bytes::from(it)).ok());
        if let (Ok(name), Some(value)) = (name.parse::<HeaderName>(), value) {
            all.append(name, value);
        }
    }
    all
}

pub(crate) fn lines(headers: &HeaderMap) -> String {
    let mut lines = String::new();
    for (name, value) in headers {
        lines.push_str(name.as_str());
        lines.push('\n');
        lines.extend(value.as_bytes().iter().map(|it| char::from(*it)));
        lines.push('\n');
    }
    lines
}
