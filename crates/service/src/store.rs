//! Tenants and what they did, in a database that nobody can read by itself. The only module with SQL.
//!
//! In scope: sealing, the rows, the server's keys. Elsewhere: the database drivers (the edges).

pub mod keys;
pub mod legacy;
pub mod tenants;
pub mod writes;

use std::sync::Arc;

use crate::ports::{Cell, Database, DatabaseError, Legacy};
use tempo_mcp_core::ports::{Entropy, EntropyError};

use keys::Keys;
use tempo_mcp_core::seal::ServerKey;

/// The schema, in the order of application: number and statements, the last of which notes the number.
const MIGRATIONS: [(i64, &str); 2] = [
    (1, include_str!("../migrations/0001_tenants.sql")),
    (2, include_str!("../migrations/0002_tombstones.sql")),
];

const APPLIED: &str = "SELECT number FROM migrations";

/// The database of one service.
#[derive(Clone)]
pub struct Store {
    database: Arc<dyn Database>,
    entropy: Arc<dyn Entropy>,
    keys: Arc<Keys>,
    legacy: Option<Arc<dyn Legacy>>,
}

/// Why the store could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// None of the given keys opens this database: the ids of those that would.
    #[error("the encryption key does not fit this database: it was sealed with key {}", .0.join(" or "))]
    WrongKey(Vec<String>),
    /// The number of a migration that this version does not have.
    #[error(
        "the database was written by a newer version of this program (schema {0}): run that version, or restore the backup from before the upgrade"
    )]
    NewerSchema(i64),
    /// The number of a migration that somebody else should have applied.
    #[error("the database is older than this program: migration {0} was not applied")]
    OldSchema(i64),
    /// A row that the key should open, but does not.
    #[error("a record does not open")]
    Unreadable,
}

impl Store {
    /// Brings the schema up to date and checks the keys against the database.
    ///
    /// # Errors
    /// The database cannot be used, or none of the keys fits it.
    pub async fn open(
        database: Arc<dyn Database>,
        entropy: Arc<dyn Entropy>,
        current: ServerKey,
        previous: Vec<ServerKey>,
    ) -> Result<Self, StoreError> {
        migrate(&*database).await?;
        let keys = Arc::new(Keys::open(&*database, &*entropy, current, previous).await?);
        Ok(Self::with_keys(database, entropy, keys))
    }

    /// As [`Self::open`], where the schema is brought up to date by `wrangler d1 migrations`: it is checked only.
    ///
    /// # Errors
    /// As [`Self::open`], or a migration was not applied.
    pub async fn open_migrated(
        database: Arc<dyn Database>,
        entropy: Arc<dyn Entropy>,
        current: ServerKey,
        previous: Vec<ServerKey>,
    ) -> Result<Self, StoreError> {
        check_migrations(&*database).await?;
        let keys = Arc::new(Keys::open(&*database, &*entropy, current, previous).await?);
        Ok(Self::with_keys(database, entropy, keys))
    }

    /// With keys that fitted this database before: nothing is asked.
    #[must_use]
    pub fn with_keys(database: Arc<dyn Database>, entropy: Arc<dyn Entropy>, keys: Arc<Keys>) -> Self {
        Self { database, entropy, keys, legacy: None }
    }

    /// What [`Self::with_keys`] takes: plain data.
    #[must_use]
    pub fn keys(&self) -> Arc<Keys> {
        self.keys.clone()
    }

    /// A text that only this server opens again, and only for the same purpose.
    ///
    /// # Errors
    /// There was no randomness.
    pub fn seal_for_later(&self, purpose: &str, text: &str) -> Result<String, StoreError> {
        Ok(self.keys.current.seal(&*self.entropy, purpose, "", text.as_bytes())?)
    }

    /// What [`Self::seal_for_later`] sealed; `None` for anything else.
    #[must_use]
    pub fn open_again(&self, purpose: &str, sealed: &str) -> Option<String> {
        let opened = self.keys.current.open(purpose, "", sealed).ok()?;
        String::from_utf8(opened).ok()
    }

    /// The id of the key that new seals are under.
    #[must_use]
    pub fn current_key(&self) -> &str {
        self.keys.current.id()
    }

    /// Whether the database answers, and the current key still opens it.
    ///
    /// # Errors
    /// One of the two is not so.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.keys.check(&*self.database).await
    }

    /// How many tenants there are.
    ///
    /// # Errors
    /// As every read.
    pub async fn count(&self) -> Result<i64, StoreError> {
        let rows = self.database.query("SELECT COUNT(*) AS tenants FROM tenants", &[]).await?;
        Ok(rows.first().map_or(0, |it| it.integer("tenants")))
    }
}

async fn migrate(database: &dyn Database) -> Result<(), StoreError> {
    let table = "CREATE TABLE IF NOT EXISTS migrations (number BIGINT NOT NULL PRIMARY KEY)";
    database.batch(&[(table, Vec::new())]).await?;
    let done = database.query(APPLIED, &[]).await?;
    let known = MIGRATIONS.last().map_or(0, |(number, _)| *number);
    if let Some(newer) = done.iter().map(|it| it.integer("number")).find(|it| *it > known) {
        return Err(StoreError::NewerSchema(newer));
    }
    for (number, sql) in MIGRATIONS {
        if done.iter().any(|it| it.integer("number") == number) {
            continue;
        }
        let statements = statements(sql);
        let batch: Vec<(&str, Vec<Cell>)> = statements.iter().map(|it| (it.as_str(), Vec::new())).collect();
        database.batch(&batch).await?;
    }
    Ok(())
}

async fn check_migrations(database: &dyn Database) -> Result<(), StoreError> {
    let applied = match database.query(APPLIED, &[]).await {
        Ok(rows) => rows,
        // A database that nothing was applied to yet.
        Err(failure) if failure.0.contains("no such table") => Vec::new(),
        Err(failure) => return Err(failure.into()),
    };
    let lacks = |number: i64| !applied.iter().any(|it| it.integer("number") == number);
    match MIGRATIONS.iter().find(|(number, _)| lacks(*number)) {
        Some((missing, _)) => Err(StoreError::OldSchema(*missing)),
        None => Ok(()),
    }
}

/// The statements of a migration, without its comments; none of them has a semicolon inside.
fn statements(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().filter(|it| !it.trim_start().starts_with("--")).collect();
    code.join("\n").split(';').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}
