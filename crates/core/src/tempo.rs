//! Tempo Timesheets, REST API version 4, in domain types. Its wire format is private to `wire`.
//!
//! <https://apidocs.tempo.io/>

mod cache;
mod read;
mod token_probe;
mod reconcile;
mod wire;
pub mod write;

use std::{sync::Arc, time::Duration};

use http::HeaderValue;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use crate::{
    config::{Config, TempoConfig},
    domain::{
        ids::{IssueId, WorklogId},
        site::{Account, SiteRules, WorkAttribute},
        worklog::{Draft, Worklog},
    },
    ports::Ports,
    upstream::{Answer, Call, Error, Gate, Pace, Upstream, Vendor, telemetry::RequestTelemetry},
};

use cache::Cache;
pub use read::Filter;
pub use token_probe::Scope;

/// Accounts, attributes and rules change rarely; a stale one is refused by Tempo, not stored.
const SITE_LIFETIME: Duration = Duration::from_secs(600);

/// What is remembered of a tenant's Tempo between calls. Plain data: it may outlive every client.
#[derive(Clone, Default)]
pub struct Caches {
    cache: Arc<Cache>,
    pace: Arc<Pace>,
}

/// Tempo for one tenant.
#[derive(Clone)]
pub struct Client {
    upstream: Upstream,
    base: Url,
    auth: HeaderValue,
    cache: Arc<Cache>,
}

impl Client {
    #[must_use]
    pub fn new(config: &Config, ports: &Ports, memory: &Caches) -> Self {
        let TempoConfig { base, token } = &config.tempo;
        let upstream = Upstream {
            vendor: Vendor::Tempo,
            ports: ports.clone(),
            gate: Arc::new(Gate::new(memory.pace.clone(), config.pacing)),
            secrets: [token.clone()].into(),
            caller: None,
            telemetry: None,
        };
        Self { upstream, base: base.clone(), auth: bearer(token), cache: memory.cache.clone() }
    }

    /// For one request, which leaves a trail.
    #[must_use]
    pub fn on(&self, telemetry: Option<Arc<RequestTelemetry>>) -> Self {
        let mut res = self.clone();
        res.upstream.telemetry = telemetry;
        res
    }

    async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<Answer<T>, Error> {
        self.upstream.json(&self.base, Some(&self.auth), call).await
    }

    /// One worklog by id.
    ///
    /// # Errors
    /// `NotFound` also where the token's owner may not see it.
    pub async fn worklog(&self, id: WorklogId) -> Result<Worklog, Error> {
        let call = Call::get(&["4", "worklogs", &id.to_string()]);
        Ok(self.json::<wire::Worklog>(&call).await?.body.into())
    }

    async fn post_one(&self, issue: IssueId, draft: &Draft) -> Result<Worklog, Error> {
        let body = wire::CreateWorklog { issue_id: issue.0, fields: wire::WorklogFields::of(draft) };
        let call = Call::post(&["4", "worklogs"], &body);
        Ok(self.json::<wire::Worklog>(&call).await?.body.into())
    }

    /// At most 50 entries, one call on one issue at a time: a second one gets 409.
    async fn post_bulk(&self, issue: IssueId, drafts: &[Draft]) -> Result<Vec<Worklog>, Error> {
        let body: Vec<_> = drafts.iter().map(wire::WorklogFields::of).collect();
        let call = Call::post(&["4", "worklogs", "issue", &issue.to_string(), "bulk"], &body);
        let answer = self.json::<Vec<wire::Worklog>>(&call).await?;
        Ok(answer.body.into_iter().map(Into::into).collect())
    }

    /// PUT replaces: "any fields not specified in the request will be reset to their default values or removed".
    async fn put(&self, id: WorklogId, draft: &Draft) -> Result<Worklog, Error> {
        let call = Call::put(&["4", "worklogs", &id.to_string()], &wire::WorklogFields::of(draft));
        Ok(self.json::<wire::Worklog>(&call).await?.body.into())
    }

    async fn delete_once(&self, id: WorklogId) -> Result<(), Error> {
        let call = Call::delete(&["4", "worklogs", &id.to_string()]);
        self.upstream.empty(&self.base, Some(&self.auth), &call).await
    }

    /// The site's work attributes, kept for ten minutes.
    ///
    /// # Errors
    /// As every read.
    pub async fn attributes(&self) -> Result<Arc<[WorkAttribute]>, Error> {
        if let Some(known) = self.cache.attributes(self.now()) {
            return Ok(known);
        }
        let found: Vec<wire::WorkAttribute> =
            self.all_pages(&["4", "work-attributes"], |it: &wire::WorkAttribute| it.key.clone()).await?;
        let found: Arc<[WorkAttribute]> = found.into_iter().map(Into::into).collect();
        self.cache.keep_attributes(self.now(), found.clone());
        Ok(found)
    }

    /// The account with Jira's numeric id for it, kept for ten minutes. (By id here; changing goes by key.)
    ///
    /// # Errors
    /// As every read.
    pub async fn account(&self, id: u64) -> Result<Account, Error> {
        if let Some(known) = self.cache.account(self.now(), id) {
            return Ok(known);
        }
        let call = Call::get(&["4", "accounts", &id.to_string()]);
        let account: Account = self.json::<wire::Account>(&call).await?.body.into();
        self.cache.keep_account(self.now(), account.clone());
        Ok(account)
    }

    /// All accounts, open and closed, kept for ten minutes.
    ///
    /// # Errors
    /// As every read.
    pub async fn accounts(&self) -> Result<Arc<[Account]>, Error> {
        if let Some(known) = self.cache.accounts(self.now()) {
            return Ok(known);
        }
        let found: Vec<wire::Account> =
            self.all_pages(&["4", "accounts"], |it: &wire::Account| it.id).await?;
        let found: Arc<[Account]> = found.into_iter().map(Into::into).collect();
        self.cache.keep_accounts(self.now(), found.clone());
        Ok(found)
    }

    /// The site's global rules, kept for ten minutes. No scope is documented for them: whoever may not read
    /// them gets "unknown".
    ///
    /// # Errors
    /// As every read, but for 403 and 404.
    pub async fn rules(&self) -> Result<SiteRules, Error> {
        if let Some(known) = self.cache.rules(self.now()) {
            return Ok(known);
        }
        let call = Call::get(&["4", "globalconfiguration"]);
        let rules = match self.json::<wire::GlobalConfiguration>(&call).await {
            Ok(answer) => answer.body.into(),
            Err(error) if error.kind.is_refusal() => SiteRules::default(),
            Err(error) => return Err(error),
        };
        self.cache.keep_rules(self.now(), rules);
        Ok(rules)
    }

    /// What [`Self::attributes`] found before, without asking.
    #[must_use]
    pub fn known_attributes(&self) -> Option<Arc<[WorkAttribute]>> {
        self.cache.attributes(self.now())
    }

    /// An account's name by its key, out of what is known already.
    #[must_use]
    pub fn known_account_name(&self, key: &str) -> Option<String> {
        self.cache.account_name(key)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.upstream.ports.clock.now()
    }
}

fn bearer(token: &SecretString) -> HeaderValue {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        .unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}
