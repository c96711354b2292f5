//! The store for the tokens of a sign-in. They change with every refresh, and several processes may use them.

use std::{any::Any, fmt, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;

/// The tokens of a sign-in. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: SecretString,
    /// `None` if the access token cannot be renewed.
    pub refresh: Option<SecretString>,
    pub expires_at: Timestamp,
    /// The lifetime of the access token, if it is shorter than usual.
    pub lifetime: Option<Duration>,
    /// The id of the site at the gateway.
    pub cloud_id: String,
}

/// The version of stored tokens, which changes whenever they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(pub u64);

/// Tokens as they are stored.
#[derive(Debug, Clone)]
pub struct Versioned {
    pub tokens: Tokens,
    pub version: Version,
}

/// The right to refresh, which one process has at a time, because a refresh invalidates the refresh token it used.
pub enum Claim {
    /// Granted until this is dropped or its process ends.
    Won(Box<dyn Any + Send>),
    /// Another process has it.
    Taken,
    /// The version is outdated; these tokens are stored now.
    Stale(Option<Versioned>),
}

/// The result of [`TokenStore::swap`].
#[derive(Debug)]
pub enum Swap {
    Stored(Version),
    /// Nothing was stored, because the version is outdated; these tokens are stored now.
    Stale(Option<Versioned>),
}

/// Stores tokens by site. A store that cannot be read is an error, never "signed out".
///
/// ```
/// use tempo_mcp_core::ports::{Claim, Swap, TokenStore, TokenStoreError, Tokens};
///
/// /// Replaces the tokens of `site`, unless another process refreshes them or has just done so.
/// async fn replace(store: &dyn TokenStore, site: &str, new: &Tokens) -> Result<bool, TokenStoreError> {
///     let Some(old) = store.load(site).await? else { return Ok(false) };
///     let Claim::Won(_claim) = store.claim(site, old.version).await? else { return Ok(false) };
///     let swap = store.swap(site, Some(old.version), Some(new)).await?;
///     Ok(matches!(swap, Swap::Stored(_)))
/// }
/// ```
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The tokens of a site, if there are any.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn load(&self, site: &str) -> Result<Option<Versioned>, TokenStoreError>;

    /// Claims the right to refresh the tokens of this version. Never waits.
    ///
    /// # Errors
    /// The store cannot be read or written.
    async fn claim(&self, site: &str, version: Version) -> Result<Claim, TokenStoreError>;

    /// Stores `tokens`, or deletes the stored ones, if their version is still `seen`.
    ///
    /// # Errors
    /// The store cannot be read or written.
    async fn swap(
        &self,
        site: &str,
        seen: Option<Version>,
        tokens: Option<&Tokens>,
    ) -> Result<Swap, TokenStoreError>;
}

/// What is wrong with the store, for the person who can repair it. Contains no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TokenStoreError(pub String);

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Won(_) => f.write_str("Won"),
            Self::Taken => f.write_str("Taken"),
            Self::Stale(now) => f.debug_tuple("Stale").field(now).finish(),
        }
    }
}
