//! The service's `Database` on an embedded SQLite file.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, types::ValueRef};
use tempo_mcp_service::ports::{Cell, Database, DatabaseError, NotReady, Row};

use super::database_health::DatabaseHealth;

use super::private_file;

/// Another process may lock the file for a moment: a backup, an operator's command.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// More statements than the store has.
const CACHED_STATEMENTS: usize = 64;

/// Two connections: a read does not wait behind a write that waits for the disk or for another process.
#[derive(Clone)]
pub(crate) struct Sqlite {
    writer: Arc<Mutex<Connection>>,
    /// The same connection as the writer where the database is in memory.
    reader: Arc<Mutex<Connection>>,
    /// `None` where the database is in memory.
    health: Option<Arc<DatabaseHealth>>,
}

impl Sqlite {
    /// Opens or creates the file. Commits reach the disk (`synchronous=FULL`), readers do not wait for the writer (WAL),
    /// and deleted data is overwritten.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let connect = || prepared(Connection::open(path)?);
        let failed = |error| format!("the database {} cannot be opened for writing: {error}", path.display());
        make_private(path);
        let (writer, reader) = (connect().map_err(failed)?, connect().map_err(failed)?);
        let health = Arc::new(DatabaseHealth::new(path, connect().map_err(failed)?)?);
        let [writer, reader] = [writer, reader].map(|it| Arc::new(Mutex::new(it)));
        Ok(Self { writer, reader, health: Some(health) })
    }

    /// Reads the whole file; see [`DatabaseHealth::check_integrity`].
    ///
    /// # Errors
    /// The file is damaged.
    pub(crate) fn check_integrity(&self) -> Result<(), NotReady> {
        self.health.as_ref().map_or(Ok(()), |it| it.check_integrity())
    }

    /// Copies everything committed so far into `target`, an empty file. The database can be used meanwhile.
    pub(crate) fn copy(path: &Path, target: &Path) -> rusqlite::Result<()> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute("VACUUM INTO ?1", [target.to_string_lossy()]).map(drop)
    }

    /// A database in memory, which ends with the process.
    pub(crate) fn in_memory() -> Result<Self, String> {
        let connection = Connection::open_in_memory().and_then(prepared).map_err(|it| it.to_string())?;
        let connection = Arc::new(Mutex::new(connection));
        Ok(Self { writer: connection.clone(), reader: connection, health: None })
    }

    /// Runs `work` outside the threads that serve requests: a write waits for the disk. Nothing is read from or written to
    /// a file that the next start would not find.
    async fn run<T: Send + 'static>(
        &self,
        connection: &Arc<Mutex<Connection>>,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let (connection, health) = (connection.clone(), self.health.clone());
        let work = move || {
            health
                .map_or(Ok(()), |it| it.check_identity())
                .map_err(|it| DatabaseError::Failed(it.to_string()))?;
            work(&mut connection.lock()).map_err(|it| database_error(&it))
        };
        tokio::task::spawn_blocking(work).await.map_err(|it| DatabaseError::Failed(it.to_string()))?
    }
}

/// Makes the database readable for its owner only, before SQLite creates it with wider permissions; its journals get the
/// permissions of the database. An older database and its journals are closed to others.
fn make_private(path: &Path) {
    // Where that is not possible, SQLite says why it cannot use the file.
    let _ = private_file::prepare(path);
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut journal = path.as_os_str().to_owned();
        journal.push(suffix);
        let _ = private_file::close_to_others(Path::new(&journal));
    }
}

fn prepared(connection: Connection) -> rusqlite::Result<Connection> {
    if connection.is_readonly("main")? {
        // SQLite opens a file that it may not write to, and only fails at the first write.
        let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(error, None));
    }
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")?;
    Ok(connection)
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

fn rows(connection: &Connection, sql: &str, params: &[Cell]) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query(rusqlite::params_from_iter(params.iter().map(BoundCell)))?;
    let mut res = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = columns.iter().enumerate().map(|(i, name)| Ok((name.clone(), cell(row.get_ref(i)?))));
        res.push(Row(cells.collect::<rusqlite::Result<_>>()?));
    }
    Ok(res)
}

#[async_trait]
impl Database for Sqlite {
    async fn query(&self, sql: &str, params: &[Cell]) -> Result<Vec<Row>, DatabaseError> {
        let (sql, params) = (sql.to_owned(), params.to_vec());
        // A statement that changes rows and returns them goes to the writer.
        let is_select = sql.trim_start().get(..6).is_some_and(|it| it.eq_ignore_ascii_case("select"));
        let connection = if is_select { &self.reader } else { &self.writer };
        self.run(connection, move |connection| rows(connection, &sql, &params)).await
    }

    async fn batch(&self, statements: &[(&str, Vec<Cell>)]) -> Result<Vec<u64>, DatabaseError> {
        let statements: Vec<(String, Vec<Cell>)> =
            statements.iter().map(|(sql, params)| ((*sql).to_owned(), params.clone())).collect();
        self.run(&self.writer, move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut res = Vec::with_capacity(statements.len());
            for (sql, params) in &statements {
                let mut statement = transaction.prepare_cached(sql)?;
                res.push(statement.execute(rusqlite::params_from_iter(params.iter().map(BoundCell)))? as u64);
            }
            transaction.commit()?;
            Ok(res)
        })
        .await
    }

    async fn ready(&self) -> Result<(), NotReady> {
        match &self.health {
            Some(health) => health.ready().await,
            None => Ok(()),
        }
    }
}

struct BoundCell<'a>(&'a Cell);

impl rusqlite::ToSql for BoundCell<'_> {
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
