//! Requests and responses, converted between the types of the platform and those of `http`.

use axum::body::{Body, to_bytes};
use futures::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use worker::{
    js_sys::Promise,
    wasm_bindgen::{self, JsCast, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
    web_sys::{self, ReadableStream},
};

/// In bytes: a body with at most this declared length is read in one piece.
const SMALL_BODY: u32 = 1 << 20;

#[wasm_bindgen(module = "/src/messages.js")]
extern "C" {
    #[wasm_bindgen(js_name = wakeByPromise)]
    pub(crate) fn wake_by_promise();
    fn read(request: &web_sys::Request, small: u32) -> Promise;
    #[wasm_bindgen(catch)]
    fn respond(status: u16, head: &str, body: &[u8]) -> Result<web_sys::Response, JsValue>;

    type JsRequest;
    #[wasm_bindgen(method, getter)]
    fn method(this: &JsRequest) -> String;
    #[wasm_bindgen(method, getter)]
    fn url(this: &JsRequest) -> String;
    #[wasm_bindgen(method, getter)]
    fn head(this: &JsRequest) -> String;
    #[wasm_bindgen(method, getter)]
    fn body(this: &JsRequest) -> Option<Vec<u8>>;
    #[wasm_bindgen(method, getter)]
    fn stream(this: &JsRequest) -> Option<ReadableStream>;
}

/// `None`: the platform accepts the URL of the request, but `http` does not.
pub(crate) async fn incoming(request: web_sys::Request) -> Option<Request<Body>> {
    let read: JsRequest = JsFuture::from(read(&request, SMALL_BODY)).await.ok()?.unchecked_into();
    let incoming = Request::builder().method(&*read.method()).uri(read.url());
    let body = match read.body() {
        Some(whole) => whole.into(),
        None => read.stream().map_or_else(broken_body, |it| Body::new(worker::Body::new(it))),
    };
    let mut incoming = incoming.body(body).ok()?;
    *incoming.headers_mut() = headers(&read.head());
    Some(incoming)
}

/// A body that cannot be read. The router reports it like any other body that breaks off.
fn broken_body() -> Body {
    Body::from_stream(stream::once(async { Err::<Vec<u8>, _>("the body ended early") }))
}

/// Converts a response. All bodies of the service are already in memory.
pub(crate) async fn outgoing(response: Response<Body>) -> worker::Result<web_sys::Response> {
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|it| worker::Error::RustError(it.to_string()))?;
    if !body.is_empty() {
        // The platform sets the length itself. Without it, most responses have the same headers, which are cached.
        head.headers.remove(header::CONTENT_LENGTH);
    }
    Ok(respond(head.status.as_u16(), &lines(&head.headers), &body)?)
}

/// Headers from a line for each name and a line for each value. JavaScript strings hold one character per byte (byte
/// sequences in the Fetch Standard).
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

/// The reverse of [`headers`].
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
