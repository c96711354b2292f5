//! Jira Cloud, REST API version 3, in domain types. Its wire format is private to `wire`.
//!
//! <https://developer.atlassian.com/cloud/jira/platform/rest/v3/>

mod cache;
mod endpoint;
mod identity;
mod issues;
mod search;
mod wire;

use std::{sync::Arc, time::Duration};

use futures::future::{Either, select};
use http::HeaderValue;
use jiff::Timestamp;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::{
    config::{Config, JiraAuth, JiraConfig},
    domain::site::CustomField,
    ports::{Ports, Version},
    upstream::{
        Authorize, Authorized, Call, CallLimits, Error, ErrorKind, Purpose, SignInError, Throttle,
        ThrottleState, Upstream, Vendor, basic, bearer, telemetry::RequestTelemetry,
    },
};

use cache::IssueCache;
use endpoint::Endpoint;
pub use identity::Identity;
pub use issues::{IssueName, IssueNames, Issues};
pub use search::Search;

/// How long to wait for Jira to say who the user is, if an earlier response already said so.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is remembered of a tenant's Jira between calls. Plain data that may outlive every client.
#[derive(Clone, Default)]
pub struct Caches {
    accepted_base: endpoint::AcceptedBase,
    identity: Arc<Mutex<Option<CachedIdentity>>>,
    tokens: Arc<Mutex<Option<Version>>>,
    cache: Arc<IssueCache>,
    throttle: Arc<ThrottleState>,
}

/// Jira for one tenant.
#[derive(Clone)]
pub struct Client {
    upstream: Upstream,
    endpoint: Arc<Endpoint>,
    auth: Auth,
    /// Under basic authentication: the person to search for where `/myself` is refused.
    email: Option<SecretString>,
    account_field: Option<Arc<str>>,
    identity: Arc<Mutex<Option<CachedIdentity>>>,
    /// The version of the tokens that were used last. Other tokens may belong to another person.
    tokens: Arc<Mutex<Option<Version>>>,
    cache: Arc<IssueCache>,
}

/// The credentials of requests, and with them the address.
#[derive(Clone)]
enum Auth {
    /// A token that does not change, at the address that accepts it. `None`: a token that no header can carry.
    Fixed(Option<HeaderValue>),
    /// Tokens of a sign-in; `None` if this client has no source of them.
    Changing(Option<Arc<dyn Authorize>>),
}

/// The identity as it was last read.
struct CachedIdentity {
    identity: Identity,
    /// The credentials were refused since then. The identity is read again, and this one used only if that fails.
    is_stale: bool,
}

impl Client {
    #[must_use]
    pub fn new(config: &Config, ports: &Ports, caches: &Caches) -> Self {
        let jira = &config.jira;
        let (auth, secrets, email) = credentials(jira);
        let upstream = Upstream::new(Vendor::Jira, ports, secrets)
            .with_throttle(Throttle::new(caches.throttle.clone(), false));
        Self {
            upstream,
            endpoint: Arc::new(Endpoint::new(jira, caches.accepted_base.clone())),
            auth,
            email,
            account_field: jira.account_field.as_deref().map(Into::into),
            identity: caches.identity.clone(),
            tokens: caches.tokens.clone(),
            cache: caches.cache.clone(),
        }
    }

    /// The same client for one request, whose calls are recorded in `telemetry`.
    #[must_use]
    pub fn on(&self, telemetry: Option<Arc<RequestTelemetry>>) -> Self {
        let mut res = self.clone();
        res.upstream.telemetry = telemetry;
        res
    }

    /// The same client for one tool call, within its limits.
    pub(crate) fn within(&self, limits: &Arc<CallLimits>) -> Self {
        let mut res = self.clone();
        res.upstream.limits = Some(limits.clone());
        res
    }

    /// The same client for reads that the result can do without. They end early enough to leave time for the rest.
    pub(crate) fn decorating(&self) -> Self {
        let mut res = self.clone();
        res.upstream.purpose = Purpose::Decoration;
        res
    }

    /// The same client with the credentials of a sign-in. A client with other credentials keeps them.
    #[must_use]
    pub fn with_authorization(&self, authorize: Arc<dyn Authorize>) -> Self {
        match &self.auth {
            Auth::Fixed(_) => self.clone(),
            Auth::Changing(_) => Self { auth: Auth::Changing(Some(authorize)), ..self.clone() },
        }
    }

    /// Who the credentials belong to. Asked once, and again after they were refused. If Jira cannot be asked again, it is
    /// who they belonged to before: the person behind the same credentials does not change.
    ///
    /// # Errors
    /// The error of `/myself`, or of the search by e-mail address that replaces it where it is refused.
    pub async fn identity(&self) -> Result<Identity, Error> {
        if let Some(known) = self.cached_identity(|it| !it.is_stale) {
            return Ok(known);
        }
        let read = match self.known_identity() {
            Some(known) if !self.may_sign_in() => match self.in_time(self.read_identity()).await {
                Some(read) => read,
                None => return Ok(known),
            },
            _ => self.read_identity().await,
        };
        match read {
            // The person who signs in may not be the one before.
            Err(error @ Error { kind: ErrorKind::SignIn(_), .. }) => Err(error),
            Err(error) => self.known_identity().ok_or(error),
            Ok(found) => {
                *self.identity.lock() = Some(CachedIdentity { identity: found.clone(), is_stale: false });
                Ok(found.with_zone_of(&*self.upstream.ports.clock))
            }
        }
    }

