//! A client of Tempo Timesheets, REST API version 4, in domain types. The wire format is private to `wire`.
//!
//! <https://apidocs.tempo.io/>

mod cache;
mod outcome;
mod read;
mod reconcile;
mod token_probe;
mod wire;
mod write;

use std::sync::Arc;

use http::HeaderValue;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use url::Url;

use crate::{
    config::{Config, TempoConfig},
    domain::{
        ids::{IssueId, WorklogId},
        site::{Account, SiteRules, WorkAttribute},
        worklog::{Draft, Worklog},
    },
    ports::{Clock, Ports},
    upstream::{
        Call, CallLimits, Error, Purpose, Throttle, ThrottleState, Upstream, UpstreamResponse, Vendor,
        bearer, telemetry::RequestTelemetry,
    },
};

use cache::SiteCache;
pub use outcome::{WriteError, WriteResult};
pub use read::Filter;
pub use token_probe::Scope;

/// What is remembered of a tenant's Tempo between calls. Plain data that may outlive every client.
#[derive(Clone, Default)]
pub struct Caches {
    cache: Arc<SiteCache>,
    throttle: Arc<ThrottleState>,
}

/// A client for one tenant.
#[derive(Clone)]
pub struct Client {
    upstream: Upstream,
    base: Url,
    /// `None`: a token that no header can carry, so Tempo responds with 401.
    auth: Option<HeaderValue>,
    cache: Arc<SiteCache>,
}

