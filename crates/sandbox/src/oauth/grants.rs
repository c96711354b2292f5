//! The authorization codes and tokens that the login has issued, with the consent behind each.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::model::UserIndex;

#[derive(Debug, Default)]
pub(crate) struct OAuthGrants {
    pub(super) codes: HashMap<String, AuthorizationCode>,
    pub(super) refresh_tokens: HashMap<String, RefreshToken>,
    pub(super) access_tokens: HashMap<String, AccessToken>,
    issued: u64,
}

/// What a user has consented to.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) user: UserIndex,
    /// Separated by spaces.
    pub(crate) scope: String,
    /// The number of the consent. All tokens that rotation derives from it share it.
    pub(super) family: u64,
}

#[derive(Debug)]
pub(super) struct AuthorizationCode {
    pub(super) grant: Grant,
    pub(super) redirect_uri: String,
    /// The S256 challenge, if the client sent one.
    pub(super) challenge: Option<String>,
    pub(super) expires: Timestamp,
}

#[derive(Debug)]
pub(super) struct RefreshToken {
    pub(super) grant: Grant,
    pub(super) used: bool,
}

#[derive(Debug)]
pub(super) struct AccessToken {
    pub(super) grant: Grant,
    pub(super) expires: Timestamp,
}

impl OAuthGrants {
    /// The grant behind an access token that has not expired.
    pub(crate) fn find(&self, access_token: &str, now: Timestamp) -> Option<Grant> {
        let token = self.access_tokens.get(access_token).filter(|token| now < token.expires);
        token.map(|token| token.grant.clone())
    }

    pub(crate) fn revoke_access_tokens(&mut self) {
        self.access_tokens.clear();
    }

    /// Revokes all tokens that come from one consent.
    pub(super) fn revoke_family(&mut self, family: u64) {
        self.refresh_tokens.retain(|_, token| token.grant.family != family);
        self.access_tokens.retain(|_, token| token.grant.family != family);
    }

    /// A number for the next code or token. It is counted, not random, so that the same requests give the same
    /// tokens.
    pub(super) fn next_number(&mut self) -> u64 {
        self.issued += 1;
        self.issued
    }
}
