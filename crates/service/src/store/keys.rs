//! The server's keys, and the secret under which people's records can be found again.
//!
//! Every key that opens this database has a row: the index secret, sealed under it. That row is the canary which
//! tells at start whether a key fits, and lets the index outlive a change of keys.

use super::StoreError;
use crate::ports::Database;
use tempo_mcp_core::ports::Entropy;
use tempo_mcp_core::seal::ServerKey;

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
            enrol(database, entropy, &current, &index_secret).await?;
            // Another process may have begun at the same moment: the secret that is there is everybody's.
            rows = database.query(ALL, &[]).await?;
        }
        let fits = |key: &ServerKey| {
            let row = rows.iter().find(|it| it.text("key_id") == key.id())?;
            key.open(COLUMN, key.id(), &row.text("sealed")).ok()
        };
        let found = std::iter::once(&current).chain(&previous).find_map(fits);
        let Some(index_secret) = found else {
            return Err(StoreError::WrongKey(rows.iter().map(|it| it.text("key_id")).collect()));
        };
        if fits(&current).is_none() {
            enrol(database, entropy, &current, &index_secret).await?;
        }
        Ok(Self { current, previous, index_secret })
    }

    /// The row of the current key is there, and opens.
    pub(super) async fn check(&self, database: &dyn Database) -> Result<(), StoreError> {
        let id = self.current.id();
        let rows = database.query(ALL, &[]).await?;
        let own = rows.iter().find(|it| it.text("key_id") == id);
        let opened = own.and_then(|it| self.current.open(COLUMN, id, &it.text("sealed")).ok());
        if opened.as_ref() == Some(&self.index_secret) {
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

/// Gives a key its row, where it has none.
async fn enrol(
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
