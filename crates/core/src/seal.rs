//! Sealing: authenticated encryption with AES-256-GCM (NIST SP 800-38D), under keys derived by HKDF-SHA256 (RFC 5869).
//!
//! Credentials are sealed twice: first under the tenant's id, then under the server's key. A copy of the database cannot be
//! decrypted without the server's key, and with that key not without the tenant's id. When the server's key changes, the
//! outer seal is renewed without the ids.
//!
//! Keys that were derived and texts that were opened are overwritten when they are dropped.

mod strength;

use std::sync::Arc;

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use strength::KeyWeakness;

use crate::{
    domain::{hex::hex, tenant::TenantId},
    ports::{Entropy, EntropyError},
};

/// The purposes that keys are derived for, with a version.
const TENANT_KEY: &[u8] = b"tempo-mcp/tenant-key/v1";
const SERVER_KEY: &[u8] = b"tempo-mcp/server-key/v1";
const SERVER_KEY_ID: &[u8] = b"tempo-mcp/server-key-id/v1";
const INDEX_KEY: &[u8] = b"tempo-mcp/index-key/v1";
const NONCE: usize = 12;

/// The hash of a tenant's id, which identifies the tenant in the database.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TenantHash(Arc<str>);

impl TenantHash {
    #[must_use]
    pub fn of(id: &TenantId) -> Self {
        Self(hex(&Sha256::digest(id.expose().as_bytes())).into())
    }

