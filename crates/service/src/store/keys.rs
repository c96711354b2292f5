//! The server's keys, and the secret under which a person's tenants can be found again.
//!
//! Every key that opens this database has a row: the index secret, sealed with that key. The row shows at start whether
//! a key fits, and lets the index outlive a change of keys. Statements that store a seal check in themselves that its key
//! still has its row, so no row is ever sealed with a key that has been rotated out.

use tempo_mcp_core::{
    ports::Entropy,
    seal::{KeyWeakness, ServerKey},
};
use zeroize::Zeroizing;

use super::error::StoreError;
use crate::ports::Database;

const COLUMN: &str = "index-secret";
const ALL: &str = "SELECT key_id, sealed FROM server_keys";
/// Like [`ALL`], with 1 for each key that a tenant's row is sealed with.
const ALL_WITH_USE: &str = "SELECT server_keys.key_id, server_keys.sealed, CASE WHEN EXISTS \
                            (SELECT tenants.record FROM tenants WHERE tenants.key_id = server_keys.key_id) \
                            THEN 1 ELSE 0 END AS is_used FROM server_keys";

/// The keys that fit one database. Plain data.
pub struct Keys {
    pub(super) current: ServerKey,
    previous: Vec<ServerKey>,
    index_secret: Zeroizing<Vec<u8>>,
}

/// Which key a new database takes. An existing one accepts any key that opens it.
pub(super) enum NewKey {
    Strong,
    /// The key of the TypeScript server's records beside it, which may be short.
    OfLegacyRecords,
}

impl Keys {
    pub(super) async fn open(
        database: &dyn Database,
        entropy: &dyn Entropy,
        current: ServerKey,
        previous: Vec<ServerKey>,
        new_key: NewKey,
    ) -> Result<Self, StoreError> {
        if current.weakness() == Some(KeyWeakness::Empty) {
            return Err(StoreError::WeakKey(KeyWeakness::Empty));
        }
        let mut rows = database.query(ALL, &[]).await?;
        if rows.is_empty() {
            match new_key {
                NewKey::Strong => check_strength(&current)?,
                NewKey::OfLegacyRecords => {}
            }
            let mut index_secret = Zeroizing::new(vec![0; 32]);
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
            check_strength(&current)?;
            insert(database, entropy, &current, &secret).await?;
        }
        Ok(Self { current, previous, index_secret: secret })
    }

    /// Checks that the row of the current key exists and opens, and that no tenant is sealed with an unknown key.
    pub(super) async fn check(&self, database: &dyn Database) -> Result<(), StoreError> {
        let id = self.current.id();
        let rows = database.query(ALL_WITH_USE, &[]).await?;
        let row = rows.iter().find(|it| it.text("key_id") == id);
        let secret = row.and_then(|it| self.current.open(COLUMN, id, &it.text("sealed")).ok());
        if secret.as_ref() != Some(&self.index_secret) {
            return Err(StoreError::WrongKey(rows.iter().map(|it| it.text("key_id")).collect()));
        }
        let mut used = rows.iter().filter(|it| it.integer("is_used") == 1).map(|it| it.text("key_id"));
        match used.find(|it| self.by_id(it).is_none()) {
            Some(other) => Err(StoreError::OtherKey(other)),
            None => Ok(()),
        }
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

/// Refuses a key that is too weak to seal anything new.
fn check_strength(key: &ServerKey) -> Result<(), StoreError> {
    key.weakness().map_or(Ok(()), |it| Err(StoreError::WeakKey(it)))
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
