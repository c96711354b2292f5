//! Core's `HttpClient` on fetch: no redirect followed, a deadline, and the rule which hosts may be called. Straight on
//! `web_sys`, since the crate's own types cross into JavaScript several times more for each request.

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header};
use tempo_mcp_core::{
    ports::{Cause, HttpClient, HttpFailure},
    web::Options,
};
use tokio::sync::Semaphore;
use worker::{
    Headers,
    js_sys::{self, Uint8Array},
    send::SendFuture,
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{self, AbortSignal, RequestCache, RequestRedirect, WorkerGlobalScope},
};

use crate::exchange::{length, read_headers, write_headers};

/// Milliseconds for an exchange as a whole. What nobody waits for any more ends by then, too.
const WHOLE: u32 = 30_000;
const TOO_LATE: HttpFailure = HttpFailure { sent: true, cause: Cause::Timeout };
/// More than the largest page that Tempo gives, and a quarter of an isolate's memory.
const LARGEST: usize = 32 << 20;
/// As many connections as the platform opens for one request; a seventh would wait, but with its deadline running.
const MOST_AT_ONCE: usize = 6;

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
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpFailure> {
        if !self.may_call(request.uri()) {
            return Err(HttpFailure { sent: false, cause: Cause::Connect });
        }
        let _place = self.places.acquire().await;
        SendFuture::new(exchange(request)).await
    }
}

async fn exchange(request: Request<Bytes>) -> Result<Response<Bytes>, HttpFailure> {
    let deadline = AbortSignal::timeout_with_u32(WHOLE);
    let in_time = |failure| if deadline.aborted() { TOO_LATE } else { failure };
    let (uri, init) = outgoing(request, &deadline);
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_str_and_init(&uri, &init)).await;
    let response: web_sys::Response = response.map_err(|it| in_time(broken(&it)))?.unchecked_into();
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::from_u16(response.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    *answer.headers_mut() = read_headers(&Headers(response.headers()));
    *answer.body_mut() = read(&response, answer.headers()).await.map_err(in_time)?;
    Ok(answer)
}

fn outgoing(request: Request<Bytes>, deadline: &AbortSignal) -> (String, web_sys::RequestInit) {
    let (mut head, body) = request.into_parts();
    let agent = concat!("tempo-mcp/", env!("CARGO_PKG_VERSION"));
    head.headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    let init = web_sys::RequestInit::new();
    init.set_method(head.method.as_str());
    init.set_headers(write_headers(&head.headers).as_ref());
    init.set_redirect(RequestRedirect::Manual);
    init.set_cache(RequestCache::NoStore);
    init.set_signal(Some(deadline));
    if !body.is_empty() {
        init.set_body(&Uint8Array::from(body.as_ref()).into());
    }
    (head.uri.to_string(), init)
}

async fn read(response: &web_sys::Response, headers: &HeaderMap) -> Result<Bytes, HttpFailure> {
    // A compressed one may be much longer than it says.
    let says = length(headers).filter(|_| !headers.contains_key(header::CONTENT_ENCODING));
    if says.is_some_and(|it| it <= LARGEST as u64) {
        let whole = response.array_buffer().map_err(|it| broken(&it))?;
        let whole = JsFuture::from(whole).await.map_err(|it| broken(&it))?;
        return Ok(Uint8Array::new(&whole).to_vec().into());
    }
    let Some(stream) = response.body() else { return Ok(Bytes::new()) };
    let mut chunks = worker::Body::new(stream);
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|it| broken(&it.to_string().into()))?;
        if body.len() + chunk.len() > LARGEST {
            return Err(HttpFailure { sent: true, cause: Cause::TooLarge });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}

/// The platform does not tell whether anything was sent.
fn broken(error: &JsValue) -> HttpFailure {
    tracing::info!(?error, "a request got no answer");
    HttpFailure { sent: true, cause: Cause::Broken }
}
