//! Atlassian's login: OAuth 2.0 (3LO), the authorization code flow with PKCE and the app's secret.
//!
//! <https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/>
//!
//! Deliberately elsewhere: keeping the tokens (`tokens`), and listening for the callback (the edge).

mod attempt;

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    config::{JiraSite, OAuthApp},
    ports::Ports,
    upstream::{Call, Error, ErrorKind, Gate, SignIn, Upstream, Vendor, bearer},
};

pub use attempt::{Attempt, Callback, UnrelatedCallback};

/// Read issues and one's own profile, and stay signed in.
pub const SCOPES: &str = "read:jira-user read:jira-work offline_access";

/// One app at Atlassian's login.
#[derive(Clone)]
pub struct Client {
    upstream: Upstream,
    app: OAuthApp,
    gateway: Url,
}

/// What the login gives for a code or a refresh token.
pub struct Grant {
    pub access: SecretString,
    pub refresh: Option<SecretString>,
    pub lifetime: Duration,
}

/// Why a refresh gave nothing.
pub enum RefreshError {
    /// The refresh token is used up, withdrawn or too old: nothing but a new sign-in helps.
    Ended,
    Upstream(Error),
}

impl Client {
    #[must_use]
    pub fn new(app: &OAuthApp, gateway: &Url, ports: &Ports) -> Self {
        let upstream = Upstream {
            vendor: Vendor::Login,
            ports: ports.clone(),
            gate: Arc::new(Gate::new(Arc::default(), false)),
            secrets: Arc::new([]),
            caller: None,
            telemetry: None,
        };
        Self { upstream, app: app.clone(), gateway: gateway.clone() }
    }

    /// The tokens for a code.
    ///
    /// # Errors
    /// The login refused, or could not be reached.
    pub async fn exchange(&self, attempt: &Attempt, code: &SecretString) -> Result<Grant, Error> {
        let asked = Asked::Code {
            code: code.expose_secret(),
            redirect_uri: &attempt.redirect,
            code_verifier: attempt.verifier.expose_secret(),
        };
        self.ask(&asked, vec![code.clone(), attempt.verifier.clone()]).await
    }

    /// New tokens for a refresh token, which ends with this.
    ///
    /// # Errors
    /// See [`RefreshError`].
    pub async fn refresh(&self, refresh: &SecretString) -> Result<Grant, RefreshError> {
        let asked = Asked::Refresh { refresh_token: refresh.expose_secret() };
        self.ask(&asked, vec![refresh.clone()]).await.map_err(|error| {
            let words = match &error.kind {
                ErrorKind::Forbidden(words) | ErrorKind::Invalid(words) => words.as_slice(),
                _ => &[],
            };
            let ended = words.iter().any(|it| it == "invalid_grant");
            if ended { RefreshError::Ended } else { RefreshError::Upstream(error) }
        })
    }

    async fn ask(&self, asked: &Asked<'_>, mut secrets: Vec<SecretString>) -> Result<Grant, Error> {
        secrets.push(self.app.client_secret.clone());
        let upstream = Upstream { secrets: secrets.into(), ..self.upstream.clone() };
        let body = Request {
            client_id: &self.app.client_id,
            client_secret: self.app.client_secret.expose_secret(),
            asked,
        };
        let call = Call::post(&["oauth", "token"], &body);
        let answer: Response = upstream.json(&self.app.login, None, &call).await?.body;
        Ok(Grant {
            access: answer.access_token.into(),
            refresh: answer.refresh_token.map(Into::into),
            lifetime: Duration::from_secs(answer.expires_in),
        })
    }

    /// The cloud id of `site`, if this access token reaches it.
    ///
    /// # Errors
    /// It reaches other sites only; or as every request.
    pub async fn cloud_id(&self, access: &SecretString, site: &JiraSite) -> Result<String, Error> {
        let upstream = Upstream { secrets: Arc::new([access.clone()]), ..self.upstream.clone() };
        let header = bearer(access).ok_or_else(|| self.malformed())?;
        let call = Call::get(&["oauth", "token", "accessible-resources"]);
        let found: Vec<Resource> = upstream.json(&self.gateway, Some(&header), &call).await?.body;
        match found.iter().find(|it| site.is_at(&it.url, &it.id)) {
            Some(resource) if JiraSite::is_cloud_id(&resource.id) => Ok(resource.id.clone()),
            Some(_) => Err(self.malformed()),
            None => {
                let mut reachable: Vec<String> = found.into_iter().map(|it| it.url).collect();
                reachable.dedup();
                Err(self.upstream.error(ErrorKind::SignIn(SignIn::OtherSites { reachable })))
            }
        }
    }

    fn malformed(&self) -> Error {
        self.upstream.error(ErrorKind::Malformed { looks_like: "JSON of another shape" })
    }
}

#[derive(Serialize)]
struct Request<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    #[serde(flatten)]
    asked: &'a Asked<'a>,
}

#[derive(Serialize)]
#[serde(tag = "grant_type")]
enum Asked<'a> {
    #[serde(rename = "authorization_code")]
    Code { code: &'a str, redirect_uri: &'a str, code_verifier: &'a str },
    #[serde(rename = "refresh_token")]
    Refresh { refresh_token: &'a str },
}

#[derive(Deserialize)]
struct Response {
    access_token: String,
    #[serde(default)]
    refresh_token: Option<String>,
    expires_in: u64,
}

#[derive(Deserialize)]
struct Resource {
    id: String,
    url: String,
}
