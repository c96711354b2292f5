//! Atlassian's login: OAuth 2.0 (3LO), the authorization code flow with PKCE and the app's secret.
//!
//! <https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/>
//!
//! Deliberately elsewhere: storing the tokens (`tokens`), and listening for the callback (the binary).

mod authorization_request;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    config::{JiraSite, OAuthApp},
    ports::Ports,
    upstream::{Call, Error, ErrorKind, SignInError, Upstream, Vendor, bearer},
};

pub use authorization_request::{AuthorizationRequest, Callback, UnrelatedCallback};

/// The scopes to read issues and the user's own profile, and to stay signed in.
pub const SCOPES: &str = "read:jira-user read:jira-work offline_access";

/// A client of Atlassian's login for one app.
#[derive(Clone)]
pub struct Client {
    upstream: Upstream,
    app: OAuthApp,
    gateway: Url,
}

/// The tokens that the login issues for a code or a refresh token.
pub struct Grant {
    pub access: SecretString,
    pub refresh: Option<SecretString>,
    pub lifetime: Duration,
}

/// Why a refresh failed.
pub enum RefreshError {
    /// The refresh token was used, revoked or has expired, so a new sign-in is needed.
    Expired,
    Upstream(Error),
}

impl Client {
    #[must_use]
    pub fn new(app: &OAuthApp, gateway: &Url, ports: &Ports) -> Self {
        Self { upstream: Upstream::new(Vendor::Login, ports, []), app: app.clone(), gateway: gateway.clone() }
    }

    /// Exchanges a code for tokens.
    ///
    /// # Errors
    /// The login refused, or could not be reached.
    pub async fn exchange(
        &self,
        request: &AuthorizationRequest,
        code: &SecretString,
    ) -> Result<Grant, Error> {
        let parameters = GrantParameters::Code {
            code: code.expose_secret(),
            redirect_uri: &request.redirect,
            code_verifier: request.verifier.expose_secret(),
        };
        self.request(&parameters, vec![code.clone(), request.verifier.clone()]).await
    }

    /// Exchanges a refresh token for new tokens. The login accepts each refresh token once.
    ///
    /// # Errors
    /// The refresh token is no longer valid, or the login could not be asked.
    pub async fn refresh(&self, refresh: &SecretString) -> Result<Grant, RefreshError> {
        let parameters = GrantParameters::Refresh { refresh_token: refresh.expose_secret() };
        self.request(&parameters, vec![refresh.clone()]).await.map_err(|error| match error.kind {
            ErrorKind::InvalidGrant(_) => RefreshError::Expired,
            _ => RefreshError::Upstream(error),
        })
    }

    async fn request(
        &self,
        parameters: &GrantParameters<'_>,
        mut secrets: Vec<SecretString>,
    ) -> Result<Grant, Error> {
        secrets.push(self.app.client_secret.clone());
        let upstream = Upstream { secrets: secrets.into(), ..self.upstream.clone() };
        let body = TokenRequest {
            client_id: &self.app.client_id,
            client_secret: self.app.client_secret.expose_secret(),
            parameters,
        };
        let call = Call::post(&["oauth", "token"], &body);
        let response: TokenResponse = upstream.json(&self.app.login, None, &call).await?.body;
        Ok(Grant {
            access: response.access_token.into(),
            refresh: response.refresh_token.map(Into::into),
            lifetime: Duration::from_secs(response.expires_in),
        })
    }

    /// The cloud id of `site`, if this access token has access to it.
    ///
    /// # Errors
    /// The token has access to other sites only, or the login could not be asked.
    pub async fn cloud_id(&self, access: &SecretString, site: &JiraSite) -> Result<String, Error> {
        let upstream = Upstream { secrets: [access.clone()].into(), ..self.upstream.clone() };
        let header = bearer(access).ok_or_else(|| self.malformed())?;
        let call = Call::get(&["oauth", "token", "accessible-resources"]);
        let found: Vec<Resource> = upstream.json(&self.gateway, Some(&header), &call).await?.body;
        match found.iter().find(|it| site.is_at(&it.url, &it.id)) {
            Some(resource) if JiraSite::is_cloud_id(&resource.id) => Ok(resource.id.clone()),
            Some(_) => Err(self.malformed()),
            None => {
                let mut reachable: Vec<String> = found.into_iter().map(|it| it.url).collect();
                reachable.dedup();
                Err(self.upstream.error(ErrorKind::SignIn(SignInError::OtherSites { reachable })))
            }
        }
    }

    fn malformed(&self) -> Error {
        self.upstream.error(ErrorKind::Malformed { looks_like: "JSON of another shape" })
    }
}

#[derive(Serialize)]
struct TokenRequest<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    #[serde(flatten)]
    parameters: &'a GrantParameters<'a>,
}

#[derive(Serialize)]
#[serde(tag = "grant_type")]
enum GrantParameters<'a> {
    #[serde(rename = "authorization_code")]
    Code { code: &'a str, redirect_uri: &'a str, code_verifier: &'a str },
    #[serde(rename = "refresh_token")]
    Refresh { refresh_token: &'a str },
}

#[derive(Deserialize)]
struct TokenResponse {
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
