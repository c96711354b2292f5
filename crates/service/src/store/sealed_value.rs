//! Values that a page carries in a form or a cookie: sealed by the server, for one purpose, with an expiry date.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{Store, StoreError};

#[derive(Serialize, Deserialize)]
struct Expiring<T> {
    /// Unix time in seconds.
    expires_at: i64,
    value: T,
}

impl Store {
    /// Seals a value that [`Self::open_unexpired`] opens for `lifetime` from `now`, for the same purpose only.
    pub(crate) fn seal_expiring<T: Serialize>(
        &self,
        purpose: &str,
        now: Timestamp,
        lifetime: Duration,
        value: T,
    ) -> Result<String, StoreError> {
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let expires_at = now.as_second().saturating_add(lifetime);
        let text = serde_json::to_vec(&Expiring { expires_at, value }).map_err(|_| StoreError::Unreadable)?;
        let text = Zeroizing::new(text);
        Ok(self.keys.current.seal(&*self.entropy, purpose, "", &text)?)
    }

    /// The value, or `None` if it has expired, was changed, or was sealed elsewhere or for another purpose.
    pub(crate) fn open_unexpired<T: DeserializeOwned>(
        &self,
        purpose: &str,
        now: Timestamp,
        sealed: &str,
    ) -> Option<T> {
        let text = self.keys.current.open(purpose, "", sealed).ok()?;
        let opened: Expiring<T> = serde_json::from_slice(&text).ok()?;
        (now.as_second() < opened.expires_at).then_some(opened.value)
    }
}
