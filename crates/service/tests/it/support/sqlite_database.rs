//! The `Database` port on SQLite in memory.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use rusqlite::{Connection, types::ValueRef};
use tempo_mcp_service::ports::{Cell, Database, DatabaseError, Row};

/// A database in memory.
#[derive(Clone)]
pub(crate) struct Sqlite(Arc<Mutex<Connection>>);

impl Sqlite {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Connection::open_in_memory().unwrap())))
    }

    fn run<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, DatabaseError> {
        work(&mut self.0.lock().unwrap()).map_err(|it| database_error(&it))
    }
}

#[async_trait]
impl Database for Sqlite {
    async fn query(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, DatabaseError> {
        self.run(|connection| {
            let mut statement = connection.prepare(sql)?;
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
    }

    async fn batch(&self, statements: &[(&str, Vec<Cell>)]) -> Result<Vec<u64>, DatabaseError> {
        self.run(|connection| {
            let transaction =
                connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let mut res = Vec::with_capacity(statements.len());
            for (sql, params) in statements {
                let mut statement = transaction.prepare(sql)?;
                res.push(statement.execute(rusqlite::params_from_iter(params.iter().map(Bound)))? as u64);
            }
            transaction.commit()?;
            Ok(res)
        })
    }
}

/// SQLite reports a missing table with its general error code, so only its message tells it apart.
fn database_error(error: &rusqlite::Error) -> DatabaseError {
    let reason = error.to_string();
    match error {
        rusqlite::Error::SqlInputError { msg, .. } | rusqlite::Error::SqliteFailure(_, Some(msg))
            if msg.starts_with("no such table: ") =>
        {
            DatabaseError::NoSuchTable(reason)
        }
        _ => DatabaseError::Failed(reason),
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
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Null,
    }
}
