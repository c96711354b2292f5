//! As whom a request is made, where that changes with time.

use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Error;
use crate::ports::Version;

/// Gives the credentials of one request after the other.
#[async_trait]
pub trait Authorize: Send + Sync {
    /// # Errors
    /// There are none, and what to do about it.
    async fn current(&self) -> Result<Authorized, Error>;

    /// After `refused` was answered with 401 although it should be good still.
    ///
    /// # Errors
    /// As [`Self::current`].
    async fn renewed(&self, refused: &Authorized) -> Result<Authorized, Error>;
}

/// Credentials, and the only address that they are good for.
#[derive(Clone)]
pub struct Authorized {
    pub base: Url,
    pub header: HeaderValue,
    /// Never shown, not even where a vendor repeats them.
    pub secrets: Arc<[SecretString]>,
    pub version: Version,
}

/// `None`: a token that no header can carry.
pub(crate) fn bearer(token: &SecretString) -> Option<HeaderValue> {
    let mut header = HeaderValue::try_from(format!("Bearer {}", token.expose_secret())).ok()?;
    header.set_sensitive(true);
    Some(header)
}
