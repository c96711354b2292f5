//! The credentials of a request: headers made of tokens, and tokens that change with time.

use std::sync::Arc;

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Error;
use crate::ports::Version;

/// Provides the credentials for each request, where they expire and are renewed.
#[async_trait]
pub trait Authorize: Send + Sync {
    /// Credentials that are valid now.
    ///
    /// # Errors
    /// Why there are none.
    async fn current(&self) -> Result<Authorized, Error>;

    /// Other credentials, after the vendor responded to `refused` with 401 before it expired.
    ///
    /// # Errors
    /// Why there are none.
    async fn renewed(&self, refused: &Authorized) -> Result<Authorized, Error>;
}

/// Credentials and the only address that they are valid for.
#[derive(Clone)]
pub struct Authorized {
    pub base: Url,
    pub header: HeaderValue,
    /// Removed from error messages, even where the vendor repeats them.
    pub secrets: Arc<[SecretString]>,
    pub version: Version,
}

/// `Bearer` credentials (RFC 6750). `None` if the token contains characters that a header cannot carry.
pub(crate) fn bearer(token: &SecretString) -> Option<HeaderValue> {
    sensitive(format!("Bearer {}", token.expose_secret()))
}

/// `Basic` credentials (RFC 7617), and the encoded pair, which is a secret as well.
pub(crate) fn basic(user: &SecretString, password: &SecretString) -> (Option<HeaderValue>, SecretString) {
    let pair = BASE64_STANDARD.encode(format!("{}:{}", user.expose_secret(), password.expose_secret()));
    (sensitive(format!("Basic {pair}")), pair.into())
}

/// A header value that `Debug` does not show.
fn sensitive(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
