//! Valid access tokens for the person who signed in, refreshed by one process at a time.
//!
//! Deliberately elsewhere: the requests to the login (`oauth`), where tokens are stored (`ports::TokenStore`), and the
//! browser (the binary).

mod authorizer;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use url::Url;

use crate::{
    config::{JiraAuth, JiraConfig, JiraSite},
    oauth::{self, AuthorizationRequest, Grant, RefreshError},
    ports::{Caller, Claim, Ports, Swap, TokenStore, TokenStoreError, Tokens, Version, Versioned},
    upstream::{Error, ErrorKind, SignInError, Vendor},
};

pub use authorizer::{Authorizer, CallSignIn};

/// An access token is renewed when less than this is left of it, or less than a fifth of its lifetime if that is shorter.
const MARGIN: Duration = Duration::from_secs(300);
/// How often the store is read while another process refreshes.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
const MAX_REFRESH: Duration = Duration::from_secs(10);

/// Lets a person at this machine sign in. Only a local server offers it.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// Starts a sign-in, or joins the one in progress, and waits until it ends or the call must return.
    ///
    /// # Errors
    /// It is not finished yet, or why it failed.
    async fn wait(&self, caller: &dyn Caller) -> Result<(), Error>;
}

/// The tokens of one Jira site.
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
    /// `None` if this configuration does not use OAuth.
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

    /// The stored tokens, whether or not they have expired.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn stored(&self) -> Result<Option<Versioned>, Error> {
        self.store.load(&self.key).await.map_err(of_store)
    }

    /// Tokens that are valid for some time, renewed if necessary.
    ///
    /// # Errors
    /// No one is signed in, or the tokens could not be renewed.
    pub async fn fresh(&self) -> Result<Versioned, Error> {
        match self.stored().await? {
            Some(found) if self.is_due(&found.tokens) => self.renew(found).await,
            Some(found) => Ok(found),
            None => Err(error(SignInError::Needed)),
        }
    }

    /// Other tokens than those of version `refused`, which the vendor refused before they expired.
    ///
    /// # Errors
    /// No one is signed in, or the tokens could not be renewed.
    pub async fn after_refusal(&self, refused: Version) -> Result<Versioned, Error> {
        match self.stored().await? {
            Some(found) if found.version == refused || self.is_due(&found.tokens) => self.renew(found).await,
            Some(found) => Ok(found),
            None => Err(error(SignInError::Needed)),
        }
    }

    /// Exchanges the code of a callback for tokens and stores them.
    ///
    /// # Errors
    /// The login refused, the user gave no access to the site, or the store cannot be written.
    pub async fn sign_in(&self, request: Arc<AuthorizationRequest>, code: SecretString) -> Result<(), Error> {
        let this = self.clone();
        let work = async move {
            let grant = this.login.exchange(&request, &code).await?;
            let cloud_id = this.login.cloud_id(&grant.access, &this.site).await?;
            let tokens = this.tokens(grant, None, cloud_id);
            this.replace(Some(&tokens)).await
        };
        self.ports.finish(work).await.unwrap_or_else(|| Err(error(SignInError::Busy)))
    }

    /// Deletes the tokens of this site. `false` if there were none.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn sign_out(&self) -> Result<bool, Error> {
        let found = self.stored().await?.is_some();
        if found {
            self.replace(None).await?;
        }
        Ok(found)
    }

    /// Stores `tokens` regardless of what is stored now, or deletes what is stored.
    async fn replace(&self, tokens: Option<&Tokens>) -> Result<(), Error> {
        let mut seen = self.stored().await?.map(|it| it.version);
        while let Swap::Stale(now) = self.store.swap(&self.key, seen, tokens).await.map_err(of_store)? {
            seen = now.map(|it| it.version);
        }
        Ok(())
    }

    /// Refreshes the tokens, or waits for the process that does.
    async fn renew(&self, mut found: Versioned) -> Result<Versioned, Error> {
        let deadline = self.now().checked_add(MAX_REFRESH).unwrap_or(Timestamp::MAX);
        loop {
            let now = match self.store.claim(&self.key, found.version).await.map_err(of_store)? {
                Claim::Won(held) => {
                    let this = self.clone();
                    let work = async move {
                        let outcome = this.refresh(found).await;
                        drop(held);
                        outcome
                    };
                    // Once the refresh is sent, the new tokens have to be stored even if the caller has gone.
                    return self.ports.finish(work).await.unwrap_or_else(|| Err(error(SignInError::Busy)));
                }
                Claim::Taken if self.now() >= deadline => return Err(error(SignInError::Busy)),
                Claim::Taken => {
                    self.ports.clock.sleep(POLL_INTERVAL).await;
                    self.stored().await?
                }
                Claim::Stale(now) => now,
            };
            let now = now.ok_or_else(|| error(SignInError::Needed))?;
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
            None => Err(RefreshError::Expired),
        };
        let new = match grant {
            Ok(grant) => Some(self.tokens(grant, old.refresh, old.cloud_id)),
            Err(RefreshError::Expired) => None,
            Err(RefreshError::Upstream(error)) => return Err(error),
        };
        match (self.store.swap(&self.key, Some(version), new.as_ref()).await.map_err(of_store)?, new) {
            (Swap::Stored(version), Some(tokens)) => Ok(Versioned { tokens, version }),
            // A process without a claim was faster, so its tokens are the valid ones.
            (Swap::Stale(Some(now)), _) => Ok(now),
            (Swap::Stored(_), None) | (Swap::Stale(None), _) => Err(error(SignInError::Needed)),
        }
    }

    /// Tokens as they are stored. Without a new refresh token, the old one stays valid.
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
            // It cannot be renewed, so it is used until it expires.
            None => Duration::ZERO,
        };
        let margin = SignedDuration::try_from(margin).unwrap_or(SignedDuration::ZERO);
        tokens.expires_at.duration_since(self.now()) <= margin
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }
}

/// A sign-in error as an error of a request.
#[must_use]
pub fn error(why: SignInError) -> Error {
    Error { vendor: Vendor::Login, kind: ErrorKind::SignIn(why) }
}

fn of_store(it: TokenStoreError) -> Error {
    error(SignInError::Store { why: it.0 })
}
