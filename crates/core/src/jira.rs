//! Jira Cloud, REST API version 3, in domain types. Its wire format is private to `wire`.
//!
//! <https://developer.atlassian.com/cloud/jira/platform/rest/v3/>

mod cache;
mod issues;
mod route;
mod search;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderValue;
use jiff::{Timestamp, tz::TimeZone};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::{
    config::{Config, JiraAuth, JiraConfig},
    domain::{ids::AccountId, site::CustomField, time::WorkDate},
    ports::{Clock, Ports, Version},
    upstream::{
        Authorize, Authorized, Call, Error, ErrorKind, Gate, Pace, SignIn, Upstream, Vendor,
        telemetry::RequestTelemetry,
    },
};

use cache::Cache;
pub use issues::Issues;
use route::Route;
pub use search::Search;

/// What is remembered of a tenant's Jira between calls. Plain data: it may outlive every client.
#[derive(Clone, Default)]
pub struct Caches {
    settled: route::Settled,
    identity: Arc<Mutex<Option<Identity>>>,
    tokens: Arc<Mutex<Option<Version>>>,
    cache: Arc<Cache>,
    pace: Arc<Pace>,
}

/// Jira for one tenant.
#[derive(Clone)]
pub struct Client {
    upstream: Upstream,
    route: Arc<Route>,
    auth: Auth,
    /// Under basic authentication: who to look for where `/myself` is refused.
    email: Option<SecretString>,
    account_field: Option<Arc<str>>,
    identity: Arc<Mutex<Option<Identity>>>,
    /// Of the tokens that were used last: with others, it may be somebody else.
    tokens: Arc<Mutex<Option<Version>>>,
    cache: Arc<Cache>,
}

/// As whom, and where.
#[derive(Clone)]
enum Auth {
    /// A token that stays, at whichever address takes it.
    Fixed(HeaderValue),
    /// Tokens of a sign-in; `None` where nobody keeps any.
    Changing(Option<Arc<dyn Authorize>>),
}

/// Whose worklogs these are, and on whose clock.
#[derive(Debug, Clone)]
pub struct Identity {
    pub account: AccountId,
    pub name: String,
    /// `None`: the profile hides it.
    zone_name: Option<String>,
    /// As it is about now: an identity is remembered for longer, and gets its zone anew with each call.
    zone: Option<TimeZone>,
}

impl Identity {
    /// The day it is for this person, which the host's clock does not know.
    #[must_use]
    pub fn today(&self, now: Timestamp) -> WorkDate {
        WorkDate(now.to_zoned(self.zone()).date())
    }

    #[must_use]
    pub fn zone(&self) -> TimeZone {
        self.zone.clone().unwrap_or(TimeZone::UTC)
    }

    #[must_use]
    pub fn zone_is_hidden(&self) -> bool {
        self.zone.is_none()
    }

    #[must_use]
    pub fn zone_name(&self) -> String {
        self.zone.as_ref().and(self.zone_name.as_deref()).unwrap_or("UTC").to_owned()
    }

    fn on(mut self, clock: &dyn Clock) -> Self {
        self.zone = self.zone_name.as_deref().and_then(|it| clock.zone(it));
        self
    }
}

impl Client {
    #[must_use]
    pub fn new(config: &Config, ports: &Ports, memory: &Caches) -> Self {
        let jira = &config.jira;
        let (auth, secrets, email) = credentials(jira);
        let upstream = Upstream {
            vendor: Vendor::Jira,
            ports: ports.clone(),
            gate: Arc::new(Gate::new(memory.pace.clone(), false)),
            secrets: secrets.into(),
            caller: None,
            telemetry: None,
        };
        Self {
            upstream,
            route: Arc::new(Route::new(jira, memory.settled.clone())),
            auth,
            email,
            account_field: jira.account_field.as_deref().map(Into::into),
            identity: memory.identity.clone(),
            tokens: memory.tokens.clone(),
            cache: memory.cache.clone(),
        }
    }

    /// For one request, which leaves a trail.
    #[must_use]
    pub fn on(&self, telemetry: Option<Arc<RequestTelemetry>>) -> Self {
        let mut res = self.clone();
        res.upstream.telemetry = telemetry;
        res
    }

    /// As whoever signed in; a client of another kind of credentials stays as it is.
    #[must_use]
    pub fn with_authorization(&self, authorize: Arc<dyn Authorize>) -> Self {
        match &self.auth {
            Auth::Fixed(_) => self.clone(),
            Auth::Changing(_) => Self { auth: Auth::Changing(Some(authorize)), ..self.clone() },
        }
    }

    /// Who the credentials belong to: asked once, and again after they were refused.
    ///
    /// # Errors
    /// As every read.
    pub async fn identity(&self) -> Result<Identity, Error> {
        if let Some(known) = self.known_identity() {
            return Ok(known);
        }
        let found = match self.json::<wire::User>(&Call::get(&["rest", "api", "3", "myself"])).await {
            Ok(user) => Identity::from(user),
            Err(error) => match (&error.kind, &self.email) {
                (ErrorKind::Forbidden(_) | ErrorKind::NotFound(_), Some(email)) => {
                    self.user_by_email(email.expose_secret()).await?.ok_or(error)?
                }
                _ => return Err(error),
            },
        };
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        Ok(found.on(&*self.upstream.ports.clock))
    }

