//! The outside as core sees it. An edge implements these; nothing else of core touches the world.

mod tokens;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, header};
use jiff::tz::TimeZone;
use tracing::Instrument;

pub use tokens::{Claim, Swap, TokenStore, TokenStoreError, Tokens, Version, Versioned};

/// What every tenant's clients are built on.
#[derive(Clone)]
pub struct Ports {
    pub http: Arc<dyn HttpClient>,
    pub clock: Arc<dyn Clock>,
    pub background: Arc<dyn Background>,
}

/// The headers of answers that core reads: an edge may leave out the others.
pub const ANSWER_HEADERS: [HeaderName; 2] = [header::DATE, header::RETRY_AFTER];

/// Sends one request. Follows no redirect, adds no credentials, and gives up by itself: 5 s to connect, 30 s in all.
#[async_trait]
pub trait HttpClient: Send + Sync {
    /// # Errors
    /// No answer came, or none that could be read to its end.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError>;
}

/// Why no answer came, and whether the request may have been carried out all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpError {
    /// `false`: it never left this machine, so even a write may be repeated.
    pub sent: bool,
    pub cause: HttpErrorKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpErrorKind {
    /// The name could not be resolved, or nobody listens there.
    Connect,
    /// The other side's certificate is not trusted here.
    Tls,
    /// A proxy in between refused.
    Proxy,
    /// Nothing came in time.
    Timeout,
    /// The connection ended in the middle.
    Broken,
    /// An answer larger than any that the vendors give.
    TooLarge,
}

/// What this machine knows of the way to a host: asked where it has to be found out why nothing comes through.
#[async_trait]
pub trait NetworkFacts: Send + Sync {
    /// Whether the host's name leads to an address.
    async fn has_address(&self, host: &str) -> bool;

    /// The host of the proxy that requests to `url` go through; never its credentials.
    fn proxy(&self, url: &url::Url) -> Option<String>;
}

/// The only time there is.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> jiff::Timestamp;

    /// A zone of the IANA time zone database, right about this moment at least; `None`: there is none of that name.
    ///
    /// By itself from the database that jiff was built with.
    fn zone(&self, name: &str) -> Option<TimeZone> {
        TimeZone::get(name).ok()
    }

    async fn sleep(&self, duration: Duration);
}

/// The only randomness there is.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random ones that nobody can guess.
    ///
    /// # Errors
    /// The system gave none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct EntropyError;

/// Work that is finished also when whoever asked for it has gone.
pub trait Background: Send + Sync {
    fn run(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>);
}

impl Ports {
    /// Runs `work` to its end, under the same name in the log, even if the caller stops waiting. `None`: the edge dropped it, at its own end.
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
