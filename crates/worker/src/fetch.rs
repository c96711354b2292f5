//! Core's `HttpClient` on fetch: no redirect followed, a deadline, and the rule which hosts may be called.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{
    StreamExt,
    future::{Either, select},
};
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use tempo_mcp_core::{
    ports::{Cause, HttpClient, HttpFailure},
    web::Options,
};
use tokio::sync::Semaphore;
use worker::{
    AbortController, AbortSignal, CacheMode, Delay, Fetch, RequestInit, RequestRedirect, js_sys::Uint8Array,
    send::SendFuture,
};

const WHOLE: Duration = Duration::from_secs(30);
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
        SendFuture::new(within_deadline(request)).await
    }
}

/// Ends the exchange with whoever waits for it.
struct AbortOnDrop(Option<AbortController>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = self.0.take() {
            controller.abort();
        }
    }
}

async fn within_deadline(request: Request<Bytes>) -> Result<Response<Bytes>, HttpFailure> {
    let controller = AbortController::default();
    let signal = controller.signal();
    let _abort = AbortOnDrop(Some(controller));
    let exchange = std::pin::pin!(exchange(request, &signal));
    match select(exchange, Delay::from(WHOLE)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => Err(HttpFailure { sent: true, cause: Cause::Timeout }),
    }
}

async fn exchange(request: Request<Bytes>, signal: &AbortSignal) -> Result<Response<Bytes>, HttpFailure> {
    let unsent = |_| HttpFailure { sent: false, cause: Cause::Connect };
    let request = outgoing(request).map_err(unsent)?;
    let mut response = Fetch::Request(request).send_with_signal(signal).await.map_err(broken)?;
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::from_u16(response.status_code()).unwrap_or(StatusCode::BAD_GATEWAY);
    *answer.headers_mut() = response.headers().into();
    *answer.body_mut() = read(&mut response).await?;
    Ok(answer)
}

fn outgoing(request: Request<Bytes>) -> worker::Result<worker::Request> {
    let (mut head, body) = request.into_parts();
    let agent = concat!("tempo-mcp/", env!("CARGO_PKG_VERSION"));
    head.headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    let mut init = RequestInit::new();
    init.with_method(head.method.as_str().to_owned().into())
        .with_headers(head.headers.into())
        .with_redirect(RequestRedirect::Manual)
        .with_cache(CacheMode::NoStore);
    if !body.is_empty() {
        init.with_body(Some(Uint8Array::from(body.as_ref()).into()));
    }
    worker::Request::new_with_init(&head.uri.to_string(), &init)
}

async fn read(response: &mut worker::Response) -> Result<Bytes, HttpFailure> {
    // An answer without a body has no stream.
    let Ok(mut chunks) = response.stream() else { return Ok(Bytes::new()) };
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(broken)?;
        if body.len() + chunk.len() > LARGEST {
            return Err(HttpFailure { sent: true, cause: Cause::TooLarge });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}

/// The platform does not tell whether anything was sent.
fn broken(error: worker::Error) -> HttpFailure {
    tracing::info!(%error, "a request got no answer");
    HttpFailure { sent: true, cause: Cause::Broken }
}
