//! A tenant's id: the secret part of a personal URL.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// A tenant's id: `u_` and 22 base64url characters of 128 random bits. Ids of the TypeScript server have 20 to 32
/// characters.
///
/// Anyone who knows it can act as the tenant, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct TenantId(String);

impl TenantId {
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(format!("u_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TenantId(…)")
    }
}

impl FromStr for TenantId {
    type Err = ();

    /// Accepts only an exact id. Nothing is trimmed or decoded, and malformed ids are never looked up.
    fn from_str(text: &str) -> Result<Self, ()> {
        let secret = text.strip_prefix("u_").ok_or(())?;
        let plain = secret.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
        if plain && (20..=32).contains(&secret.len()) { Ok(Self(text.into())) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_ids_parse() {
        let id = TenantId::from_random([255; 16]);
        assert_eq!(id.expose().len(), 24);
        assert_eq!(id.expose().parse(), Ok(id.clone()));
        assert_eq!(format!("{id:?}"), "TenantId(…)");
        for text in [
            "",
            "u_",
            "u_short",
            "x_0123456789012345678901",
            "u_01234567890123456789/..",
            "u_01234567890123456789%2e",
            " u_0123456789012345678901",
            "u_012345678901234567890123456789012",
        ] {
            assert!(text.parse::<TenantId>().is_err(), "{text}");
        }
    }
}
