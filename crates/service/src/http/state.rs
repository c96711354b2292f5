//! What the handlers and pages of one service share.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use tempo_mcp_core::{
    config::Config,
    domain::hex::hex,
    ports::{Entropy, Ports},
    tools::Clients,
    upstream::telemetry::RequestTelemetry,
};
use tokio::sync::Semaphore;

use super::body_budget::{ARRIVING, BodyBudget};
use crate::{
    metrics::Metrics,
    options::{ClientAddresses, Options},
    ports::RateLimiter,
    refusals::Refusals,
    store::Store,
    tenants::{Tenants, isolate_cache::IsolateCache},
};

/// The bytes of request bodies in memory, of one client and in all. JSON takes several times as much once it is parsed.
const CLIENT_BODIES: usize = 4 << 20;
const ALL_BODIES: usize = 16 << 20;
/// Forms that are worked on at a time. Most of them wait for a vendor.
const FORMS: usize = 32;

/// One hosted service.
pub struct State {
    pub(crate) options: Arc<Options>,
    pub(crate) store: Store,
    pub(crate) ports: Ports,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) tenants: Tenants,
    /// One permit for each call that may be in flight.
    pub(crate) calls: Semaphore,
    /// The memory that the bodies of calls may take.
    pub(crate) bodies: BodyBudget,
    /// One permit for each form that may be worked on.
    pub(crate) forms: Semaphore,
    /// The memory that the bodies of forms may take: eight of a client at a time.
    pub(crate) form_bodies: BodyBudget,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) refusals: Arc<Refusals>,
}

impl State {
    /// `isolate_cache` is for a service that is created for one request: what the next one reuses.
    #[must_use]
    pub fn new(
        isolate_cache: Option<Arc<IsolateCache>>,
        options: Options,
        store: Store,
        ports: Ports,
        entropy: Arc<dyn Entropy>,
        limiter: Arc<dyn RateLimiter>,
    ) -> Arc<Self> {
        let options = Arc::new(options);
        let refusals = isolate_cache.as_ref().map(|it| it.refusals()).unwrap_or_default();
        let tenants = Tenants::new(options.clone(), store.clone(), ports.clone(), isolate_cache);
        let calls = Semaphore::new(options.calls);
        Arc::new(Self {
            options,
            store,
            ports,
            entropy,
            limiter,
            tenants,
            calls,
            bodies: BodyBudget::new(CLIENT_BODIES, ALL_BODIES),
            forms: Semaphore::new(FORMS),
            form_bodies: BodyBudget::new(8 * ARRIVING, 128 * ARRIVING),
            metrics: Arc::default(),
            refusals,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    pub(crate) fn elapsed(&self, started: Timestamp) -> Duration {
        self.now().duration_since(started).try_into().unwrap_or_default()
    }

    /// Today as rows store it, in UTC.
    pub(crate) fn today(&self) -> String {
        self.now().to_zoned(TimeZone::UTC).date().to_string()
    }

    /// The name of a request in the log.
    pub(crate) fn request_id(&self) -> String {
        let mut bytes = [0; 4];
        // Without randomness all requests have the same id, which is no reason to refuse them.
        let _ = self.entropy.fill(&mut bytes);
        hex(&bytes)
    }

    /// Writes the log lines about refused requests whose minute is over. For an edge to call every few seconds.
    pub fn report_refusals(&self) {
        self.refusals.report_due(self.now());
    }

    /// Writes the log lines about all refused requests so far. For an edge to call at the end.
    pub fn report_last_refusals(&self) {
        self.refusals.report();
    }

    /// A client's address as log and security events show it: the address, or its keyed hash. Empty where the edge does
    /// not know it.
    pub(crate) fn shown_client(&self, address: &str) -> String {
        let is_address = |it: u8| it.is_ascii_hexdigit() || matches!(it, b'.' | b':' | b'/');
        match self.options.client_addresses {
            _ if address.is_empty() => String::new(),
            ClientAddresses::Hashed => self.store.address_tag(address),
            ClientAddresses::Plain if address.len() < 50 && address.bytes().all(is_address) => address.into(),
            ClientAddresses::Plain => "no address".into(),
        }
    }

    pub(crate) fn is_https(&self) -> bool {
        self.options.public_url.as_ref().is_some_and(|it| it.starts_with("https:"))
    }

    /// Clients for a page. Their requests are counted, without a tool.
    pub(crate) fn clients(&self, config: &Config) -> Clients {
        let telemetry = RequestTelemetry::new(self.request_id(), None, self.metrics.clone());
        Clients::new(config, &self.ports).on(Some(&telemetry))
    }
}
