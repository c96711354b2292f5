//! Why an operation of the store failed.

use tempo_mcp_core::{ports::EntropyError, seal::KeyWeakness};

use crate::ports::{DatabaseError, NotReady};

/// Why an operation of the store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The database is not fit for use.
    #[error(transparent)]
    NotReady(#[from] NotReady),
    /// Nothing new may be sealed with this key.
    #[error("the encryption key {0}: `openssl rand -base64 48` generates one")]
    WeakKey(KeyWeakness),
    /// None of the given keys opens this database. Holds the ids of the keys that do.
    #[error("the encryption key does not fit this database: it was sealed with key {}", .0.join(" or "))]
    WrongKey(Vec<String>),
    /// Holds the id of the key.
    #[error(
        "some tenants are sealed with key {0}, which this service does not have: restart it with the newer key as \
         ENCRYPTION_KEY and the earlier one as ENCRYPTION_KEY_PREVIOUS"
    )]
    OtherKey(String),
    /// The account has reached its limit of personal URLs.
    #[error("the account has as many personal URLs as it may have")]
    TooManyUrls,
    /// The number of a migration that this version does not have.
    #[error(
        "the database was written by a newer version of this program (schema {0}): run that version, or restore the backup from before the upgrade"
    )]
    NewerSchema(i64),
    /// The number of a migration that has to be applied first.
    #[error("the database is older than this program: migration {0} has not been applied")]
    OldSchema(i64),
    /// A row that does not open although its key is there.
    #[error("a stored row cannot be decrypted")]
    Unreadable,
}
