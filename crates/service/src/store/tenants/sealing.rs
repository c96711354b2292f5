//! Credentials as a row holds them: sealed with the tenant's id, and then with the server's key.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tempo_mcp_core::{
    config::credentials::Credentials,
    domain::{ids::AccountId, tenant::TenantId},
    seal::{TenantHash, open_for, seal_for},
};

use super::SealedRow;
use crate::{
    ports::Cell,
    store::{Store, StoreError},
};

pub(super) const COLUMN: &str = "credentials";

/// Credentials in JSON, inside the seal. The names are stored, so they never change.
#[derive(Serialize, Deserialize)]
struct StoredCredentials {
    #[serde(rename = "tempoApiToken")]
    tempo_api_token: String,
    #[serde(rename = "jiraBaseUrl")]
    jira_base_url: String,
    #[serde(rename = "jiraEmail", default, skip_serializing_if = "Option::is_none")]
    jira_email: Option<String>,
    #[serde(rename = "jiraApiToken")]
    jira_api_token: String,
    #[serde(rename = "jiraTempoAccountCustomFieldId", default, skip_serializing_if = "Option::is_none")]
    account_field: Option<String>,
}

impl From<&Credentials> for StoredCredentials {
    fn from(credentials: &Credentials) -> Self {
        Self {
            tempo_api_token: credentials.tempo_api_token.expose_secret().into(),
            jira_base_url: credentials.jira_base_url.clone(),
            jira_email: credentials.jira_email.as_ref().map(|it| it.expose_secret().into()),
            jira_api_token: credentials.jira_api_token.expose_secret().into(),
            account_field: credentials.account_field.clone(),
        }
    }
}

impl From<StoredCredentials> for Credentials {
    fn from(stored: StoredCredentials) -> Self {
        Self {
            tempo_api_token: stored.tempo_api_token.into(),
            jira_base_url: stored.jira_base_url,
            jira_email: stored.jira_email.map(Into::into),
            jira_api_token: stored.jira_api_token.into(),
            account_field: stored.account_field,
        }
    }
}

/// What a new row is made of.
pub(in crate::store) struct NewRow<'a> {
    pub(in crate::store) id: &'a TenantId,
    pub(in crate::store) credentials: &'a Credentials,
    /// As [`Store::tags`] makes them.
    pub(in crate::store) tags: [String; 2],
    pub(in crate::store) jira_host: &'a str,
    pub(in crate::store) day: &'a str,
}

impl Store {
    /// The credentials in a row.
    ///
    /// # Errors
    /// The row does not open although its key is there.
    pub fn open_sealed(&self, id: &TenantId, row: &SealedRow) -> Result<Credentials, StoreError> {
        let key = self.keys.by_id(&row.key_id).ok_or(StoreError::Unreadable)?;
        let hash = TenantHash::of(id);
        let inner = key.open(COLUMN, hash.as_str(), &row.seal).map_err(|_| StoreError::Unreadable)?;
        let inner = String::from_utf8(inner).map_err(|_| StoreError::Unreadable)?;
        let json = open_for(id, &inner).map_err(|_| StoreError::Unreadable)?;
        let stored: StoredCredentials = serde_json::from_slice(&json).map_err(|_| StoreError::Unreadable)?;
        Ok(stored.into())
    }

    pub(super) fn seal_credentials(
        &self,
        id: &TenantId,
        credentials: &Credentials,
    ) -> Result<String, StoreError> {
        let json = serde_json::to_vec(&StoredCredentials::from(credentials));
        let json = json.map_err(|_| StoreError::Unreadable)?;
        let inner = seal_for(id, &*self.entropy, &json)?;
        Ok(self.keys.current.seal(&*self.entropy, COLUMN, TenantHash::of(id).as_str(), inner.as_bytes())?)
    }

    /// The tags of e-mail address and account; each is empty where it is not known.
    pub(in crate::store) fn tags(
        &self,
        email: Option<&SecretString>,
        account: Option<&AccountId>,
    ) -> [String; 2] {
        let email = email.map(|it| self.keys.tag("email", it.expose_secret()));
        let account = account.map(|it| self.keys.tag("account", it.as_str()));
        [email.unwrap_or_default(), account.unwrap_or_default()]
    }

    /// The cells of a new row, in the order of its columns.
    pub(in crate::store) fn row_cells(&self, row: &NewRow<'_>) -> Result<Vec<Cell>, StoreError> {
        let hash = TenantHash::of(row.id);
        let sealed = self.seal_credentials(row.id, row.credentials)?;
        let [email, account] = &row.tags;
        let key_id = self.keys.current.id();
        let cells = [hash.as_str(), key_id, &sealed, row.jira_host, email, account, row.day];
        Ok(cells.into_iter().map(Cell::from).collect())
    }
}
