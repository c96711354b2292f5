//! The tokens of a sign-in as credentials of requests to Jira.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Caller, SignIn, Source, error};
use crate::{
    config::JiraSite,
    ports::Versioned,
    upstream::{Authorize, Authorized, CallLimits, Error, ErrorKind, SignInError, bearer},
};

/// Authorizes the requests of one call.
pub struct Authorizer {
    pub source: Arc<Source>,
    /// How the caller can be asked to sign in, if a person is there.
    pub sign_in: Option<CallSignIn>,
}

/// A way to sign in during one call.
pub struct CallSignIn {
    pub sign_in: Arc<dyn SignIn>,
    pub caller: Arc<dyn Caller>,
    /// The limits of the call, whose clock stops while a person signs in.
    pub limits: Arc<CallLimits>,
}

impl Authorizer {
    /// If no one is signed in, asks the caller to, and then reads the new tokens.
    async fn or_after_sign_in(&self, outcome: Result<Versioned, Error>) -> Result<Authorized, Error> {
        let found = match (outcome, &self.sign_in) {
            (
                Err(Error { kind: ErrorKind::SignIn(SignInError::Needed), .. }),
                Some(CallSignIn { sign_in, caller, limits }),
            ) => {
                limits.off_the_clock(sign_in.wait(&**caller)).await?;
                self.source.fresh().await?
            }
            (outcome, _) => outcome?,
        };
        self.authorized(&found)
            .ok_or_else(|| error(SignInError::Store { why: "it contains no valid tokens".into() }))
    }

    fn authorized(&self, found: &Versioned) -> Option<Authorized> {
        let tokens = &found.tokens;
        let id = JiraSite::is_cloud_id(&tokens.cloud_id).then_some(&tokens.cloud_id)?;
        let mut base = self.source.gateway.clone();
        base.set_path(&format!("{}/ex/jira/{id}", base.path().trim_end_matches('/')));
        Some(Authorized {
            base,
            header: bearer(&tokens.access)?,
            secrets: Arc::new([tokens.access.clone()]),
            version: found.version,
        })
    }
}

#[async_trait]
impl Authorize for Authorizer {
    async fn current(&self) -> Result<Authorized, Error> {
        self.or_after_sign_in(self.source.fresh().await).await
    }

    async fn renewed(&self, refused: &Authorized) -> Result<Authorized, Error> {
        self.or_after_sign_in(self.source.after_refusal(refused.version).await).await
    }
}
