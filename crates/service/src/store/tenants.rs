//! The tenants: who they are is sealed; what stands beside it finds and counts them.

mod operating;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::ports::{Cell, Row};
use tempo_mcp_core::{
    config::{Config, JiraAuth},
    domain::{ids::AccountId, tenant::TenantId},
    seal::{TenantHash, open_for, seal_for},
};

pub use operating::{Listed, Which};

const COLUMN: &str = "credentials";

/// What a tenant gave at setup, as it is sealed.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub tempo_token: SecretString,
    pub jira_base_url: String,
    pub jira_email: Option<SecretString>,
    pub jira_token: SecretString,
    pub account_field: Option<String>,
}

impl Credentials {
    /// What a configuration holds of them.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let (jira_email, jira_token) = match &config.jira.auth {
            JiraAuth::Basic { email, token } => (Some(email.clone()), token.clone()),
            JiraAuth::Bearer(token) => (None, token.clone()),
            // The pages ask for tokens; a sign-in is not theirs yet.
            JiraAuth::OAuth(_) => (None, SecretString::default()),
        };
        Self {
            tempo_token: config.tempo.token.clone(),
            jira_base_url: config.jira.site.base().to_string(),
            jira_email,
            jira_token,
            account_field: config.jira.account_field.clone(),
        }
    }
}

/// A tenant's row, opened.
#[derive(Debug, Clone)]
pub struct Opened {
    pub credentials: Credentials,
    /// Changes whenever the row does, and tells nothing.
    pub seal: String,
    /// The day of the last use.
    pub used_on: String,
}

/// A tenant's row as it is stored.
#[derive(Debug, Clone)]
pub struct Sealed {
    key_id: String,
    seal: String,
    /// The day of the last use.
    pub used_on: String,
}

/// Tells one version of a row from another: the end of its seal, which authenticates the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint([u8; 24]);

impl Sealed {
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.seal)
    }
}

impl Fingerprint {
    pub(crate) fn of(seal: &str) -> Self {
        // A seal that is shorter opens to nothing.
        Self(seal.as_bytes().last_chunk().copied().unwrap_or_default())
    }
}

/// What of a person is kept as a tag, to find their records again.
#[derive(Debug, Clone)]
pub struct Person {
    pub account: AccountId,
    pub email: Option<SecretString>,
}

