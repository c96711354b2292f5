//! One axum router for both HTTP edges. Here: the MCP endpoint of each tenant, and whether the service is alive.
//!
//! In scope: whose endpoint it is, who may ask from where and how often, what a page or a client is answered.
//! Elsewhere: listeners, TLS, time limits of connections and the client's address (the edges).

mod clients;
mod closing;
mod cors;
mod done;
mod endpoint;
mod form;
mod isolate_cache;
mod manage;
pub mod metrics;
mod legacy_import;
mod revoke_previous;
mod options;
mod page;
mod setup;
mod tenants;
mod credential_form;
mod access_log;

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use http::StatusCode;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use url::Url;

use crate::{ports::RateLimiter, store::Store};
use tempo_mcp_core::{
    config::{Config, jira_hosts::JiraHosts},
    ports::{Entropy, Ports},
    tools::Clients,
    upstream::telemetry::RequestTelemetry,
};
use tempo_mcp_protocol::tool_list::ToolList;

pub use closing::{Closing, closing};
pub use cors::Origins;
pub use isolate_cache::IsolateCache;
use metrics::Metrics;
use tenants::Tenants;

/// What an operator decides.
#[derive(Debug, Clone)]
pub struct Options {
    pub origins: Origins,
    /// `Host` headers that are ours; empty: any, where something in front checks them.
    pub hosts: Vec<String>,
    pub tempo: Url,
    pub gateway: Url,
    /// Which Jira sites people may sign up with.
    pub jira_hosts: JiraHosts,
    /// What users see, without a trailing slash; `None`: the request's own host.
    pub public_url: Option<String>,
    /// `false` only for simulators.
    pub pacing: bool,
    /// How long a tenant's row and caches are used before the row is read again.
    pub lifetime: Duration,
    /// Calls under way at once, of one tenant and of all.
    pub calls_per_tenant: usize,
    pub calls: usize,
    /// Requests to the vendors that one call may send, where the platform counts them.
    pub outbound: Option<u32>,
}

/// A hosted service: everybody's endpoint.
pub struct Service {
    options: Options,
    store: Store,
    ports: Ports,
    entropy: Arc<dyn Entropy>,
    limiter: Arc<dyn RateLimiter>,
    tenants: Tenants,
    /// What outlives this service; `None`: nothing need, it lives as long as its process.
    kept: Option<Arc<IsolateCache>>,
    calls: Semaphore,
    metrics: Arc<Metrics>,
    list: ToolList,
}

/// Where a request comes from, as the edge knows it; it puts this into the request's extensions.
#[derive(Debug, Clone)]
pub struct ClientAddress(pub String);

impl Service {
    /// `kept`: for a service that lives for one request, what the next one goes on with.
    #[must_use]
    pub fn new(
        kept: Option<Arc<IsolateCache>>,
        options: Options,
        store: Store,
        ports: Ports,
        entropy: Arc<dyn Entropy>,
        limiter: Arc<dyn RateLimiter>,
    ) -> Arc<Self> {
        let list = kept.as_ref().map_or_else(|| ToolList::new(false), |it| it.list());
        let (tenants, calls) = (Tenants::default(), Semaphore::new(options.calls));
        Arc::new(Self {
            options,
            store,
            ports,
            entropy,
            limiter,
            tenants,
            kept,
            calls,
            metrics: Arc::default(),
            list,
        })
    }

    fn since(&self, started: Timestamp) -> Duration {
        self.ports.clock.now().duration_since(started).try_into().unwrap_or_default()
    }

    /// For a page: what it asks of the vendors is counted.
    fn clients(&self, config: &Config) -> Clients {
        let telemetry = RequestTelemetry::new(self.request_id(), None, self.metrics.clone());
        Clients::new(config, &self.ports).on(Some(&telemetry))
    }

    /// The day as rows have it, in UTC.
    fn today(&self) -> String {
        self.ports.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
    }
}

/// All routes of one service.
pub fn router(service: Arc<Service>) -> Router {
    routes().layer(Extension(service))
}

/// All routes; each request brings its service as an extension.
pub fn routes() -> Router {
    let pages = Router::new()
        .route("/", get(page::index))
        .route("/style.css", get(page::style))
        .route("/copy.js", get(page::script))
        .route("/icon.svg", get(page::icon))
        .route("/setup", get(setup::form).post(setup::sign_up))
        .route("/manage", get(manage::ask).post(manage::act))
        .fallback(page::not_found)
        .method_not_allowed_fallback(page::wrong_method)
        .layer(from_fn(page::only_our_host));
    Router::new()
        .merge(pages)
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/mcp/{*id}", any(endpoint::handle))
        .route("/.well-known/{*name}", any(endpoint::handle))
        .layer(from_fn(metrics::count))
}

/// Alive, the database answers, and the key still opens it.
async fn ready(Extension(service): Extension<Arc<Service>>) -> Response {
    match service.store.check().await {
        Ok(()) => "ok".into_response(),
        Err(failure) => {
            tracing::error!(%failure, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer, or the key does not fit it")
                .into_response()
        }
    }
}
