//! A fresh access token for whoever signed in, or why there is none; one refresh at a time, by claim.
//!
//! Deliberately elsewhere: what the login is asked (`oauth`), where tokens are kept (`ports::TokenStore`), and the
//! browser (the edge).

mod authorizer;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use url::Url;

use crate::{
    config::{JiraAuth, JiraConfig, JiraSite},
    oauth::{self, Attempt, Grant, RefreshError},
    ports::{Claim, Ports, Swap, TokenStore, TokenStoreError, Tokens, Version, Versioned},
    upstream::{Error, ErrorKind, SignIn as Why, Vendor},
};

pub use authorizer::Authorizer;

/// An access token is renewed when less than this is left of it, or a fifth of its life where that is shorter.
const MARGIN: Duration = Duration::from_secs(300);
/// While somebody else refreshes.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
const LONGEST_REFRESH: Duration = Duration::from_secs(10);

/// Lets whoever sits at this machine sign in. Local only.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// Begins a sign-in or joins the one that waits, and waits for its end as long as a call may.
    ///
    /// # Errors
    /// It waits still, or why it ended.
    async fn wait(&self, caller: &dyn Caller) -> Result<(), Error>;
}

/// Whoever waits for a call's answer.
#[async_trait]
pub trait Caller: Send + Sync {
    /// Offers the address where the client can show it.
    async fn show(&self, url: &Url) -> Shown;

    /// Tells that the call waits.
    fn waiting(&self, waited: Duration, of: Duration, url: Option<&Url>);
}

/// What a client does with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It cannot show any.
    Not,
    /// It opens it.
    Opens,
    /// It does so when it gets it as this call's answer, and then calls again.
    AsAnswer,
    Declined,
}

/// The tokens of one site.
#[derive(Clone)]
pub struct Source {
    store: Arc<dyn TokenStore>,
    login: oauth::Client,
    site: JiraSite,
    key: String,
    gateway: Url,
    ports: Ports,
}

impl Source {
    /// `None`: this configuration signs in otherwise.
    #[must_use]
    pub fn new(jira: &JiraConfig, store: Arc<dyn TokenStore>, ports: &Ports) -> Option<Self> {
        let JiraAuth::OAuth(app) = &jira.auth else { return None };
        Some(Self {
            store,
            login: oauth::Client::new(app, &jira.gateway, ports),
            key: jira.site.to_string(),
            site: jira.site.clone(),
            gateway: jira.gateway.clone(),
            ports: ports.clone(),
        })
    }

