//! Where the tokens of a sign-in are kept: they change with every refresh, and several processes may use them.

use std::{any::Any, fmt, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;

/// What a sign-in gave. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: SecretString,
    /// `None`: nothing can be refreshed.
    pub refresh: Option<SecretString>,
    pub expires_at: Timestamp,
    /// How long the access token lives, where that is shorter than usual.
    pub lifetime: Option<Duration>,
    /// Which site it reaches at the gateway.
    pub cloud_id: String,
}

/// Changes whenever the tokens do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(pub u64);

#[derive(Debug, Clone)]
pub struct Versioned {
    pub tokens: Tokens,
    pub version: Version,
}

/// Who may refresh: one of all processes, since each refresh ends the token that it used.
pub enum Claim {
    /// Until it is dropped, or its process ends.
    Won(Box<dyn Any + Send>),
    /// Somebody else refreshes just now.
    Taken,
    /// These are there now.
    Stale(Option<Versioned>),
}

#[derive(Debug)]
pub enum Swap {
    Stored(Version),
    /// Nothing was stored: these are there now.
    Stale(Option<Versioned>),
}

/// Tokens by site. A store that cannot be read is a failure, never "signed out".
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// # Errors
    /// The store cannot be read.
    async fn load(&self, site: &str) -> Result<Option<Versioned>, TokenStoreError>;

    /// Tries to become the one that refreshes `version`; never waits.
    ///
    /// # Errors
    /// The store cannot be read or written.
    async fn claim(&self, site: &str, version: Version) -> Result<Claim, TokenStoreError>;

    /// Stores `tokens`, or removes what is there, if that is still what was `seen`.
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

/// What is wrong with the store, for whoever can mend it; holds no token.
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
