//! What the operator does with tenants, and a person who signs up again with their own: find, remove, seal anew.

use super::{COLUMN, Person};
use crate::{
    ports::{Cell, Row},
    store::{Store, StoreError},
};
use tempo_mcp_core::seal::TenantHash;

const DELETE: &str = "DELETE FROM tenants WHERE record = ?1";

/// A tenant as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub record: TenantHash,
    pub jira_host: String,
    pub created_on: String,
    /// The day of the last call; `None` before the first.
    pub used_on: Option<String>,
    pub key_id: String,
}

/// Which tenants an operator means.
#[derive(Debug, Clone)]
pub enum Which {
    /// The beginning of a record, as logs show it.
    Short(String),
    Email(String),
    Account(String),
    Person(Person),
    /// Last used before this day, YYYY-MM-DD; who never called counts from sign-up.
    IdleSince(String),
    All,
}

impl Store {
    /// The tenants that are meant, the latest used first.
    ///
    /// # Errors
    /// As every read.
    pub async fn list(&self, which: &Which) -> Result<Vec<Listed>, StoreError> {
        let (clause, param) = self.clause(which);
        let sql = format!(
            "SELECT record, jira_host, created_on, used_on, key_id FROM tenants{clause} ORDER BY used_on DESC, record"
        );
        let rows = self.database.query(&sql, &param).await?;
        Ok(rows.into_iter().map(Listed::of).collect())
    }

    /// Removes tenants and their records of writes.
    ///
    /// # Errors
    /// Nothing was removed.
    pub async fn delete(&self, records: &[TenantHash]) -> Result<u64, StoreError> {
        let mut statements = Vec::new();
        for it in records {
            statements.push((DELETE, vec![it.as_str().into()]));
        }
        for it in records {
            statements.push(("DELETE FROM writes WHERE record = ?1", vec![it.as_str().into()]));
            statements.extend(self.bury(it));
        }
        let changed = self.database.batch(&statements).await?;
        Ok(changed.iter().take(records.len()).sum())
    }

    /// Renews the outer seal of every record that is not under the current key; how many.
    ///
    /// # Errors
    /// Those renewed so far stay renewed; the others still open with their key.
    pub async fn renew_seals(&self, entropy_batch: usize) -> Result<usize, StoreError> {
        let current = &self.keys.current;
        let sql = "SELECT record, key_id, sealed FROM tenants WHERE key_id <> ?1";
        let rows = self.database.query(sql, &[current.id().into()]).await?;
        for chunk in rows.chunks(entropy_batch.max(1)) {
            let mut statements = Vec::new();
            for row in chunk {
                let (record, key_id) = (row.text("record"), row.text("key_id"));
                let key =
                    self.keys.by_id(&key_id).ok_or_else(|| StoreError::WrongKey(vec![key_id.clone()]))?;
                let inner =
                    key.open(COLUMN, &record, &row.text("sealed")).map_err(|_| StoreError::Unreadable)?;
                let sealed = current.seal(&*self.entropy, COLUMN, &record, &inner)?;
                // A row whose tokens were replaced meanwhile keeps the new ones.
                let update = "UPDATE tenants SET key_id = ?2, sealed = ?3 WHERE record = ?1 AND sealed = ?4";
                let old = row.text("sealed");
                let params = [record.as_str(), current.id(), &sealed, &old].map(Cell::from).to_vec();
                statements.push((update, params));
            }
            self.database.batch(&statements).await?;
        }
        let forget = "DELETE FROM server_keys WHERE key_id <> ?1";
        self.database.batch(&[(forget, vec![current.id().into()])]).await?;
        Ok(rows.len())
    }

    fn clause(&self, which: &Which) -> (&'static str, Vec<Cell>) {
        match which {
            Which::All => ("", Vec::new()),
            Which::Short(it) => (" WHERE substr(record, 1, 12) = ?1", vec![it.as_str().into()]),
            Which::Email(it) => (" WHERE email_tag = ?1", vec![self.keys.tag("email", it).as_str().into()]),
            Which::Account(it) => {
                (" WHERE account_tag = ?1", vec![self.keys.tag("account", it).as_str().into()])
            }
            Which::Person(it) => {
                let [email, account] = self.tags(it.email.as_ref(), Some(&it.account));
                let sql =
                    " WHERE account_tag = ?1 OR (account_tag = '' AND email_tag <> '' AND email_tag = ?2)";
                (sql, [account.as_str(), &email].map(Cell::from).to_vec())
            }
            Which::IdleSince(day) => (" WHERE used_on < ?1 AND created_on < ?1", vec![day.as_str().into()]),
        }
    }
}

impl Listed {
    fn of(row: Row) -> Self {
        Self {
            record: TenantHash::from_row(row.text("record")),
            jira_host: row.text("jira_host"),
            created_on: row.text("created_on"),
            used_on: Some(row.text("used_on")).filter(|it| !it.is_empty()),
            key_id: row.text("key_id"),
        }
    }
}
