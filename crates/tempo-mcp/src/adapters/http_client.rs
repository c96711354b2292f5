//! Core's `HttpClient` on reqwest: rustls, the operating system's trust store, and the usual proxy variables.

use std::{
    error::Error as StdError,
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use tempo_mcp_core::ports::{HttpClient, HttpError, HttpErrorKind};

use super::resolver::{PublicOnly, SystemResolver, is_public};
use reqwest::dns::Resolve;

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

impl HostedNetwork {
    fn resolver(&self) -> PublicOnly {
        PublicOnly { exempt: self.exempt.clone(), inner: SystemResolver }
    }

    /// Checks what the client's own resolver does not see: hosts that are addresses, and, behind a proxy, all names. The
    /// proxy resolves a name again, but is not asked for one that leads to an internal address.
    ///
    /// # Errors
    /// The host may not be called, for the log.
    async fn check(&self, uri: &http::Uri) -> Result<(), String> {
        let host = uri.host().unwrap_or_default();
        if self.exempt.iter().any(|it| it.eq_ignore_ascii_case(host)) {
            return Ok(());
        }
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return if is_public(address) { Ok(()) } else { Err("the address is not public".into()) };
        }
        if self.proxy.is_none() {
            return Ok(());
        }
        let name = host.parse().map_err(|_| "the host is not a name")?;
        match tokio::time::timeout(CONNECT_TIMEOUT, self.resolver().resolve(name)).await {
            Ok(found) => found.map(drop).map_err(|error| error.to_string()),
            Err(_) => Err("the name was not resolved in time".into()),
        }
    }
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
    if let Some(hosted) = hosted {
        builder = builder.no_proxy().dns_resolver(Arc::new(hosted.resolver()));
        if let Some(proxy) = &hosted.proxy {
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
        let not_sent = |cause| HttpError { sent: false, cause };
        if let Some(hosted) = &self.hosted
            && let Err(reason) = hosted.check(request.uri()).await
        {
            let error = not_sent(HttpErrorKind::Connect);
            log(&error, &reason);
            return Err(error);
        }
        let client = self.client().ok_or_else(|| not_sent(HttpErrorKind::Tls))?;
        let request = request.try_into().map_err(|_| not_sent(HttpErrorKind::Connect))?;
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
    let error = HttpError { sent, cause };
    log(&error, &text);
    error
}

fn log(HttpError { sent, cause }: &HttpError, reason: &str) {
    tracing::info!(?cause, sent, reason, "a request got no response");
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A hosted service's network behind a proxy on this machine, and the proxy's listener.
    async fn behind_proxy(exempt: &[&str]) -> (Network, tokio::net::TcpListener) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let exempt = exempt.iter().map(|it| (*it).to_owned()).collect();
        let proxy = Some(reqwest::Proxy::all(proxy).unwrap());
        (Network::hosted(HostedNetwork { exempt, proxy }), listener)
    }

    fn get(url: &str) -> http::Request<Bytes> {
        http::Request::get(url).body(Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn proxy_is_not_asked_for_addresses_inside() {
        let (network, listener) = behind_proxy(&["127.0.0.1"]).await;
        for host in ["localhost", "169.254.169.254", "10.0.0.1", "[::1]", "[2001:0:7f00:1::1]", "192.88.99.1"]
        {
            let failed = network.send(get(&format!("http://{host}/"))).await.unwrap_err();
            assert_eq!((failed.sent, failed.cause), (false, HttpErrorKind::Connect), "{host}");
        }
        let no_connection =
            std::future::poll_fn(|cx| std::task::Poll::Ready(listener.poll_accept(cx).is_pending()));
        assert!(no_connection.await, "the proxy was not asked");
    }

    #[tokio::test]
    async fn proxy_is_asked_for_names_that_the_operator_allowed() {
        let (network, listener) = behind_proxy(&["127.0.0.1", "LOCALHOST"]).await;
        let call = tokio::spawn(async move { network.send(get("http://localhost/")).await });
        listener.accept().await.unwrap();
        call.abort();
    }

    #[tokio::test]
    async fn address_inside_is_refused_without_a_proxy() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let network = Network::hosted(HostedNetwork { exempt: Vec::new(), proxy: None });
        assert!(!network.send(get(&url)).await.unwrap_err().sent);
        let network = Network::hosted(HostedNetwork { exempt: vec!["127.0.0.1".into()], proxy: None });
        let call = tokio::spawn(async move { network.send(get(&url)).await });
        listener.accept().await.unwrap();
        call.abort();
    }
}
