//! Core's `HttpClient` on fetch: no redirect followed, a deadline, and the rule which hosts may be called.

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use tempo_mcp_core::ports::{HttpClient, HttpError, HttpErrorKind, RESPONSE_HEADERS};
use tempo_mcp_service::web::Options;
use tokio::sync::Semaphore;
use worker::{
    js_sys::Promise,
    send::SendFuture,
    wasm_bindgen::{self, JsCast, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
};

use crate::exchange::{headers, lines};

/// Milliseconds for an exchange as a whole. What nobody waits for any more ends by then, too.
const WHOLE: u32 = 30_000;
/// More than the largest page that Tempo gives; with its copies it fits into an isolate's 128 MB.
const LARGEST: u32 = 32 << 20;
const BROKEN: HttpError = HttpError { sent: true, cause: HttpErrorKind::Broken };
/// As many connections as the platform opens for one request; a seventh would wait, but with its deadline running.
const MOST_AT_ONCE: usize = 6;

#[wasm_bindgen(module = "/src/exchange.js")]
extern "C" {
    fn send(method: &str, url: &str, head: &str, body: &[u8], wanted: &str, time: u32, most: u32) -> Promise;

    type Sent;
    #[wasm_bindgen(method, getter)]
    fn failure(this: &Sent) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn status(this: &Sent) -> u16;
    #[wasm_bindgen(method, getter)]
    fn head(this: &Sent) -> String;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Sent) -> Vec<u8>;
}

/// The network, for one request.
pub(crate) struct Network {
    places: Semaphore,
    /// Origins that the operator named, which may be anything.
    named: Vec<url::Origin>,
}

impl Network {
    pub(crate) fn new(options: &Options) -> Self {
        Self { places: Semaphore::new(MOST_AT_ONCE), named: options.named_origins() }
    }

    /// People name the hosts that are called: it is https to a name, or what the operator allowed in so many words.
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
        let _place = self.places.acquire().await;
        SendFuture::new(exchange(request)).await
    }
}

async fn exchange(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (mut head, body) = request.into_parts();
    let agent = concat!("tempo-mcp/", env!("CARGO_PKG_VERSION"));
    head.headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    let (url, sent) = (head.uri.to_string(), lines(&head.headers));
    let wanted = RESPONSE_HEADERS.map(|it| it.to_string()).join("\n");
    let sending = send(head.method.as_str(), &url, &sent, &body, &wanted, WHOLE, LARGEST);
    let sent: Sent = JsFuture::from(sending).await.map_err(|_| not_sent())?.unchecked_into();
    if let Some(failure) = sent.failure() {
        return Err(failed(&failure));
    }
    let mut answer = Response::new(sent.body().into());
    *answer.status_mut() = StatusCode::from_u16(sent.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    *answer.headers_mut() = headers(&sent.head());
    Ok(answer)
}

/// `send` fails by itself only before anything leaves. Why is not told: a header may be quoted in it.
fn not_sent() -> HttpError {
    tracing::error!("a request could not be made");
    HttpError { sent: false, cause: HttpErrorKind::Broken }
}

/// The platform does not tell whether anything was sent.
fn failed(failure: &str) -> HttpError {
    let cause = match failure {
        "too late" => HttpErrorKind::Timeout,
        "too large" => HttpErrorKind::TooLarge,
        failure => {
            tracing::info!(failure, "a request got no answer");
            return BROKEN;
        }
    };
    HttpError { sent: true, cause }
}