    /// A hash that was stored in the database.
    pub fn from_row(text: String) -> Self {
        Self(text.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The beginning, as logs and the operator's commands show it.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

/// The seal does not open: the key or the record is another one, or a byte was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the seal does not open")]
pub struct SealError;

/// One of the server's encryption keys. It cannot be cloned, so that its text is in one place in memory.
#[derive(Debug)]
pub struct ServerKey {
    id: String,
    text: SecretString,
}

impl ServerKey {
    #[must_use]
    pub fn new(text: SecretString) -> Self {
        let derived = derive(text.expose_secret().as_bytes(), SERVER_KEY_ID);
        Self { id: hex(derived.get(..4).unwrap_or_default()), text }
    }

    /// Eight hexadecimal digits that identify the key without revealing it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Why this key must not seal a new database; `None` if it may.
    #[must_use]
    pub fn weakness(&self) -> Option<KeyWeakness> {
        strength::weakness(self.text.expose_secret())
    }

    /// Seals `text` for one column of one record. It opens nowhere else.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn seal(
        &self,
        entropy: &dyn Entropy,
        column: &str,
        record: &str,
        text: &[u8],
    ) -> Result<String, EntropyError> {
        seal(self.text.expose_secret().as_bytes(), SERVER_KEY, entropy, &associated(column, record), text)
    }

    /// Opens what [`Self::seal`] sealed for the same column and record.
    ///
    /// # Errors
    /// The seal does not open.
    pub fn open(&self, column: &str, record: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        open(self.text.expose_secret().as_bytes(), SERVER_KEY, &associated(column, record), sealed)
    }

    /// Opens what the TypeScript Worker encrypted: AES-256-GCM under the SHA-256 of the key's text, without associated data.
    ///
    /// # Errors
    /// The seal does not open.
    pub fn open_former(&self, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let key = Zeroizing::new(Sha256::digest(self.text.expose_secret().as_bytes()).into());
        decrypt(&key, &[], sealed)
    }
}

/// Seals `text` under a tenant's id (the inner seal).
///
/// # Errors
/// The system has no random bytes.
pub fn seal_for(tenant: &TenantId, entropy: &dyn Entropy, text: &[u8]) -> Result<String, EntropyError> {
    let record = TenantHash::of(tenant);
    seal(
        tenant.expose().as_bytes(),
        TENANT_KEY,
        entropy,
        &associated("credentials/inner", record.as_str()),
        text,
    )
}

/// Opens what [`seal_for`] sealed for the same tenant.
///
/// # Errors
/// The seal does not open.
pub fn open_for(tenant: &TenantId, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let record = TenantHash::of(tenant);
    open(tenant.expose().as_bytes(), TENANT_KEY, &associated("credentials/inner", record.as_str()), sealed)
}

/// A keyed hash of `value`, by which a person's records are found without storing who the person is.
pub fn tag(index_secret: &[u8], kind: &str, value: &str) -> String {
    let key = derive(index_secret, INDEX_KEY);
    // HMAC accepts keys of any length, so this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_slice()) else { return String::new() };
    mac.update(kind.as_bytes());
    mac.update(&[0]);
    mac.update(value.trim().to_lowercase().as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// The associated data: version, column and record, so that a value that was moved elsewhere does not open.
fn associated(column: &str, record: &str) -> Vec<u8> {
    format!("v1\0{column}\0{record}").into_bytes()
}

fn derive(secret: &[u8], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    // This fails only for more than 8160 bytes.
    let _ = Hkdf::<Sha256>::new(None, secret).expand(purpose, key.as_mut_slice());
    key
}

fn seal(
    secret: &[u8],
    purpose: &[u8],
    entropy: &dyn Entropy,
    aad: &[u8],
    msg: &[u8],
) -> Result<String, EntropyError> {
    let mut nonce = [0; NONCE];
    entropy.fill(&mut nonce)?;
    let key = derive(secret, purpose);
    let cipher = Aes256Gcm::new((&*key).into());
    let sealed = cipher.encrypt(&nonce.into(), Payload { msg, aad }).map_err(|_| EntropyError)?;
    Ok(BASE64_STANDARD.encode([nonce.as_slice(), &sealed].concat()))
}

fn open(secret: &[u8], purpose: &[u8], aad: &[u8], sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
    decrypt(&derive(secret, purpose), aad, sealed)
}

/// Base64 of nonce, ciphertext and tag.
fn decrypt(key: &[u8; 32], aad: &[u8], sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let bytes = BASE64_STANDARD.decode(sealed).map_err(|_| SealError)?;
    let (nonce, msg) = bytes.split_at_checked(NONCE).ok_or(SealError)?;
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| SealError)?;
    let cipher = Aes256Gcm::new(key.into());
    cipher.decrypt(&nonce.into(), Payload { msg, aad }).map(Zeroizing::new).map_err(|_| SealError)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct CountingEntropy(std::sync::atomic::AtomicU8);

    impl Entropy for CountingEntropy {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
            Ok(())
        }
    }

    fn key(text: &str) -> ServerKey {
        ServerKey::new(text.to_owned().into())
    }

    #[test]
    fn seal_opens_only_with_its_key_column_and_record() {
        let entropy = CountingEntropy(Default::default());
        let sealed = key("one").seal(&entropy, "column", "record", b"text").unwrap();
        assert_eq!(key("one").open("column", "record", &sealed), Ok(Zeroizing::new(b"text".to_vec())));
        assert_eq!(key("two").open("column", "record", &sealed), Err(SealError));
        assert_eq!(key("one").open("other", "record", &sealed), Err(SealError));
        assert_eq!(key("one").open("column", "other", &sealed), Err(SealError));
        assert_ne!(key("one").seal(&entropy, "column", "record", b"text").unwrap(), sealed);
        for broken in ["", "AAAA", "not base64!", &sealed[..sealed.len() - 4]] {
            assert_eq!(key("one").open("column", "record", broken), Err(SealError), "{broken}");
        }
    }

    #[test]
    fn inner_seal_opens_only_with_its_tenant_id() {
        let (one, two) = (TenantId::from_random([1; 16]), TenantId::from_random([2; 16]));
        let sealed = seal_for(&one, &CountingEntropy(Default::default()), b"text").unwrap();
        assert_eq!(open_for(&one, &sealed), Ok(Zeroizing::new(b"text".to_vec())));
        assert_eq!(open_for(&two, &sealed), Err(SealError));
    }

    #[test]
    fn tags_ignore_case_and_differ_by_kind() {
        assert_eq!(tag(b"s", "email", " A@example.com"), tag(b"s", "email", "a@example.com"));
        assert_ne!(tag(b"s", "email", "a"), tag(b"s", "account", "a"));
        assert_ne!(tag(b"s", "email", "a"), tag(b"t", "email", "a"));
    }

    /// Compiles only if each of them is overwritten when it is dropped.
    #[test]
    fn keys_and_opened_texts_are_wiped_when_dropped() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let entropy = CountingEntropy(Default::default());
        let tenant = TenantId::from_random([1; 16]);
        let key = key("one");
        is_wiped(&key.text);
        is_wiped(&derive(b"secret", SERVER_KEY));
        is_wiped(
            &key.open("column", "record", &key.seal(&entropy, "column", "record", b"text").unwrap()).unwrap(),
        );
        is_wiped(&open_for(&tenant, &seal_for(&tenant, &entropy, b"text").unwrap()).unwrap());
        is_wiped(&Aes256Gcm::new(&[0; 32].into()));
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", key("very-secret-key")).contains("very-secret"));
    }
}
