//! What an operator does with tenants: list, delete, renew their seals. A person who sets up again uses the same.

use tempo_mcp_core::seal::TenantHash;

use super::{Person, sealing::COLUMN};
use crate::{
    ports::{Cell, Row},
    store::{Store, StoreError, audit_events},
};

/// A tenant as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSummary {
    pub hash: TenantHash,
    pub jira_host: String,
    /// `YYYY-MM-DD`, UTC.
    pub created_on: String,
    /// The day of the last call; `None` before the first.
    pub used_on: Option<String>,
    pub key_id: String,
}

/// Which tenants are meant.
#[derive(Debug, Clone)]
pub enum TenantFilter {
    /// The beginning of the hash, as logs show it.
    ShortName(String),
    Email(String),
    Account(String),
    Person(Person),
    /// Last used before this day, `YYYY-MM-DD`. A tenant that was never used counts from its setup.
    IdleSince(String),
    All,
}

impl Store {
    /// The tenants that match, the latest used first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn list(&self, filter: &TenantFilter) -> Result<Vec<TenantSummary>, StoreError> {
        let (clause, params) = self.clause(filter);
        let sql = format!(
            "SELECT record, jira_host, created_on, used_on, key_id FROM tenants{clause} ORDER BY used_on DESC, record"
        );
        let rows = self.database.query(&sql, &params).await?;
        Ok(rows.into_iter().map(TenantSummary::of).collect())
    }

    /// Deletes tenants with their recorded writes and security events, and returns how many there were.
    ///
    /// # Errors
    /// Nothing was deleted.
    pub async fn delete(&self, tenants: &[TenantHash]) -> Result<u64, StoreError> {
        let mut statements = Vec::new();
        for hash in tenants {
            statements.push(("DELETE FROM tenants WHERE record = ?1", vec![hash.as_str().into()]));
        }
        for hash in tenants {
            statements.push(("DELETE FROM writes WHERE record = ?1", vec![hash.as_str().into()]));
            statements.push((audit_events::DELETE, vec![hash.as_str().into()]));
            statements.extend(self.mark_revoked(hash));
        }
        let changed = self.database.batch(&statements).await?;
        Ok(changed.iter().take(tenants.len()).sum())
    }

    /// Renews the outer seal of every row that is not under the current key, and returns how many there were. Afterwards no
    /// other key opens the database, and no service that has only another one can store anything.
    ///
    /// # Errors
    /// Rows renewed so far stay renewed; the others still open with their key.
    pub async fn renew_seals(&self, batch_size: usize) -> Result<u64, StoreError> {
        let current = self.keys.current.id();
        let mut renewed = 0;
        loop {
            let sql = "SELECT record, key_id, sealed FROM tenants WHERE key_id <> ?1";
            let rows = self.database.query(sql, &[current.into()]).await?;
            for chunk in rows.chunks(batch_size.max(1)) {
                let statements = chunk.iter().map(|row| self.renewal(row)).collect::<Result<Vec<_>, _>>()?;
                renewed += self.database.batch(&statements).await?.iter().sum::<u64>();
            }
            // A running service stores rows under its own key for as long as that key has its row. Such a row, stored
            // since the rows were read, keeps the key, and is renewed in another round.
            let delete = "DELETE FROM server_keys WHERE key_id <> ?1 \
                          AND NOT EXISTS (SELECT tenants.record FROM tenants WHERE tenants.key_id <> ?1)";
            self.database.batch(&[(delete, vec![current.into()])]).await?;
            let others = "SELECT key_id FROM server_keys WHERE key_id <> ?1";
            if self.database.query(others, &[current.into()]).await?.is_empty() {
                return Ok(renewed);
            }
        }
    }

    /// The statement that renews one row's outer seal. A row whose credentials are replaced meanwhile keeps the new ones.
    fn renewal(&self, row: &Row) -> Result<(&'static str, Vec<Cell>), StoreError> {
        let (record, key_id, sealed) = (row.text("record"), row.text("key_id"), row.text("sealed"));
        let key = self.keys.by_id(&key_id).ok_or_else(|| StoreError::WrongKey(vec![key_id.clone()]))?;
        let inner = key.open(COLUMN, &record, &sealed).map_err(|_| StoreError::Unreadable)?;
        let current = &self.keys.current;
        let renewed = current.seal(&*self.entropy, COLUMN, &record, &inner)?;
        let update = "UPDATE tenants SET key_id = ?2, sealed = ?3 WHERE record = ?1 AND sealed = ?4";
        Ok((update, [record.as_str(), current.id(), &renewed, &sealed].map(Cell::from).to_vec()))
    }

    fn clause(&self, filter: &TenantFilter) -> (&'static str, Vec<Cell>) {
        let tag = |kind, value| vec![Cell::Text(self.keys.tag(kind, value))];
        match filter {
            TenantFilter::All => ("", Vec::new()),
            TenantFilter::ShortName(name) => {
                (" WHERE substr(record, 1, 12) = ?1", vec![name.as_str().into()])
            }
            TenantFilter::Email(email) => (" WHERE email_tag = ?1", tag("email", email)),
            TenantFilter::Account(account) => (" WHERE account_tag = ?1", tag("account", account)),
            TenantFilter::Person(person) => {
                let [email, account] = self.tags(person.email.as_ref(), Some(&person.account));
                let sql =
                    " WHERE account_tag = ?1 OR (account_tag = '' AND email_tag <> '' AND email_tag = ?2)";
                (sql, [account.as_str(), &email].map(Cell::from).to_vec())
            }
            TenantFilter::IdleSince(day) => {
                (" WHERE used_on < ?1 AND created_on < ?1", vec![day.as_str().into()])
            }
        }
    }
}

impl TenantSummary {
    pub(super) fn of(row: Row) -> Self {
        Self {
            hash: TenantHash::from_row(row.text("record")),
            jira_host: row.text("jira_host"),
            created_on: row.text("created_on"),
            used_on: Some(row.text("used_on")).filter(|it| !it.is_empty()),
            key_id: row.text("key_id"),
        }
    }
}
