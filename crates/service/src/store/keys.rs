//! The server's keys, and the secret under which a person's tenants can be found again.
//!
//! Every key that opens this database has a row: the index secret, sealed with that key. The row shows at start whether
//! a key fits, and lets the index outlive a change of keys.

use tempo_mcp_core::{ports::Entropy, seal::ServerKey};

use super::error::StoreError;
use crate::ports::Database;

const COLUMN: &str = "index-secret";
const ALL: &str = "SELECT key_id, sealed FROM server_keys";

/// The keys that fit one database. Plain data.
pub struct Keys {
    pub(super) current: ServerKey,
    previous: Vec<ServerKey>,
    index_secret: Vec<u8>,
}

impl Keys {
    pub(super) async fn open(
        database: &dyn Database,
        entropy: &dyn Entropy,
        current: ServerKey,
        previous: Vec<ServerKey>,
    ) -> Result<Self, StoreError> {
        let mut rows = database.query(ALL, &[]).await?;
        if rows.is_empty() {
            let mut index_secret = vec![0; 32];
            entropy.fill(&mut index_secret)?;
            insert(database, entropy, &current, &index_secret).await?;
            // Another process may have done the same at this moment. The secret in the database is the one to use.
            rows = database.query(ALL, &[]).await?;
        }
        let index_secret = |key: &ServerKey| {
            let row = rows.iter().find(|it| it.text("key_id") == key.id())?;
            key.open(COLUMN, key.id(), &row.text("sealed")).ok()
        };
        let Some(secret) = std::iter::once(&current).chain(&previous).find_map(index_secret) else {
            return Err(StoreError::WrongKey(rows.iter().map(|it| it.text("key_id")).collect()));
        };
        if index_secret(&current).is_none() {
            insert(database, entropy, &current, &secret).await?;
        }
        Ok(Self { current, previous, index_secret: secret })
    }

    /// Checks that the row of the current key exists and opens.
    pub(super) async fn check(&self, database: &dyn Database) -> Result<(), StoreError> {
        let id = self.current.id();
        let rows = database.query(ALL, &[]).await?;
        let row = rows.iter().find(|it| it.text("key_id") == id);
        let secret = row.and_then(|it| self.current.open(COLUMN, id, &it.text("sealed")).ok());
        if secret.as_ref() == Some(&self.index_secret) {
            return Ok(());
        }
        Err(StoreError::WrongKey(rows.iter().map(|it| it.text("key_id")).collect()))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &ServerKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&ServerKey> {
        self.all().find(|it| it.id() == id)
    }

    pub(super) fn tag(&self, kind: &str, value: &str) -> String {
        tempo_mcp_core::seal::tag(&self.index_secret, kind, value)
    }
}

/// Inserts the row of a key unless it has one.
async fn insert(
    database: &dyn Database,
    entropy: &dyn Entropy,
    key: &ServerKey,
    index_secret: &[u8],
) -> Result<(), StoreError> {
    let sealed = key.seal(entropy, COLUMN, key.id(), index_secret)?;
    let sql = "INSERT INTO server_keys (key_id, sealed) VALUES (?1, ?2) ON CONFLICT (key_id) DO NOTHING";
    database.batch(&[(sql, vec![key.id().into(), sealed.as_str().into()])]).await?;
    Ok(())
}
