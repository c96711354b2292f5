//! The rows of tenants: credentials are sealed; the other columns find and count the rows.

mod creation;
mod lookup;
mod operator;
mod sealing;

use secrecy::SecretString;
use tempo_mcp_core::{
    config::credentials::Credentials,
    domain::{ids::AccountId, tenant::TenantId},
    seal::TenantHash,
};

use super::{Store, StoreError, audit_events};
use crate::ports::Cell;

pub(crate) use lookup::Lookup;
pub use operator::{TenantFilter, TenantSummary};
pub(super) use sealing::NewRow;

/// A tenant's row, decrypted.
#[derive(Debug, Clone)]
pub struct OpenedRow {
    pub credentials: Credentials,
    /// The sealed credentials, which tell one version of the row from another.
    pub seal: String,
}

/// A tenant's row as it is stored.
#[derive(Debug, Clone)]
pub struct SealedRow {
    key_id: String,
    seal: String,
    /// The day of the last use; empty before the first.
    pub used_on: String,
}

/// Tells one version of a row from another: the end of its seal, which authenticates all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint([u8; 24]);

impl SealedRow {
    /// The fingerprint of this version of the row.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.seal)
    }
}

impl Fingerprint {
    pub(crate) fn of(seal: &str) -> Self {
        // A shorter seal never opens.
        Self(seal.as_bytes().last_chunk().copied().unwrap_or_default())
    }
}

/// The person a tenant belongs to. Stored as tags, by which their tenants can be found again.
#[derive(Debug, Clone)]
pub struct Person {
    pub account: AccountId,
    pub email: Option<SecretString>,
}

impl Person {
    /// The owner of these credentials, with the account that Jira named for them.
    #[must_use]
    pub fn of(account: &AccountId, credentials: &Credentials) -> Self {
        Self { account: account.clone(), email: credentials.jira_email.clone() }
    }
}

impl Store {
    /// Replaces the credentials of a row that was opened before. Returns `false` if the row has changed since.
    ///
    /// # Errors
    /// Nothing was changed: the database cannot be written, or the current key no longer opens it.
    pub async fn replace(
        &self,
        id: &TenantId,
        opened: &OpenedRow,
        credentials: &Credentials,
        person: &Person,
    ) -> Result<bool, StoreError> {
        let hash = TenantHash::of(id);
        let sealed = self.seal_credentials(id, credentials)?;
        let [email, account] = self.tags(person.email.as_ref(), Some(&person.account));
        let cells = [hash.as_str(), self.keys.current.id(), &sealed, &email, &account, &opened.seal];
        let sql = "UPDATE tenants SET key_id = ?2, sealed = ?3, email_tag = ?4, account_tag = ?5 \
                   WHERE record = ?1 AND sealed = ?6 \
                   AND EXISTS (SELECT server_keys.key_id FROM server_keys WHERE server_keys.key_id = ?2)";
        let changed = self.database.batch(&[(sql, cells.map(Cell::from).to_vec())]).await?;
        self.is_changed(&changed).await
    }