    /// The result of `work`, unless it takes longer than a known identity is worth waiting for.
    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let work = std::pin::pin!(work);
        match select(work, self.upstream.ports.clock.sleep(PATIENCE)).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }

    async fn read_identity(&self) -> Result<Identity, Error> {
        match self.json::<wire::User>(&Call::get(&["rest", "api", "3", "myself"])).await {
            Ok(user) => Ok(Identity::from(user)),
            Err(error) => match (&error.kind, &self.email) {
                (ErrorKind::Forbidden(_) | ErrorKind::NotFound(_), Some(email)) => {
                    self.user_by_email(email.expose_secret()).await?.ok_or(error)
                }
                _ => Err(error),
            },
        }
    }

    /// What [`Self::identity`] found before, without a request.
    #[must_use]
    pub fn known_identity(&self) -> Option<Identity> {
        self.cached_identity(|_| true)
    }

    fn cached_identity(&self, is_wanted: fn(&CachedIdentity) -> bool) -> Option<Identity> {
        let cached = self.identity.lock();
        let known = cached.as_ref().filter(|it| is_wanted(it)).map(|it| it.identity.clone());
        drop(cached);
        known.map(|it| it.with_zone_of(&*self.upstream.ports.clock))
    }

    /// Whether a request may have to wait for a person who signs in.
    #[must_use]
    pub fn may_sign_in(&self) -> bool {
        matches!(self.auth, Auth::Changing(_))
    }

    /// Whether issues are read with their Tempo account.
    #[must_use]
    pub fn reads_accounts(&self) -> bool {
        self.account_field.is_some()
    }

    /// Checks that there is a Jira Cloud site at the address, by reading its public id.
    ///
    /// # Errors
    /// `NotFound` if there is none, or why it could not be asked.
    pub async fn site_exists(&self) -> Result<(), Error> {
        self.endpoint.cloud_id(&self.upstream).await.map(drop)
    }

    /// Whether the credentials were accepted at Atlassian's gateway rather than at the site, as far as is known yet.
    #[must_use]
    pub fn is_at_gateway(&self) -> bool {
        matches!(self.auth, Auth::Changing(_)) || self.endpoint.is_at_gateway()
    }

    /// The custom fields of the site's issues.
    ///
    /// # Errors
    /// Jira refused the request or could not be reached.
    pub async fn custom_fields(&self) -> Result<Vec<CustomField>, Error> {
        let fields: Vec<wire::Field> = self.json(&Call::get(&["rest", "api", "3", "field"])).await?;
        Ok(fields.into_iter().filter_map(wire::Field::into_custom).collect())
    }

    /// Finds a person by their whole address, or, where the site hides addresses, the only person found. (The search also
    /// matches the beginning of names and addresses.)
    async fn user_by_email(&self, email: &str) -> Result<Option<Identity>, Error> {
        let call = Call::get(&["rest", "api", "3", "user", "search"]).query("query", email);
        let found: Vec<wire::User> = self.json(&call).await?;
        let exact = found.iter().position(|it| it.has_email(email));
        let only = (found.len() == 1 && found.iter().all(wire::User::hides_email)).then_some(0);
        Ok(exact.or(only).and_then(|i| found.into_iter().nth(i)).map(Into::into))
    }

    async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let res = match &self.auth {
            Auth::Fixed(header) => self.endpoint.json(&self.upstream, header.as_ref(), call).await,
            Auth::Changing(Some(authorize)) => self.json_as(&**authorize, call).await,
            Auth::Changing(None) => Err(self.upstream.error(ErrorKind::SignIn(SignInError::Needed))),
        };
        match &res {
            Err(Error { kind: ErrorKind::Unauthorized, .. }) => {
                if let Some(known) = &mut *self.identity.lock() {
                    known.is_stale = true;
                }
            }
            Err(Error { kind: ErrorKind::SignIn(_), .. }) => self.forget_identity(),
            _ => {}
        }
        res
    }

    fn forget_identity(&self) {
        *self.identity.lock() = None;
    }

    /// A token may be revoked before it expires: after a 401 it is renewed once, and a read is repeated.
    async fn json_as<T: DeserializeOwned>(&self, authorize: &dyn Authorize, call: &Call) -> Result<T, Error> {
        let first = authorize.current().await?;
        match self.send_as(&first, call).await {
            Err(Error { kind: ErrorKind::Unauthorized, .. }) if call.reads => {}
            outcome => return outcome,
        }
        let renewed = authorize.renewed(&first).await?;
        match self.send_as(&renewed, call).await {
            Err(Error { kind: ErrorKind::Unauthorized, .. }) => {
                Err(self.upstream.error(ErrorKind::SignIn(SignInError::Refused)))
            }
            outcome => outcome,
        }
    }

    async fn send_as<T: DeserializeOwned>(&self, credentials: &Authorized, call: &Call) -> Result<T, Error> {
        let before = self.tokens.lock().replace(credentials.version);
        if before.is_some_and(|it| it != credentials.version) {
            self.forget_identity();
        }
        let upstream = Upstream { secrets: credentials.secrets.clone(), ..self.upstream.clone() };
        Ok(upstream.json(&credentials.base, Some(&credentials.header), call).await?.body)
    }

    fn now(&self) -> Timestamp {
        self.upstream.ports.clock.now()
    }
}

/// The header, the secrets that no error may show, and the e-mail address under basic authentication.
fn credentials(jira: &JiraConfig) -> (Auth, Vec<SecretString>, Option<SecretString>) {
    match &jira.auth {
        JiraAuth::Basic { email, token } => {
            let (header, pair) = basic(email, token);
            (Auth::Fixed(header), vec![token.clone(), email.clone(), pair], Some(email.clone()))
        }
        JiraAuth::Bearer(token) => (Auth::Fixed(bearer(token)), vec![token.clone()], None),
        JiraAuth::OAuth(_) => (Auth::Changing(None), Vec::new(), None),
    }
}