    /// What [`Self::identity`] found before, without asking.
    #[must_use]
    pub fn known_identity(&self) -> Option<Identity> {
        let known = self.identity.lock().unwrap_or_else(PoisonError::into_inner).clone();
        known.map(|it| it.on(&*self.upstream.ports.clock))
    }

    /// Whether issues are read with the account they are booked on.
    #[must_use]
    pub fn reads_accounts(&self) -> bool {
        self.account_field.is_some()
    }

    /// Whether there is a Jira Cloud site at the address: it tells its id to anybody.
    ///
    /// # Errors
    /// `NotFound` where there is none; as every read.
    pub async fn site_exists(&self) -> Result<(), Error> {
        self.route.cloud_id(&self.upstream).await.map(drop)
    }

    /// Whether the credentials worked at Atlassian's gateway, and not at the site: so far as was asked.
    #[must_use]
    pub fn is_at_gateway(&self) -> bool {
        matches!(self.auth, Auth::Changing(_)) || self.route.is_at_gateway()
    }

    /// The fields that were added to Jira's own.
    ///
    /// # Errors
    /// As every read.
    pub async fn custom_fields(&self) -> Result<Vec<CustomField>, Error> {
        let fields: Vec<wire::Field> = self.json(&Call::get(&["rest", "api", "3", "field"])).await?;
        Ok(fields.into_iter().filter_map(wire::Field::into_custom).collect())
    }

    /// The search also finds people by the beginning of their name: only the whole address counts, or, where the
    /// site hides addresses, the only one found.
    async fn user_by_email(&self, email: &str) -> Result<Option<Identity>, Error> {
        let call = Call::get(&["rest", "api", "3", "user", "search"]).query("query", email);
        let found: Vec<wire::User> = self.json(&call).await?;
        let exact = found.iter().position(|it| it.has_email(email));
        let only = (found.len() == 1 && found.iter().all(wire::User::hides_email)).then_some(0);
        Ok(exact.or(only).and_then(|i| found.into_iter().nth(i)).map(Into::into))
    }

    async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let res = match &self.auth {
            Auth::Fixed(header) => self.route.json(&self.upstream, header, call).await,
            Auth::Changing(Some(authorize)) => self.json_as(&**authorize, call).await,
            Auth::Changing(None) => Err(self.upstream.error(ErrorKind::SignIn(SignIn::Needed))),
        };
        if let Err(Error { kind: ErrorKind::Unauthorized | ErrorKind::SignIn(_), .. }) = &res {
            self.forget_identity();
        }
        res
    }

    fn forget_identity(&self) {
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A token may be withdrawn before its time: refused once, it is renewed once, and the read is repeated.
    async fn json_as<T: DeserializeOwned>(&self, authorize: &dyn Authorize, call: &Call) -> Result<T, Error> {
        let first = authorize.current().await?;
        match self.send_as(&first, call).await {
            Err(Error { kind: ErrorKind::Unauthorized, .. }) if call.reads => {}
            outcome => return outcome,
        }
        let renewed = authorize.renewed(&first).await?;
        match self.send_as(&renewed, call).await {
            Err(Error { kind: ErrorKind::Unauthorized, .. }) => {
                Err(self.upstream.error(ErrorKind::SignIn(SignIn::Refused)))
            }
            outcome => outcome,
        }
    }

    async fn send_as<T: DeserializeOwned>(&self, whom: &Authorized, call: &Call) -> Result<T, Error> {
        let before = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).replace(whom.version);
        if before.is_some_and(|it| it != whom.version) {
            self.forget_identity();
        }
        let upstream = Upstream { secrets: whom.secrets.clone(), ..self.upstream.clone() };
        Ok(upstream.json(&whom.base, Some(&whom.header), call).await?.body)
    }

    fn now(&self) -> Timestamp {
        self.upstream.ports.clock.now()
    }
}

/// As whom, what is never shown of it, and the address to look for where `/myself` is refused.
fn credentials(jira: &JiraConfig) -> (Auth, Vec<SecretString>, Option<SecretString>) {
    let (header, secrets, email) = match &jira.auth {
        JiraAuth::Basic { email, token } => {
            let pair = BASE64_STANDARD.encode(format!("{}:{}", email.expose_secret(), token.expose_secret()));
            let secrets = vec![token.clone(), email.clone(), pair.clone().into()];
            (format!("Basic {pair}"), secrets, Some(email.clone()))
        }
        JiraAuth::Bearer(token) => (format!("Bearer {}", token.expose_secret()), vec![token.clone()], None),
        JiraAuth::OAuth(_) => return (Auth::Changing(None), Vec::new(), None),
    };
    let mut header = HeaderValue::try_from(header).unwrap_or_else(|_| HeaderValue::from_static("Basic"));
    header.set_sensitive(true);
    (Auth::Fixed(header), secrets, email)
}
