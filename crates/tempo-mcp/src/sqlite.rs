//! Core's `Database` on an embedded SQLite file.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::{Connection, TransactionBehavior, types::ValueRef};
use tempo_mcp_core::ports::{Cell, Database, DatabaseFailure, Row};

/// Another process may hold the file for a moment: a backup, an operator.
const BUSY: Duration = Duration::from_secs(5);
/// More statements than the store has.
const PREPARED: usize = 64;

/// One connection: SQLite has one writer anyway, and reading a row takes microseconds.
#[derive(Clone)]
pub(crate) struct Sqlite(Arc<Mutex<Connection>>);

impl Sqlite {
    /// Opens or makes the file. What is committed is on the disk (`synchronous=FULL`), readers do not wait for the
    /// writer (WAL), and what is deleted is overwritten.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        Self::with(Connection::open(path)?)
    }

    /// A database that ends with the process.
    pub(crate) fn in_memory() -> rusqlite::Result<Self> {
        Self::with(Connection::open_in_memory()?)
    }

    fn with(connection: Connection) -> rusqlite::Result<Self> {
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;",
        )?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Off the threads that serve requests: a write waits for the disk.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseFailure> {
        let connection = self.0.clone();
        let work = move || work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
        let outcome =
            tokio::task::spawn_blocking(work).await.map_err(|it| DatabaseFailure(it.to_string()))?;
        outcome.map_err(|it| DatabaseFailure(it.to_string()))
    }
}

#[async_trait]
impl Database for Sqlite {
    async fn query(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, DatabaseFailure> {
        let (sql, params) = (sql.to_owned(), params.to_vec());
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
            let mut rows = statement.query(rusqlite::params_from_iter(params.iter().map(Bound)))?;
            let mut res = Vec::new();
            while let Some(row) = rows.next()? {
                let cells =
                    columns.iter().enumerate().map(|(i, name)| Ok((name.clone(), cell(row.get_ref(i)?))));
                res.push(Row(cells.collect::<rusqlite::Result<_>>()?));
            }
            Ok(res)
        })
        .await
    }

    async fn batch(&self, statements: &[(&str, Vec<Cell>)]) -> Result<Vec<u64>, DatabaseFailure> {
        let statements: Vec<(String, Vec<Cell>)> =
            statements.iter().map(|(sql, params)| ((*sql).to_owned(), params.clone())).collect();
        self.run(move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut res = Vec::with_capacity(statements.len());
            for (sql, params) in &statements {
                let mut statement = transaction.prepare_cached(sql)?;
                res.push(statement.execute(rusqlite::params_from_iter(params.iter().map(Bound)))? as u64);
            }
            transaction.commit()?;
            Ok(res)
        })
        .await
    }
}

struct Bound<'a>(&'a Cell);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self.0 {
            Cell::Text(it) => it.to_sql(),
            Cell::Integer(it) => it.to_sql(),
            Cell::Null => rusqlite::types::Null.to_sql(),
        }
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Integer(it) => Cell::Integer(it),
        ValueRef::Text(it) => Cell::Text(String::from_utf8_lossy(it).into_owned()),
        // The schema has no such columns.
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Null,
    }
}
