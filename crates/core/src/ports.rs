//! The interfaces to everything outside: network, time, randomness, stored tokens, and the client that waits for a call.
//! The edges and the protocol implement them; nothing else in core has side effects.

mod caller;
mod progress;
mod tokens;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, header};
use jiff::tz::TimeZone;
use tracing::Instrument;

pub use caller::{Caller, PromptOutcome};
pub use progress::Progress;
pub use tokens::{Claim, Swap, TokenStore, TokenStoreError, Tokens, Version, Versioned};

/// The ports that the clients of every tenant share.
#[derive(Clone)]
pub struct Ports {
    pub http: Arc<dyn HttpClient>,
    pub clock: Arc<dyn Clock>,
    pub background: Arc<dyn Background>,
    pub entropy: Arc<dyn Entropy>,
}

/// The response headers that core reads. An implementation may leave out all others.
pub const RESPONSE_HEADERS: [HeaderName; 2] = [header::DATE, header::RETRY_AFTER];

/// Sends one request, without following redirects or adding credentials.
///
/// An implementation has to give up after 5 s without a connection, and after 30 s in all.
///
/// ```
/// use bytes::Bytes;
/// use tempo_mcp_core::ports::{HttpClient, HttpError, HttpErrorKind};
///
/// /// A network on which no host can be reached.
/// struct Offline;
///
/// #[async_trait::async_trait]
/// impl HttpClient for Offline {
///     async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
///         // Nothing left this machine, so even a write may be repeated.
///         Err(HttpError { sent: false, cause: HttpErrorKind::Connect })
///     }
/// }
/// ```
#[async_trait]
pub trait HttpClient: Send + Sync {
    /// # Errors
    /// No response came, or it could not be read to its end.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError>;
}

/// Why no response came, and whether the request may have been carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpError {
    /// `false` if the request never left this machine, so that even a write may be repeated.
    pub sent: bool,
    pub cause: HttpErrorKind,
}

/// Why no response came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpErrorKind {
    /// The name could not be resolved, or nothing listens at the address.
    Connect,
    /// The certificate is not trusted on this machine.
    Tls,
    /// A proxy refused the connection.
    Proxy,
    /// No response came in time.
    Timeout,
    /// The connection ended before the response was complete.
    Broken,
    /// The response is larger than any that the vendors send.
    TooLarge,
}

/// What this machine knows about the network path to a host, to explain why it cannot be reached.
#[async_trait]
pub trait NetworkFacts: Send + Sync {
    /// Whether the host's name resolves to an address.
    async fn has_address(&self, host: &str) -> bool;

    /// The host of the proxy for requests to `url`, without its credentials.
    fn proxy(&self, url: &url::Url) -> Option<String>;
}

/// The only source of time and time zones.
///
/// ```
/// use std::time::Duration;
/// use jiff::{SignedDuration, Timestamp};
/// use tempo_mcp_core::ports::Clock;
///
/// /// A clock that is ahead of another one.
/// struct Ahead<C>(C, SignedDuration);
///
/// #[async_trait::async_trait]
/// impl<C: Clock> Clock for Ahead<C> {
///     fn now(&self) -> Timestamp {
///         self.0.now() + self.1
///     }
///
///     fn monotonic(&self) -> Duration {
///         self.0.monotonic()
///     }
///
///     async fn sleep(&self, duration: Duration) {
///         self.0.sleep(duration).await;
///     }
/// }
/// ```
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> jiff::Timestamp;

    /// The time since a fixed moment. Unlike [`Self::now`], it does not change when the machine's clock is set, so waits and
    /// deadlines are measured with it.
    fn monotonic(&self) -> Duration;

    /// A zone of the IANA time zone database, or `None` if it has no zone of this name. The zone has to be right for the
    /// current moment, at least.
    ///
    /// By default from the database that jiff was built with.
    fn zone(&self, name: &str) -> Option<TimeZone> {
        TimeZone::get(name).ok()
    }

    async fn sleep(&self, duration: Duration);
}

/// The only source of randomness.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with cryptographically secure random bytes.
    ///
    /// # Errors
    /// The system has none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The system has no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system has no random bytes")]
pub struct EntropyError;

/// Runs work that is finished even if its caller goes away.
pub trait Background: Send + Sync {
    fn run(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>);
}

impl Ports {
    /// Runs `work` to its end, in the same tracing span, even if the caller stops waiting. `None` if the process shut down
    /// before it ended.
    pub async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let work = async move {
            let _ = sender.send(work.await);
        };
        self.background.run(Box::pin(work.in_current_span()));
        receiver.await.ok()
    }
}