    /// Whether a tenant belongs to this person. An imported tenant is known by its e-mail address only, or not at all;
    /// in that case it may belong to anyone.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn is_of(&self, id: &TenantId, person: &Person) -> Result<bool, StoreError> {
        let [email, account] = self.tags(person.email.as_ref(), Some(&person.account));
        let sql = "SELECT record FROM tenants WHERE record = ?1 \
                   AND (account_tag = ?2 OR (account_tag = '' AND email_tag IN (?3, '')))";
        let cells = [TenantHash::of(id).as_str(), &account, &email].map(Cell::from);
        Ok(!self.database.query(sql, &cells).await?.is_empty())
    }

    /// Moves a tenant to a new id; the old one is unknown from then on. Returns `false` if the tenant was deleted or
    /// changed meanwhile.
    ///
    /// # Errors
    /// Nothing was changed: the old id still works. The database cannot be written, or the current key no longer opens
    /// it.
    pub async fn rotate(&self, old: &TenantId, new: &TenantId) -> Result<bool, StoreError> {
        let Some(OpenedRow { credentials, seal }) = self.open_row(old).await? else { return Ok(false) };
        let (from, to) = (TenantHash::of(old), TenantHash::of(new));
        let sealed = self.seal_credentials(new, &credentials)?;
        // A row that was changed or deleted meanwhile stays as it is.
        let copy = "INSERT INTO tenants (record, key_id, sealed, jira_host, email_tag, account_tag, created_on, used_on) \
                    SELECT ?2, ?3, ?4, tenants.jira_host, tenants.email_tag, tenants.account_tag, tenants.created_on, \
                    tenants.used_on FROM tenants WHERE tenants.record = ?1 AND tenants.sealed = ?5 \
                    AND EXISTS (SELECT server_keys.key_id FROM server_keys WHERE server_keys.key_id = ?3)";
        let move_writes = "UPDATE writes SET record = ?2 WHERE record = ?1 \
                           AND EXISTS (SELECT tenants.record FROM tenants WHERE tenants.record = ?2)";
        let delete = "DELETE FROM tenants WHERE record = ?1 \
                      AND EXISTS (SELECT copies.record FROM tenants AS copies WHERE copies.record = ?2)";
        let copied =
            [from.as_str(), to.as_str(), self.keys.current.id(), &sealed, &seal].map(Cell::from).to_vec();
        let mut statements = vec![
            (copy, copied),
            (move_writes, [from.as_str(), to.as_str()].map(Cell::from).to_vec()),
            (audit_events::MOVE, [from.as_str(), to.as_str()].map(Cell::from).to_vec()),
            (delete, [from.as_str(), to.as_str()].map(Cell::from).to_vec()),
        ];
        statements.extend(self.mark_revoked(&from));
        let changed = self.database.batch(&statements).await?;
        let is_moved = self.is_changed(&changed).await?;
        if is_moved {
            self.delete_legacy(old).await;
        }
        Ok(is_moved)
    }

    /// Whether the first statement of a batch changed its row.
    ///
    /// # Errors
    /// It did not because the current key no longer opens the database.
    async fn is_changed(&self, changed: &[u64]) -> Result<bool, StoreError> {
        let is_changed = changed.first() == Some(&1);
        if !is_changed {
            self.check_keys().await?;
        }
        Ok(is_changed)
    }

    /// Why the current key has no row.
    async fn key_is_gone(&self) -> StoreError {
        // The row may have come back between the two statements.
        self.check_keys().await.err().unwrap_or_else(|| StoreError::WrongKey(Vec::new()))
    }

    /// A new random id.
    ///
    /// # Errors
    /// There was no randomness.
    pub fn new_id(&self) -> Result<TenantId, StoreError> {
        let mut random = [0; 16];
        self.entropy.fill(&mut random)?;
        Ok(TenantId::from_random(random))
    }

    /// The credentials of a tenant, or `None` if there is no such tenant.
    ///
    /// # Errors
    /// The database cannot be read, or the row does not open although its key is there.
    pub async fn load(&self, id: &TenantId) -> Result<Option<Credentials>, StoreError> {
        Ok(self.open_row(id).await?.map(|it| it.credentials))
    }

    /// Like [`Self::load`], with what [`Self::replace`] needs to detect a change.
    ///
    /// # Errors
    /// The database cannot be read, or the row does not open although its key is there.
    pub async fn open_row(&self, id: &TenantId) -> Result<Option<OpenedRow>, StoreError> {
        let Some(row) = self.read_row(id).await? else { return Ok(None) };
        let credentials = self.open_sealed(id, &row)?;
        Ok(Some(OpenedRow { credentials, seal: row.seal }))
    }

    /// A tenant's row without decrypting it, or `None` if there is no such tenant.
    ///
    /// # Errors
    /// The database cannot be read, or it is not the one that the current key opens: then no tenant is unknown.
    pub async fn read_row(&self, id: &TenantId) -> Result<Option<SealedRow>, StoreError> {
        Ok(match self.look_up(id).await? {
            Lookup::Tenant(found) => Some(found.row),
            Lookup::Revoked | Lookup::Unknown => None,
        })
    }

    /// Stores the day of a tenant's last use. Writes at most once a day.
    ///
    /// # Errors
    /// The day was not stored.
    pub async fn note_use(&self, id: &TenantId, day: &str) -> Result<(), StoreError> {
        let hash = TenantHash::of(id);
        let sql = "UPDATE tenants SET used_on = ?2 WHERE record = ?1 AND used_on < ?2";
        self.database.batch(&[(sql, vec![hash.as_str().into(), day.into()])]).await?;
        Ok(())
    }
}
