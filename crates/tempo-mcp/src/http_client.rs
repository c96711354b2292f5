//! Core's `HttpClient` on reqwest: rustls, the operating system's trust store, and the usual proxy variables.

use std::{
    error::Error as StdError,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tempo_mcp_core::ports::{HttpClient, HttpError, HttpErrorKind};

use crate::resolver::{PublicOnly, System};

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(30);
/// Ten times the largest page that Tempo gives.
const LARGEST: usize = 64 << 20;

/// Made at the first request: reading the trust store would cost every start its time.
#[derive(Default)]
pub(crate) struct Network {
    made: OnceLock<Option<reqwest::Client>>,
    hosted: Option<Hosted>,
}

/// What a service for many people does otherwise: strangers name the hosts that it calls.
pub(crate) struct Hosted {
    /// Host names that the operator allowed, wherever they lead.
    pub(crate) exempt: Vec<String>,
    /// The only proxy there is; the usual variables do not count.
    pub(crate) proxy: Option<reqwest::Proxy>,
}

impl Network {
    pub(crate) fn hosted(hosted: Hosted) -> Self {
        Self { made: OnceLock::new(), hosted: Some(hosted) }
    }

    fn client(&self) -> Option<&reqwest::Client> {
        let client = self.made.get_or_init(|| match build(self.hosted.as_ref()) {
            Ok(client) => Some(client),
            Err(error) => {
                tracing::error!(reason = chain(&error), "no HTTP client can be made");
                None
            }
        });
        client.as_ref()
    }
}

fn build(hosted: Option<&Hosted>) -> Result<reqwest::Client, reqwest::Error> {
    // Somebody else in the process may have installed one already: either will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder();
    if let Some(Hosted { exempt, proxy }) = hosted {
        builder =
            builder.no_proxy().dns_resolver(Arc::new(PublicOnly { exempt: exempt.clone(), inner: System }));
        if let Some(proxy) = proxy {
            builder = builder.proxy(proxy.clone());
        }
    }
    builder
        .tls_backend_rustls()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        .user_agent(concat!("tempo-mcp/", env!("CARGO_PKG_VERSION")))
        .build()
}

#[async_trait]
impl HttpClient for Network {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let client = self.client().ok_or(HttpError { sent: false, cause: HttpErrorKind::Tls })?;
        let request =
            request.try_into().map_err(|_| HttpError { sent: false, cause: HttpErrorKind::Connect })?;
        let mut response = client.execute(request).await.map_err(failure)?;
        let mut answer = http::Response::new(Bytes::new());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        let expected = response.content_length().and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
        let mut body = BytesMut::with_capacity(expected.min(LARGEST));
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(HttpError { sent: true, cause: HttpErrorKind::TooLarge });
            }
            body.extend_from_slice(&chunk);
        }
        *answer.body_mut() = body.freeze();
        Ok(answer)
    }
}

fn failure(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    let sent = !(error.is_connect() || error.is_builder());
    let words = chain(&error);
    let cause = match () {
        () if has_source::<rustls::Error>(&error) || words.contains("certificate") => HttpErrorKind::Tls,
        () if error.is_connect() && (words.contains("tunnel") || words.contains("proxy")) => {
            HttpErrorKind::Proxy
        }
        () if error.is_timeout() => HttpErrorKind::Timeout,
        () if error.is_connect() => HttpErrorKind::Connect,
        () => HttpErrorKind::Broken,
    };
    tracing::info!(?cause, sent, reason = words, "a request got no answer");
    HttpError { sent, cause }
}

/// An error and its sources; none of them names the address once the URL is taken out.
fn chain(error: &dyn StdError) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

fn has_source<T: StdError + 'static>(error: &(dyn StdError + 'static)) -> bool {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<T>() || wrapped.is_some_and(|it| it.is::<T>()) || error.source().is_some_and(has_source::<T>)
}