impl Person {
    /// Whoever gave these credentials, by the account that Jira told.
    #[must_use]
    pub fn of(account: &AccountId, credentials: &Credentials) -> Self {
        Self { account: account.clone(), email: credentials.jira_email.clone() }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plain {
    tempo_api_token: String,
    jira_base_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jira_email: Option<String>,
    jira_api_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jira_tempo_account_custom_field_id: Option<String>,
}

impl Store {
    /// Stores a new tenant under a new id, which is told once and kept nowhere.
    ///
    /// # Errors
    /// Nothing was stored.
    pub async fn create(
        &self,
        credentials: &Credentials,
        person: &Person,
        host: &str,
        day: &str,
    ) -> Result<TenantId, StoreError> {
        let id = self.new_id()?;
        let tags = self.tags(person.email.as_ref(), Some(&person.account));
        let row = self.row(&id, credentials, tags, host, day)?;
        self.database.batch(&[(INSERT, row)]).await?;
        Ok(id)
    }

    /// Puts other credentials into a row as it was opened, under the same id; `false`: it is not as it was.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn replace(
        &self,
        id: &TenantId,
        opened: &Opened,
        credentials: &Credentials,
        person: &Person,
    ) -> Result<bool, StoreError> {
        let record = TenantHash::of(id);
        let sealed = self.sealed(id, credentials)?;
        let [email, account] = self.tags(person.email.as_ref(), Some(&person.account));
        let cells = [record.as_str(), self.keys.current.id(), &sealed, &email, &account, &opened.seal];
        let sql = "UPDATE tenants SET key_id = ?2, sealed = ?3, email_tag = ?4, account_tag = ?5 \
                   WHERE record = ?1 AND sealed = ?6";
        let changed = self.database.batch(&[(sql, cells.map(Cell::from).to_vec())]).await?;
        Ok(changed.first() == Some(&1))
    }

    /// Whether a tenant was set up by this person. One that moved over is known by its e-mail address alone, or not at
    /// all: then it may be anybody's.
    ///
    /// # Errors
    /// As every read.
    pub async fn is_of(&self, id: &TenantId, person: &Person) -> Result<bool, StoreError> {
        let [email, account] = self.tags(person.email.as_ref(), Some(&person.account));
        let sql = "SELECT record FROM tenants WHERE record = ?1 \
                   AND (account_tag = ?2 OR (account_tag = '' AND email_tag IN (?3, '')))";
        let cells = [TenantHash::of(id).as_str(), &account, &email].map(Cell::from);
        Ok(!self.database.query(sql, &cells).await?.is_empty())
    }

    fn email_tag(&self, email: Option<&SecretString>) -> String {
        email.map_or_else(String::new, |it| self.keys.tag("email", it.expose_secret()))
    }

    /// Moves a tenant to a new id: from then on the old one is unknown. `None`: it is gone, or was just changed.
    ///
    /// # Errors
    /// Nothing was changed: the old id goes on working.
    pub async fn rotate(&self, old: &TenantId, new: &TenantId) -> Result<bool, StoreError> {
        let Some(Opened { credentials, seal, .. }) = self.open_row(old).await? else { return Ok(false) };
        let (from, to) = (TenantHash::of(old), TenantHash::of(new));
        let sealed = self.sealed(new, &credentials)?;
        // Whose it is and since when stays; a row that was changed or deleted meanwhile is left as it is by now.
        let copy = "INSERT INTO tenants (record, key_id, sealed, jira_host, email_tag, account_tag, created_on, used_on) \
                    SELECT ?2, ?3, ?4, tenants.jira_host, tenants.email_tag, tenants.account_tag, tenants.created_on, \
                    tenants.used_on FROM tenants WHERE tenants.record = ?1 AND tenants.sealed = ?5";
        let cells =
            [from.as_str(), to.as_str(), self.keys.current.id(), &sealed, &seal].map(Cell::from).to_vec();
        let move_writes = "UPDATE writes SET record = ?2 WHERE record = ?1 \
                           AND EXISTS (SELECT tenants.record FROM tenants WHERE tenants.record = ?2)";
        let mut statements = vec![
            (copy, cells),
            (move_writes, vec![from.as_str().into(), to.as_str().into()]),
            (
                "DELETE FROM tenants WHERE record = ?1 AND sealed = ?2",
                vec![from.as_str().into(), seal.as_str().into()],
            ),
        ];
        statements.extend(self.bury(&from));
        let changed = self.database.batch(&statements).await?;
        self.forget_former(old).await;
        Ok(changed.first() == Some(&1))
    }

    /// An id that nobody has.
    ///
    /// # Errors
    /// There was no randomness.
    pub fn new_id(&self) -> Result<TenantId, StoreError> {
        let mut random = [0; 16];
        self.entropy.fill(&mut random)?;
        Ok(TenantId::from_random(random))
    }

    /// The credentials, sealed for the tenant and then for the server.
    fn sealed(&self, id: &TenantId, credentials: &Credentials) -> Result<String, StoreError> {
        let plain = serde_json::to_vec(&Plain::of(credentials)).map_err(|_| StoreError::Unreadable)?;
        let inner = seal_for(id, &*self.entropy, &plain)?;
        Ok(self.keys.current.seal(&*self.entropy, COLUMN, TenantHash::of(id).as_str(), inner.as_bytes())?)
    }

    /// By e-mail and by account; empty where that is not known.
    pub(super) fn tags(&self, email: Option<&SecretString>, account: Option<&AccountId>) -> [String; 2] {
        let account = account.map(|it| self.keys.tag("account", it.as_str()));
        [self.email_tag(email), account.unwrap_or_default()]
    }

    pub(super) fn row(
        &self,
        id: &TenantId,
        credentials: &Credentials,
        [email, account]: [String; 2],
        host: &str,
        day: &str,
    ) -> Result<Vec<Cell>, StoreError> {
        let record = TenantHash::of(id);
        let current = &self.keys.current;
        let sealed = self.sealed(id, credentials)?;
        let cells = [record.as_str(), current.id(), &sealed, host, &email, &account, day];
        Ok(cells.into_iter().map(Cell::from).collect())
    }

    /// What a tenant gave; `None` where there is no such tenant.
    ///
    /// # Errors
    /// The database cannot be read, or the row does not open although its key is there.
    pub async fn load(&self, id: &TenantId) -> Result<Option<Credentials>, StoreError> {
        Ok(self.open_row(id).await?.map(|it| it.credentials))
    }

    /// As [`Self::load`], with what tells one version of the row from another.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn open_row(&self, id: &TenantId) -> Result<Option<Opened>, StoreError> {
        let Some(row) = self.read_row(id).await? else { return Ok(None) };
        let credentials = self.open_sealed(id, &row)?;
        Ok(Some(Opened { credentials, seal: row.seal, used_on: row.used_on }))
    }