impl Client {
    #[must_use]
    pub fn new(config: &Config, ports: &Ports, caches: &Caches) -> Self {
        let TempoConfig { base, token } = &config.tempo;
        let upstream = Upstream::new(Vendor::Tempo, ports, [token.clone()])
            .with_throttle(Throttle::new(caches.throttle.clone(), config.pacing));
        Self { upstream, base: base.clone(), auth: bearer(token), cache: caches.cache.clone() }
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

    /// The same client for writes without which an earlier one would be half done.
    pub(crate) fn completing(&self) -> Self {
        self.with_purpose(Purpose::Completion)
    }

    /// The same client for reads that find out what became of a write.
    pub(crate) fn reconciling(&self) -> Self {
        self.with_purpose(Purpose::Reconciliation)
    }

    fn with_purpose(&self, purpose: Purpose) -> Self {
        let mut res = self.clone();
        res.upstream.purpose = purpose;
        res
    }

    async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<UpstreamResponse<T>, Error> {
        self.upstream.json(&self.base, self.auth.as_ref(), call).await
    }

    /// One worklog by id.
    ///
    /// # Errors
    /// `NotFound` if there is none, or the token's owner may not see it; or why Tempo could not be asked.
    pub async fn worklog(&self, id: WorklogId) -> Result<Worklog, Error> {
        let call = Call::get(&["4", "worklogs", &id.to_string()]);
        Ok(self.json::<wire::Worklog>(&call).await?.body.into())
    }

    async fn post_one(&self, issue: IssueId, draft: &Draft) -> Result<Worklog, Error> {
        let body = wire::CreateWorklog { issue_id: issue.0, fields: wire::WorklogFields::of(draft) };
        let call = Call::post(&["4", "worklogs"], &body);
        Ok(self.json::<wire::Worklog>(&call).await?.body.into())
    }

    /// At most 50 worklogs. Only one call on an issue may be in progress; Tempo responds to a second one with 409.
    async fn post_bulk(&self, issue: IssueId, drafts: &[Draft]) -> Result<Vec<Worklog>, Error> {
        let body: Vec<_> = drafts.iter().map(wire::WorklogFields::of).collect();
        let call = Call::post(&["4", "worklogs", "issue", &issue.to_string(), "bulk"], &body);
        let response = self.json::<Vec<wire::Worklog>>(&call).await?;
        Ok(response.body.into_iter().map(Into::into).collect())
    }

    /// PUT replaces the whole worklog: "any fields not specified in the request will be reset to their default values or removed".
    async fn put(&self, id: WorklogId, draft: &Draft) -> Result<Worklog, Error> {
        let call = Call::put(&["4", "worklogs", &id.to_string()], &wire::WorklogFields::of(draft));
        Ok(self.json::<wire::Worklog>(&call).await?.body.into())
    }

    async fn delete_once(&self, id: WorklogId) -> Result<(), Error> {
        let call = Call::delete(&["4", "worklogs", &id.to_string()]);
        self.upstream.empty(&self.base, self.auth.as_ref(), &call).await
    }

    /// The site's work attributes, cached for ten minutes.
    ///
    /// # Errors
    /// Tempo refused the request or could not be reached.
    pub async fn attributes(&self) -> Result<Arc<[WorkAttribute]>, Error> {
        if let Some(known) = self.cache.attributes.get(self.now(), &()) {
            return Ok(known);
        }
        let found: Vec<wire::WorkAttribute> =
            self.all_pages(&["4", "work-attributes"], |it: &wire::WorkAttribute| it.key.clone()).await?;
        let found: Arc<[WorkAttribute]> = found.into_iter().map(Into::into).collect();
        self.cache.attributes.insert(self.now(), (), found.clone());
        Ok(found)
    }

    /// The account with this numeric id, which issues in Jira refer to, cached for ten minutes.
    ///
    /// # Errors
    /// `NotFound` if there is none, or why Tempo could not be asked.
    pub async fn account(&self, id: u64) -> Result<Account, Error> {
        if let Some(known) = self.cache.account(self.now(), id) {
            return Ok(known);
        }
        let call = Call::get(&["4", "accounts", &id.to_string()]);
        let account: Account = self.json::<wire::Account>(&call).await?.body.into();
        self.cache.insert_account(self.now(), account.clone());
        Ok(account)
    }

    /// All accounts, open and closed, cached for ten minutes.
    ///
    /// # Errors
    /// Tempo refused the request or could not be reached.
    pub async fn accounts(&self) -> Result<Arc<[Account]>, Error> {
        if let Some(known) = self.cache.accounts.get(self.now(), &()) {
            return Ok(known);
        }
        let found: Vec<wire::Account> =
            self.all_pages(&["4", "accounts"], |it: &wire::Account| it.id).await?;
        let found: Arc<[Account]> = found.into_iter().map(Into::into).collect();
        self.cache.accounts.insert(self.now(), (), found.clone());
        Ok(found)
    }

    /// The site's global rules, cached for ten minutes. Tempo documents no scope for them, so rules that the token may not
    /// read are unknown rather than an error.
    ///
    /// # Errors
    /// Tempo could not be reached, or does not accept the token.
    pub async fn rules(&self) -> Result<SiteRules, Error> {
        if let Some(known) = self.cache.rules.get(self.now(), &()) {
            return Ok(known);
        }
        let call = Call::get(&["4", "globalconfiguration"]);
        let rules = match self.json::<wire::GlobalConfiguration>(&call).await {
            Ok(response) => response.body.into(),
            Err(error) if error.kind.is_refusal() => SiteRules::default(),
            Err(error) => return Err(error),
        };
        self.cache.rules.insert(self.now(), (), rules);
        Ok(rules)
    }

    /// As [`Self::attributes`], or what was found earlier if Tempo cannot be asked now.
    ///
    /// # Errors
    /// Tempo refused the request or could not be reached, and the attributes were never read before.
    pub async fn attributes_of_any_age(&self) -> Result<Arc<[WorkAttribute]>, Error> {
        match self.attributes().await {
            Err(error) => self.known_attributes().ok_or(error),
            found => found,
        }
    }

    /// What [`Self::attributes`] found before, without a request. An outdated label is still better than none.
    #[must_use]
    pub fn known_attributes(&self) -> Option<Arc<[WorkAttribute]>> {
        self.cache.attributes.get_any_age_with(&(), Clone::clone)
    }

    /// An account's name by its key, if it was read before.
    #[must_use]
    pub fn known_account_name(&self, key: &str) -> Option<String> {
        self.cache.account_name(key)
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.upstream.ports.clock
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.upstream.ports.clock.now()
    }
}
