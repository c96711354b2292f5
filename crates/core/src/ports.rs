//! The outside as core sees it. An edge implements these; nothing else of core touches the world.

mod tokens;

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, header};
use jiff::tz::TimeZone;
use tracing::Instrument;

use crate::domain::tenant::TenantId;

pub use tokens::{Claim, StoreFailure, Swap, TokenStore, Tokens, Version, Versioned};

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

/// How often somebody may do something. Counters are of bounded memory, or the platform's own.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Counts one.
    ///
    /// # Errors
    /// Too many: after how long to try again.
    async fn check(&self, limit: Limit, key: &str) -> Result<(), Duration>;
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Sign-ups, by address.
    Setup,
    /// Requests at an endpoint, by tenant.
    Mcp,
    /// Requests at endpoints that do not exist, by address.
    Unknown,
}

/// The only randomness there is.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random ones that nobody can guess.
    ///
    /// # Errors
    /// The system gave none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyFailure>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct EntropyFailure;

/// A relational database in the SQL that SQLite, D1 and PostgreSQL share.
///
/// One statement, or one atomic batch; there is no interactive transaction, since D1 has none. Compare-and-swap is
/// `UPDATE … WHERE version = ?1 RETURNING …` through `query`.
#[async_trait]
pub trait Database: Send + Sync {
    /// The rows of one statement.
    ///
    /// # Errors
    /// The database cannot be read or written now.
    async fn query(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, DatabaseFailure>;

    /// All statements or none; the number of rows that each changed.
    ///
    /// # Errors
    /// As [`Self::query`]; then nothing was changed.
    async fn batch(&self, statements: &[(&str, Vec<Cell>)]) -> Result<Vec<u64>, DatabaseFailure>;
}

/// A column's value. Integers stay within ±2^53: D1 carries them as doubles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Integer(i64),
    Null,
}

impl From<&str> for Cell {
    fn from(it: &str) -> Self {
        Self::Text(it.into())
    }
}

impl From<i64> for Cell {
    fn from(it: i64) -> Self {
        Self::Integer(it)
    }
}

/// A row by the names of its columns.
#[derive(Debug, Clone, Default)]
pub struct Row(pub BTreeMap<String, Cell>);

impl Row {
    /// A text column; empty where it is not there.
    #[must_use]
    pub fn text(&self, column: &str) -> String {
        match self.0.get(column) {
            Some(Cell::Text(it)) => it.clone(),
            _ => String::new(),
        }
    }

    /// An integer column; 0 where it is not there.
    #[must_use]
    pub fn integer(&self, column: &str) -> i64 {
        match self.0.get(column) {
            Some(Cell::Integer(it)) => *it,
            _ => 0,
        }
    }
}

/// Why, for the operator's log; nobody else is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database: {0}")]
pub struct DatabaseFailure(pub String);

/// Records of the service before this one (the TypeScript Worker), where an edge still has them.
#[async_trait]
pub trait Legacy: Send + Sync {
    /// The sealed record of an id.
    ///
    /// # Errors
    /// It cannot be read now.
    async fn load(&self, id: &TenantId) -> Result<Option<String>, DatabaseFailure>;

    /// # Errors
    /// It is still there.
    async fn delete(&self, id: &TenantId) -> Result<(), DatabaseFailure>;
}

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
