//! Tenants, their last writes and security events, in a database that cannot be read on its own. The only module with SQL.
//!
//! In scope: sealing, the rows, the server's keys. Elsewhere: the database drivers (the edges).

mod error;
pub mod audit_events;
pub mod keys;
mod legacy;
mod sealed_value;
pub mod tenants;
pub mod writes;

use std::sync::Arc;

use tempo_mcp_core::{ports::Entropy, seal::ServerKey};

use crate::ports::{Cell, Database, DatabaseError, Legacy};
pub use error::StoreError;
use keys::{Keys, NewKey};

/// The schema in order of application: number and statements. The last statement records the number.
const MIGRATIONS: [(i64, &str); 4] = [
    (1, include_str!("../migrations/0001_tenants.sql")),
    (2, include_str!("../migrations/0002_tombstones.sql")),
    (3, include_str!("../migrations/0003_indexes.sql")),
    (4, include_str!("../migrations/0004_audit_events.sql")),
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

impl Store {
    /// Brings the schema up to date and checks the keys against the database.
    ///
    /// # Errors
    /// The database cannot be used, none of the keys fits it, or it would be sealed with a weak key from now on.
    pub async fn open(
        database: Arc<dyn Database>,
        entropy: Arc<dyn Entropy>,
        current: ServerKey,
        previous: Vec<ServerKey>,
    ) -> Result<Self, StoreError> {
        migrate(&*database).await?;
        let keys = Keys::open(&*database, &*entropy, current, previous, NewKey::Strong).await?;
        Ok(Self::with_keys(database, entropy, Arc::new(keys)))
    }

    /// Like [`Self::open`], for a database whose schema `wrangler d1 migrations` keeps up to date: it is only checked.
    /// Records of the TypeScript server were encrypted with a key of any length, which also fits the database beside
    /// them.
    ///
    /// # Errors
    /// Those of [`Self::open`], or a migration has not been applied.
    pub async fn open_migrated(
        database: Arc<dyn Database>,
        entropy: Arc<dyn Entropy>,
        current: ServerKey,
        previous: Vec<ServerKey>,
        legacy: Option<Arc<dyn Legacy>>,
    ) -> Result<Self, StoreError> {
        check_migrations(&*database).await?;
        let new_key = if legacy.is_some() { NewKey::OfLegacyRecords } else { NewKey::Strong };
        let keys = Keys::open(&*database, &*entropy, current, previous, new_key).await?;
        Ok(Self { legacy, ..Self::with_keys(database, entropy, Arc::new(keys)) })
    }

    /// A store with keys that were checked against this database before. Reads nothing.
    #[must_use]
    pub fn with_keys(database: Arc<dyn Database>, entropy: Arc<dyn Entropy>, keys: Arc<Keys>) -> Self {
        Self { database, entropy, keys, legacy: None }
    }

    /// The keys for [`Self::with_keys`]: plain data.
    #[must_use]
    pub fn keys(&self) -> Arc<Keys> {
        self.keys.clone()
    }

    /// The id of the key that new rows are sealed with.
    #[must_use]
    pub fn current_key(&self) -> &str {
        self.keys.current.id()
    }

    /// Checks that the database can be read and written, and that the keys still open all of it.
    ///
    /// # Errors
    /// What is wrong with the database, or which key is missing.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.database.ready().await?;
        self.check_keys().await
    }

    /// Checks that the current key still opens the database, and that no tenant needs a key that is missing here.
    pub(crate) async fn check_keys(&self) -> Result<(), StoreError> {
        self.keys.check(&*self.database).await
    }

    /// The number of tenants.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn count(&self) -> Result<i64, StoreError> {
        let rows = self.database.query("SELECT COUNT(*) AS tenants FROM tenants", &[]).await?;
        Ok(rows.first().map_or(0, |it| it.integer("tenants")))
    }
}

async fn migrate(database: &dyn Database) -> Result<(), StoreError> {
    let table = "CREATE TABLE IF NOT EXISTS migrations (number BIGINT NOT NULL PRIMARY KEY)";
    database.batch(&[(table, Vec::new())]).await?;
    let applied = database.query(APPLIED, &[]).await?;
    let latest = MIGRATIONS.last().map_or(0, |(number, _)| *number);
    if let Some(newer) = applied.iter().map(|it| it.integer("number")).find(|it| *it > latest) {
        return Err(StoreError::NewerSchema(newer));
    }
    for (number, sql) in MIGRATIONS {
        if applied.iter().any(|it| it.integer("number") == number) {
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
        // No migration has been applied yet.
        Err(DatabaseError::NoSuchTable(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let is_missing = |number: i64| !applied.iter().any(|it| it.integer("number") == number);
    match MIGRATIONS.iter().find(|(number, _)| is_missing(*number)) {
        Some((missing, _)) => Err(StoreError::OldSchema(*missing)),
        None => Ok(()),
    }
}

/// The statements of a migration without its comments. No statement contains a semicolon.
fn statements(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().filter(|it| !it.trim_start().starts_with("--")).collect();
    code.join("\n").split(';').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}
