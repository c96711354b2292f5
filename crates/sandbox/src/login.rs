//! The Atlassian login (OAuth 2.0, three-legged): consent, tokens with rotation, accessible resources. As in
//! the real one, PKCE is checked but does not replace the client secret.

mod consent;
mod tokens;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::{
    answer::Answer,
    call::Call,
    settings::Settings,
    state::State,
    world::{UserIndex, World},
};

#[derive(Debug, Default)]
pub(crate) struct Login {
    codes: HashMap<String, Code>,
    refresh_tokens: HashMap<String, Refresh>,
    access_tokens: HashMap<String, Access>,
    issued: u64,
}

/// Who consented to what.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) user: UserIndex,
    /// Separated by spaces.
    pub(crate) scope: String,
    /// The consent that this came from; all tokens of one rotation share it.
    family: u64,
}

#[derive(Debug)]
struct Code {
    grant: Grant,
    redirect_uri: String,
    /// The S256 challenge, where one was sent.
    challenge: Option<String>,
    expires: Timestamp,
}

#[derive(Debug)]
struct Refresh {
    grant: Grant,
    used: bool,
}

#[derive(Debug)]
struct Access {
    grant: Grant,
    expires: Timestamp,
}

impl Login {
    /// The grant behind an access token that has not expired.
    pub(crate) fn access(&self, token: &str, now: Timestamp) -> Option<Grant> {
        self.access_tokens.get(token).filter(|access| now < access.expires).map(|access| access.grant.clone())
    }

    pub(crate) fn end_access_tokens(&mut self) {
        self.access_tokens.clear();
    }

    /// Counted, not random: the same requests give the same tokens.
    fn next_number(&mut self) -> u64 {
        self.issued += 1;
        self.issued
    }
}

/// What the login's handlers work with.
struct Desk<'a> {
    login: &'a mut Login,
    world: &'a World,
    settings: &'a Settings,
    call: &'a Call,
    now: Timestamp,
}

impl Desk<'_> {
    fn in_seconds(&self, seconds: u64) -> Timestamp {
        let lifetime = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.now.checked_add(lifetime).unwrap_or(Timestamp::MAX)
    }
}

pub(crate) fn answer(state: &mut State, call: &Call, segments: &[&str], now: Timestamp) -> Option<Answer> {
    let State { login, world, settings, .. } = state;
    let mut desk = Desk { login, world, settings, call, now };
    let outcome = match (call.method.as_str(), segments) {
        ("GET", ["authorize"]) => consent::show(&mut desk),
        ("POST", ["authorize"]) => consent::decide(&mut desk),
        ("POST", ["oauth", "token"]) => tokens::issue(&mut desk),
        ("GET", ["oauth", "token", "accessible-resources"]) => tokens::resources(&desk),
        _ => return None,
    };
    Some(outcome.unwrap_or_else(|refused| refused))
}
