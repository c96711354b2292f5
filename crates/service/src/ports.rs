//! What the service needs of an edge beside core's ports: a database, rate limits, the records of an older service.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use tempo_mcp_core::domain::tenant::TenantId;

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
    async fn query(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, DatabaseError>;

    /// All statements or none; the number of rows that each changed.
    ///
    /// # Errors
    /// As [`Self::query`]; then nothing was changed.
    async fn batch(&self, statements: &[(&str, Vec<Cell>)]) -> Result<Vec<u64>, DatabaseError>;
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
pub struct DatabaseError(pub String);

/// Records of the service before this one (the TypeScript Worker), where an edge still has them.
#[async_trait]
pub trait Legacy: Send + Sync {
    /// The sealed record of an id.
    ///
    /// # Errors
    /// It cannot be read now.
    async fn load(&self, id: &TenantId) -> Result<Option<String>, DatabaseError>;

    /// # Errors
    /// It is still there.
    async fn delete(&self, id: &TenantId) -> Result<(), DatabaseError>;
}
