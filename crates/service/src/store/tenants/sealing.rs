//! Credentials as a row holds them: sealed with the tenant's id, and then with the server's key.

use std::mem::take;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tempo_mcp_core::{
    config::credentials::Credentials,
    domain::{ids::AccountId, tenant::TenantId},
    seal::{TenantHash, open_for, seal_for},
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::SealedRow;
use crate::{
    ports::Cell,
    store::{Store, StoreError},
};

pub(super) const COLUMN: &str = "credentials";

/// Credentials in JSON, inside the seal. The names are stored, so they never change. Overwritten when dropped.
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

/// Moves each text, so that there is no copy.
impl From<StoredCredentials> for Credentials {
    fn from(mut stored: StoredCredentials) -> Self {
        Self {
            tempo_api_token: take(&mut stored.tempo_api_token).into(),
            jira_base_url: take(&mut stored.jira_base_url),
            jira_email: stored.jira_email.take().map(Into::into),
            jira_api_token: take(&mut stored.jira_api_token).into(),
            account_field: stored.account_field.take(),
        }
    }
}

impl Drop for StoredCredentials {
    fn drop(&mut self) {
        self.tempo_api_token.zeroize();
        self.jira_api_token.zeroize();
        self.jira_email.zeroize();
    }
}

impl ZeroizeOnDrop for StoredCredentials {}

impl StoredCredentials {
    /// The credentials as JSON. The buffer is large enough from the start, since one that grows leaves a copy behind.
    fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let texts = [&self.tempo_api_token, &self.jira_base_url, &self.jira_api_token].into_iter();
        let texts = texts.chain(&self.jira_email).chain(&self.account_field);
        // A control character takes six bytes in JSON; the names take less than 200.
        let size = texts.map(|it| it.len() * 6).sum::<usize>() + 200;
        let mut json = Zeroizing::new(Vec::with_capacity(size));
        serde_json::to_writer(&mut *json, self).map_err(|_| StoreError::Unreadable)?;
        Ok(json)
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
        let inner = std::str::from_utf8(&inner).map_err(|_| StoreError::Unreadable)?;
        let json = open_for(id, inner).map_err(|_| StoreError::Unreadable)?;
        let stored: StoredCredentials = serde_json::from_slice(&json).map_err(|_| StoreError::Unreadable)?;
        Ok(stored.into())
    }

    pub(super) fn seal_credentials(
        &self,
        id: &TenantId,
        credentials: &Credentials,
    ) -> Result<String, StoreError> {
        let json = StoredCredentials::from(credentials).to_json()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(token: &str) -> StoredCredentials {
        StoredCredentials {
            tempo_api_token: token.into(),
            jira_base_url: "https://acme.example.com".into(),
            jira_email: Some("a@example.com".into()),
            jira_api_token: token.into(),
            account_field: Some("10234".into()),
        }
    }

    #[test]
    fn credentials_in_json_leave_no_copy_behind() {
        fn is_wiped<T: ZeroizeOnDrop>(_: &T) {}
        is_wiped(&stored("token"));
        for token in ["", "token", &"\u{1}".repeat(1000)] {
            let json = stored(token).to_json().unwrap();
            is_wiped(&json);
            let texts = token.len() * 2 + "https://acme.example.com".len() + "a@example.com".len() + 5;
            assert_eq!(json.capacity(), texts * 6 + 200, "the buffer has not grown");
            let read: StoredCredentials = serde_json::from_slice(&json).unwrap();
            assert_eq!(read.tempo_api_token, token);
        }
    }
}
