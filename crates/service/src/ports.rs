//! What the service needs from an edge in addition to core's ports: a database, rate limits, and the records of the
//! TypeScript server where there are any.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use tempo_mcp_core::domain::tenant::TenantId;

/// Limits how often something is done. Its counters use bounded memory, or are the platform's own.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Counts one attempt of `key`.
    ///
    /// # Errors
    /// How long to wait, when the limit is reached.
    async fn check(&self, limit: Limit, breadth: Breadth, key: &str) -> Result<(), Duration>;
}

/// How many clients may share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Breadth {
    /// One client: a tenant, an IPv4 address, or an IPv6 network of 64 bits.
    Single,
    /// A site with many clients: an IPv6 network of 48 bits. Its limit is larger.
    Site,
}

/// What a rate limiter counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Attempts to set up or to replace tokens, by client address.
    Setup,
    /// Sign-ups of all clients that are about to be checked with the vendors, under one key.
    AllSetups,
    /// Forms that are sent to a page, by client address.
    Form,
    /// Requests at an endpoint, by tenant.
    Mcp,
    /// Requests at endpoints that do not exist, by client address.
    Unknown,
}

/// A relational database in the SQL that SQLite, D1 and PostgreSQL share.
///
/// There is one statement or one atomic batch, and no interactive transaction, since D1 has none. A compare-and-swap is
/// `UPDATE … WHERE version = ?1 RETURNING …` through `query`.
#[async_trait]
pub trait Database: Send + Sync {
    /// Runs one statement and returns its rows.
    ///
    /// # Errors
    /// A table does not exist, or the database cannot be read or written at the moment.
    async fn query(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, DatabaseError>;

    /// Runs all statements or none, and returns the number of rows that each one changed.
    ///
    /// # Errors
    /// The database cannot be written at the moment. Nothing was changed.
    async fn batch(&self, statements: &[(&str, Vec<Cell>)]) -> Result<Vec<u64>, DatabaseError>;

    /// Checks what no statement of the service shows: that the database is still the one that was opened, is intact, and
    /// can be written. By default there is nothing to check, as where a platform runs the database.
    ///
    /// # Errors
    /// What is wrong with it.
    async fn ready(&self) -> Result<(), NotReady> {
        Ok(())
    }
}

/// What is wrong with a database that responds. The text is for the operator, and names no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    #[error("the database file was deleted: restore it from a backup, and restart the service")]
    Deleted,
    #[error("the database file was replaced by another one: restart the service to use it")]
    Replaced,
    /// Holds the database's own words.
    #[error("the database is damaged ({0}): stop the service and restore a backup")]
    Damaged(String),
    /// Holds the database's own words.
    #[error("the database cannot be written ({0})")]
    NotWritable(String),
    /// Holds the number of megabytes that have to be free.
    #[error("fewer than {0} MB are free on the disk of the database: free some space")]
    DiskFull(u64),
}

/// A column's value. Integers stay within ±2^53, because D1 carries them as doubles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Integer(i64),
    Null,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

/// A row: values by column name.
///
/// ```
/// use tempo_mcp_service::ports::{Cell, Row};
///
/// let row = Row([("tool".to_owned(), Cell::from("createWorklog"))].into());
/// assert_eq!((row.text("tool").as_str(), row.integer("count")), ("createWorklog", 0));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Row(pub BTreeMap<String, Cell>);

impl Row {
    /// The value of a text column; empty where there is none.
    #[must_use]
    pub fn text(&self, column: &str) -> String {
        match self.0.get(column) {
            Some(Cell::Text(text)) => text.clone(),
            _ => String::new(),
        }
    }

    /// The value of an integer column; 0 where there is none.
    #[must_use]
    pub fn integer(&self, column: &str) -> i64 {
        match self.0.get(column) {
            Some(Cell::Integer(number)) => *number,
            _ => 0,
        }
    }
}

/// Why a statement was not carried out. The reasons are for the operator's log; users never see them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// The statement names a table that does not exist.
    #[error("database: {0}")]
    NoSuchTable(String),
    #[error("database: {0}")]
    Failed(String),
}

/// The tenants of the TypeScript server, where an edge still has them.
#[async_trait]
pub trait Legacy: Send + Sync {
    /// The sealed record of an id.
    ///
    /// # Errors
    /// The records cannot be read at the moment.
    async fn load(&self, id: &TenantId) -> Result<Option<String>, DatabaseError>;

    /// Deletes the record of an id.
    ///
    /// # Errors
    /// The record could not be deleted.
    async fn delete(&self, id: &TenantId) -> Result<(), DatabaseError>;
}