    /// What is stored, without a look at its age.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn stored(&self) -> Result<Option<Versioned>, Error> {
        self.store.load(&self.key).await.map_err(of_store)
    }

    /// Tokens that are good for a while.
    ///
    /// # Errors
    /// Nobody is signed in, or they could not be renewed.
    pub async fn fresh(&self) -> Result<Versioned, Error> {
        match self.stored().await? {
            Some(found) if self.is_due(&found.tokens) => self.renew(found).await,
            Some(found) => Ok(found),
            None => Err(error(Why::Needed)),
        }
    }

    /// Others than those that were refused before their time.
    ///
    /// # Errors
    /// As [`Self::fresh`].
    pub async fn after_refusal(&self, refused: Version) -> Result<Versioned, Error> {
        match self.stored().await? {
            Some(found) if found.version == refused || self.is_due(&found.tokens) => self.renew(found).await,
            Some(found) => Ok(found),
            None => Err(error(Why::Needed)),
        }
    }

    /// Exchanges the code of a callback, and keeps what it gives.
    ///
    /// # Errors
    /// The login refused, the site is not among those consented to, or the store cannot be written.
    pub async fn sign_in(&self, attempt: Arc<Attempt>, code: SecretString) -> Result<(), Error> {
        let this = self.clone();
        let work = async move {
            let grant = this.login.exchange(&attempt, &code).await?;
            let cloud_id = this.login.cloud_id(&grant.access, &this.site).await?;
            let tokens = this.tokens(grant, None, cloud_id);
            this.keep(Some(&tokens)).await
        };
        self.ports.finish(work).await.unwrap_or_else(|| Err(error(Why::Busy)))
    }

    /// Forgets the tokens of this site; whether there were any.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn sign_out(&self) -> Result<bool, Error> {
        let found = self.stored().await?.is_some();
        if found {
            self.keep(None).await?;
        }
        Ok(found)
    }

    /// Puts them in the place of whatever is there.
    async fn keep(&self, tokens: Option<&Tokens>) -> Result<(), Error> {
        let mut seen = self.stored().await?.map(|it| it.version);
        while let Swap::Stale(now) = self.store.swap(&self.key, seen, tokens).await.map_err(of_store)? {
            seen = now.map(|it| it.version);
        }
        Ok(())
    }

    /// One of all that want it refreshes; the others wait for what it stores.
    async fn renew(&self, mut found: Versioned) -> Result<Versioned, Error> {
        let given_up = self.now().checked_add(LONGEST_REFRESH).unwrap_or(Timestamp::MAX);
        loop {
            let now = match self.store.claim(&self.key, found.version).await.map_err(of_store)? {
                Claim::Won(held) => {
                    let this = self.clone();
                    let work = async move {
                        let outcome = this.refresh(found).await;
                        drop(held);
                        outcome
                    };
                    // Once it is sent it has to be stored, also if whoever asked has gone.
                    return self.ports.finish(work).await.unwrap_or_else(|| Err(error(Why::Busy)));
                }
                Claim::Taken if self.now() >= given_up => return Err(error(Why::Busy)),
                Claim::Taken => {
                    self.ports.clock.sleep(LOOK_AGAIN).await;
                    self.stored().await?
                }
                Claim::Stale(now) => now,
            };
            let now = now.ok_or_else(|| error(Why::Needed))?;
            if now.version != found.version && !self.is_due(&now.tokens) {
                return Ok(now);
            }
            found = now;
        }
    }

    async fn refresh(&self, found: Versioned) -> Result<Versioned, Error> {
        let Versioned { tokens: old, version } = found;
        let grant = match &old.refresh {
            Some(token) => self.login.refresh(token).await,
            None => Err(RefreshError::Ended),
        };
        let new = match grant {
            Ok(grant) => Some(self.tokens(grant, old.refresh, old.cloud_id)),
            Err(RefreshError::Ended) => None,
            Err(RefreshError::Upstream(error)) => return Err(error),
        };
        match (self.store.swap(&self.key, Some(version), new.as_ref()).await.map_err(of_store)?, new) {
            (Swap::Stored(version), Some(tokens)) => Ok(Versioned { tokens, version }),
            // Somebody who knows no claims was quicker: theirs are the ones that live.
            (Swap::Stale(Some(now)), _) => Ok(now),
            (Swap::Stored(_), None) | (Swap::Stale(None), _) => Err(error(Why::Needed)),
        }
    }

    /// A login that gives no new refresh token leaves the old one in force.
    fn tokens(&self, grant: Grant, refresh: Option<SecretString>, cloud_id: String) -> Tokens {
        let life = SignedDuration::try_from(grant.lifetime).unwrap_or(SignedDuration::ZERO);
        Tokens {
            access: grant.access,
            refresh: grant.refresh.or(refresh),
            expires_at: self.now().checked_add(life).unwrap_or(Timestamp::MAX),
            lifetime: (grant.lifetime / 5 < MARGIN).then_some(grant.lifetime),
            cloud_id,
        }
    }

    fn is_due(&self, tokens: &Tokens) -> bool {
        let margin = match tokens.refresh {
            Some(_) => tokens.lifetime.map_or(MARGIN, |it| (it / 5).min(MARGIN)),
            // Nothing can be renewed: it is good to its end.
            None => Duration::ZERO,
        };
        let margin = SignedDuration::try_from(margin).unwrap_or(SignedDuration::ZERO);
        tokens.expires_at.duration_since(self.now()) <= margin
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }
}

/// Why nobody is signed in, as every failure of a request is told.
#[must_use]
pub fn error(why: Why) -> Error {
    Error { vendor: Vendor::Login, kind: ErrorKind::SignIn(why) }
}

fn of_store(failure: TokenStoreError) -> Error {
    error(Why::Store { why: failure.0 })
}
