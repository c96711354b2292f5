//! The outside as core sees it. An edge implements these; nothing else of core touches the world.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;

/// What every tenant's clients are built on.
#[derive(Clone)]
pub struct Ports {
    pub http: Arc<dyn HttpClient>,
    pub clock: Arc<dyn Clock>,
    pub background: Arc<dyn Background>,
}

/// Sends one request. Follows no redirect, adds no credentials, and gives up by itself: 5 s to connect, 30 s in all.
#[async_trait]
pub trait HttpClient: Send + Sync {
    /// # Errors
    /// No answer came, or none that could be read to its end.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpFailure>;
}

/// Why no answer came, and whether the request may have been carried out all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpFailure {
    /// `false`: it never left this machine, so even a write may be repeated.
    pub sent: bool,
    pub cause: Cause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
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

/// The only time there is.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> jiff::Timestamp;
    async fn sleep(&self, duration: Duration);
}

/// Work that is finished also when whoever asked for it has gone.
pub trait Background: Send + Sync {
    fn run(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>);
}

impl Ports {
    /// Runs `work` to its end even if the caller stops waiting. `None`: the edge dropped it, at its own end.
    pub async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        self.background.run(Box::pin(async move {
            let _ = sender.send(work.await);
        }));
        receiver.await.ok()
    }
}
