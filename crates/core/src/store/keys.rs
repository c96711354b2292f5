//! The server's keys, and the secret under which people's records can be found again.
//!
//! Every key that opens this database has a row: the index secret, sealed under it. That row is the canary which
//! tells at start whether a key fits, and lets the index outlive a change of keys.

use super::{Failure, seal::ServerKey};
use crate::ports::{Database, Entropy};

const COLUMN: &str = "index-secret";

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
    ) -> Result<Self, Failure> {
        let rows = database.query("SELECT key_id, sealed FROM server_keys", &[]).await?;
        if rows.is_empty() {
            let mut index_secret = vec![0; 32];
            entropy.fill(&mut index_secret)?;
            let keys = Self { current, previous, index_secret };
            keys.enrol(database, entropy).await?;
            return Ok(keys);
        }
        let fits = |key: &ServerKey| {
            let row = rows.iter().find(|it| it.text("key_id") == key.id())?;
            key.open(COLUMN, key.id(), &row.text("sealed")).ok()
        };
        let found = std::iter::once(&current).chain(&previous).find_map(fits);
        let Some(index_secret) = found else {
            return Err(Failure::WrongKey(rows.iter().map(|it| it.text("key_id")).collect()));
        };
        let is_enrolled = fits(&current).is_some();
        let keys = Self { current, previous, index_secret };
        if !is_enrolled {
            keys.enrol(database, entropy).await?;
        }
        Ok(keys)
    }

    /// The row of the current key is there, and opens.
    pub(super) async fn check(&self, database: &dyn Database) -> Result<(), Failure> {
        let (id, sql) = (self.current.id(), "SELECT key_id, sealed FROM server_keys");
        let rows = database.query(sql, &[]).await?;
        let own = rows.iter().find(|it| it.text("key_id") == id);
        let opened = own.and_then(|it| self.current.open(COLUMN, id, &it.text("sealed")).ok());
        if opened.as_ref() == Some(&self.index_secret) {
            return Ok(());
        }
        Err(Failure::WrongKey(rows.iter().map(|it| it.text("key_id")).collect()))
    }

    /// Gives the current key its row.
    async fn enrol(&self, database: &dyn Database, entropy: &dyn Entropy) -> Result<(), Failure> {
        let id = self.current.id();
        let sealed = self.current.seal(entropy, COLUMN, id, &self.index_secret)?;
        let sql = "INSERT INTO server_keys (key_id, sealed) VALUES (?1, ?2) \
                   ON CONFLICT (key_id) DO UPDATE SET sealed = excluded.sealed";
        database.batch(&[(sql, vec![id.into(), sealed.as_str().into()])]).await?;
        Ok(())
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &ServerKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&ServerKey> {
        self.all().find(|it| it.id() == id)
    }

    pub(super) fn tag(&self, kind: &str, value: &str) -> String {
        super::seal::tag(&self.index_secret, kind, value)
    }
}