    /// As [`Self::open_row`], without opening it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn read_row(&self, id: &TenantId) -> Result<Option<Sealed>, StoreError> {
        let record = TenantHash::of(id);
        let sql = "SELECT key_id, sealed, used_on FROM tenants WHERE record = ?1";
        let rows = self.database.query(sql, &[record.as_str().into()]).await?;
        let sealed = |row: &Row| Sealed {
            key_id: row.text("key_id"),
            seal: row.text("sealed"),
            used_on: row.text("used_on"),
        };
        Ok(rows.first().map(sealed))
    }

    /// What a tenant's row holds.
    ///
    /// # Errors
    /// It does not open although its key is there.
    pub fn open_sealed(&self, id: &TenantId, row: &Sealed) -> Result<Credentials, StoreError> {
        let key = self.keys.by_id(&row.key_id).ok_or(StoreError::Unreadable)?;
        let record = TenantHash::of(id);
        let inner = key.open(COLUMN, record.as_str(), &row.seal).map_err(|_| StoreError::Unreadable)?;
        let inner = String::from_utf8(inner).map_err(|_| StoreError::Unreadable)?;
        let plain = open_for(id, &inner).map_err(|_| StoreError::Unreadable)?;
        let plain: Plain = serde_json::from_slice(&plain).map_err(|_| StoreError::Unreadable)?;
        Ok(plain.into())
    }

    /// Notes the day of a tenant's last use; at most one write a day.
    ///
    /// # Errors
    /// As every write.
    pub async fn note_use(&self, id: &TenantId, day: &str) -> Result<(), StoreError> {
        let record = TenantHash::of(id);
        let sql = "UPDATE tenants SET used_on = ?2 WHERE record = ?1 AND used_on < ?2";
        self.database.batch(&[(sql, vec![record.as_str().into(), day.into()])]).await?;
        Ok(())
    }
}

const INSERT: &str = "INSERT INTO tenants (record, key_id, sealed, jira_host, email_tag, account_tag, created_on, used_on) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '')";

impl Plain {
    fn of(it: &Credentials) -> Self {
        Self {
            tempo_api_token: it.tempo_token.expose_secret().into(),
            jira_base_url: it.jira_base_url.clone(),
            jira_email: it.jira_email.as_ref().map(|it| it.expose_secret().into()),
            jira_api_token: it.jira_token.expose_secret().into(),
            jira_tempo_account_custom_field_id: it.account_field.clone(),
        }
    }
}

impl From<Plain> for Credentials {
    fn from(it: Plain) -> Self {
        Self {
            tempo_token: it.tempo_api_token.into(),
            jira_base_url: it.jira_base_url,
            jira_email: it.jira_email.map(Into::into),
            jira_token: it.jira_api_token.into(),
            account_field: it.jira_tempo_account_custom_field_id,
        }
    }
}
