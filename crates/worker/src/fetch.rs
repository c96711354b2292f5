//! Core's `HttpClient` on fetch: follows no redirects, has a deadline, and only calls hosts that are allowed.

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use tempo_mcp_core::ports::{HttpClient, HttpError, HttpErrorKind, RESPONSE_HEADERS};
use tempo_mcp_service::options::Options;
use tokio::sync::Semaphore;
use worker::{
    js_sys::Promise,
    send::SendFuture,
    wasm_bindgen::{self, JsCast, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use crate::messages::{headers, lines};

/// In milliseconds, for a request and its response. Also ends requests that nothing waits for any more.
const TIMEOUT: u32 = 30_000;
/// In bytes: more than the largest page that Tempo returns. With its copies it fits into the 128 MB of an isolate.
const MAX_BODY: u32 = 32 << 20;
const BROKEN: HttpError = HttpError { sent: true, cause: HttpErrorKind::Broken };
/// The platform opens six connections per incoming request; a seventh would wait with its deadline running.
const MAX_CONNECTIONS: usize = 6;

#[wasm_bindgen(module = "/src/messages.js")]
extern "C" {
    fn send(method: &str, url: &str, head: &str, body: &[u8], wanted: &str, time: u32, most: u32) -> Promise;

    type JsResponse;
    #[wasm_bindgen(method, getter)]
    fn error(this: &JsResponse) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn status(this: &JsResponse) -> u16;
    #[wasm_bindgen(method, getter)]
    fn head(this: &JsResponse) -> String;
    #[wasm_bindgen(method, getter)]
    fn body(this: &JsResponse) -> Vec<u8>;
}

/// The network, for one incoming request.
pub(crate) struct Network {
    permits: Semaphore,
    /// Origins that the operator named, which may be any address.
    named: Vec<url::Origin>,
}

impl Network {
    pub(crate) fn new(options: &Options) -> Self {
        Self { permits: Semaphore::new(MAX_CONNECTIONS), named: options.named_origins() }
    }

    /// Users name the hosts that are called, so only https to a domain name is allowed, or what the operator allowed
    /// explicitly.
    fn may_call(&self, uri: &Uri) -> bool {
        let Ok(url) = url::Url::parse(&uri.to_string()) else { return false };
        let is_public = url.scheme() == "https"
            && url.port().is_none()
            && url.domain().is_some_and(|it| it.contains('.'));
        is_public || self.named.contains(&url.origin())
    }
}

#[async_trait]
impl HttpClient for Network {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        if !self.may_call(request.uri()) {
            return Err(HttpError { sent: false, cause: HttpErrorKind::Connect });
        }
        let _permit = self.permits.acquire().await;
        SendFuture::new(send_request(request)).await
    }
}

async fn send_request(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (mut head, body) = request.into_parts();
    let agent = concat!("tempo-mcp/", env!("CARGO_PKG_VERSION"));
    head.headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    let (url, fields) = (head.uri.to_string(), lines(&head.headers));
    let wanted = RESPONSE_HEADERS.map(|it| it.to_string()).join("\n");
    let sending = send(head.method.as_str(), &url, &fields, &body, &wanted, TIMEOUT, MAX_BODY);
    let response: JsResponse = JsFuture::from(sending).await.map_err(|_| not_sent())?.unchecked_into();
    if let Some(error) = response.error() {
        return Err(http_error(&error));
    }
    let mut result = Response::new(response.body().into());
    *result.status_mut() = StatusCode::from_u16(response.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    *result.headers_mut() = headers(&response.head());
    Ok(result)
}

/// `send` only throws before anything is sent. The reason is not logged, since it may quote a header.
fn not_sent() -> HttpError {
    tracing::error!("a request could not be made");
    HttpError { sent: false, cause: HttpErrorKind::Broken }
}

/// The platform does not say whether anything was sent, so everything counts as sent.
fn http_error(error: &str) -> HttpError {
    let cause = match error {
        "too late" => HttpErrorKind::Timeout,
        "too large" => HttpErrorKind::TooLarge,
        reason => {
            tracing::info!(reason, "a request got no response");
            return BROKEN;
        }
    };
    HttpError { sent: true, cause }
}
