//! Core's `HttpClient` on reqwest: rustls, the operating system's trust store, and the usual proxy variables.

use std::{
    error::Error as StdError,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tempo_mcp_core::ports::{HttpClient, HttpError, HttpErrorKind};

use super::resolver::{PublicOnly, SystemResolver};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);
/// In bytes: ten times the largest page that Tempo returns.
const MAX_BODY: usize = 64 << 20;

/// The real network. The client is built at the first request, since reading the trust store would slow down every start.
#[derive(Default)]
pub(crate) struct Network {
    client: OnceLock<Option<reqwest::Client>>,
    hosted: Option<HostedNetwork>,
}

/// The restrictions of a hosted service: its users name the hosts that it calls.
pub(crate) struct HostedNetwork {
    /// Host names that the operator allowed, whatever their addresses.
    pub(crate) exempt: Vec<String>,
    /// The only proxy that is used: the usual variables are ignored.
    pub(crate) proxy: Option<reqwest::Proxy>,
}

impl Network {
    pub(crate) fn hosted(hosted: HostedNetwork) -> Self {
        Self { client: OnceLock::new(), hosted: Some(hosted) }
    }

    fn client(&self) -> Option<&reqwest::Client> {
        let client = self.client.get_or_init(|| match build(self.hosted.as_ref()) {
            Ok(client) => Some(client),
            Err(error) => {
                tracing::error!(reason = chain(&error), "the HTTP client cannot be built");
                None
            }
        });
        client.as_ref()
    }
}

fn build(hosted: Option<&HostedNetwork>) -> Result<reqwest::Client, reqwest::Error> {
    // Fails if one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder();
    if let Some(HostedNetwork { exempt, proxy }) = hosted {
        builder = builder
            .no_proxy()
            .dns_resolver(Arc::new(PublicOnly { exempt: exempt.clone(), inner: SystemResolver }));
        if let Some(proxy) = proxy {
            builder = builder.proxy(proxy.clone());
        }
    }
    builder
        .tls_backend_rustls()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .user_agent(concat!("tempo-mcp/", env!("CARGO_PKG_VERSION")))
        .build()
}

#[async_trait]
impl HttpClient for Network {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let client = self.client().ok_or(HttpError { sent: false, cause: HttpErrorKind::Tls })?;
        let request =
            request.try_into().map_err(|_| HttpError { sent: false, cause: HttpErrorKind::Connect })?;
        let mut response = client.execute(request).await.map_err(http_error)?;
        let mut result = http::Response::new(Bytes::new());
        *result.status_mut() = response.status();
        *result.headers_mut() = std::mem::take(response.headers_mut());
        let expected = response.content_length().and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
        let mut body = BytesMut::with_capacity(expected.min(MAX_BODY));
        while let Some(chunk) = response.chunk().await.map_err(http_error)? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(HttpError { sent: true, cause: HttpErrorKind::TooLarge });
            }
            body.extend_from_slice(&chunk);
        }
        *result.body_mut() = body.freeze();
        Ok(result)
    }
}

fn http_error(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    let sent = !(error.is_connect() || error.is_builder());
    let text = chain(&error);
    let cause = match () {
        () if has_source::<rustls::Error>(&error) => HttpErrorKind::Tls,
        // reqwest has no public type for an error of a proxy, so only the text tells it apart.
        () if error.is_connect() && (text.contains("tunnel") || text.contains("proxy")) => {
            HttpErrorKind::Proxy
        }
        () if error.is_timeout() => HttpErrorKind::Timeout,
        () if error.is_connect() => HttpErrorKind::Connect,
        () => HttpErrorKind::Broken,
    };
    tracing::info!(?cause, sent, reason = text, "a request got no response");
    HttpError { sent, cause }
}

/// The texts of an error and its sources. Without the URL, none of them names the address.
fn chain(error: &dyn StdError) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

fn has_source<T: StdError + 'static>(error: &(dyn StdError + 'static)) -> bool {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<T>()
        || wrapped.is_some_and(|it| has_source::<T>(it))
        || error.source().is_some_and(has_source::<T>)
}
