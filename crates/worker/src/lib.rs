//! The hosted service on Cloudflare Workers: the fetch event, and the ports on the features of the platform.
//!
//! In scope: how the platform implements each port, and what lives for how long. Out of scope: the service itself
//! (`tempo_mcp_service`).
//!
//! An isolate serves many requests and may end at any moment. Only plain data outlives a request here; an I/O handle
//! belongs to its request.

// A panic here ends every request of the isolate.
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable
)]

mod d1;
mod environment;
mod fetch;
mod legacy_records;
mod logging;
mod messages;
mod ports;
mod rate_limiter;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{Router, body::Body, response::IntoResponse};
use http::{Request, Response, StatusCode, header};
use tempo_mcp_core::ports::Ports;
use tempo_mcp_service::{
    IsolateCache,
    http::{ClientAddress, routes, state::State},
    options::Options,
    ports::Legacy,
    store::{Store, StoreError, keys::Keys},
};
use tokio::sync::Semaphore;
use tower_service::Service as _;
use worker::{Context, Env, event, web_sys};

use crate::{
    d1::D1,
    environment::Environment,
    fetch::Network,
    legacy_records::LegacyRecords,
    ports::{JsClock, JsEntropy, WaitUntil},
    rate_limiter::RateLimitBindings,
};

/// The number of outgoing requests per incoming request on the free plan.
const FREE_PLAN_REQUESTS: u32 = 50;

/// The plain data that an isolate keeps between requests.
struct Isolate {
    options: Options,
    keys: OnceLock<Arc<Keys>>,
    cache: Arc<IsolateCache>,
    routes: Router,
}

static ISOLATE: OnceLock<Isolate> = OnceLock::new();

#[event(start)]
fn start() {
    messages::wake_by_promise();
    logging::start();
}

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    let response = match messages::incoming(request).await {
        Some(request) => respond(request, env, context).await,
        None => StatusCode::BAD_REQUEST.into_response(),
    };
    messages::outgoing(response).await
}

async fn respond(mut request: Request<Body>, env: Env, context: Context) -> Response<Body> {
    match service(&request, env, context).await {
        Ok((isolate, service)) => {
            // The platform has checked the URL's host; behind a proxy of a developer, this header may name another one.
            request.headers_mut().remove(header::HOST);
            let address = request.headers().get("cf-connecting-ip").and_then(|it| it.to_str().ok());
            let address = ClientAddress(address.unwrap_or_default().to_owned());
            request.extensions_mut().insert(address);
            request.extensions_mut().insert(service);
            // A router cannot fail: its error type has no values.
            isolate.routes.clone().call(request).await.unwrap_or_else(|never| match never {})
        }
        Err(reason) => {
            tracing::error!(reason, "the service is not available");
            let text = "This service is not set up yet, or its database does not respond. The operator can find the \
                        reason in the log.";
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}

/// The service for one request.
///
/// # Errors
/// The Worker is not set up, or the database does not respond; says why, for the operator.
async fn service(
    request: &Request<Body>,
    env: Env,
    context: Context,
) -> Result<(&'static Isolate, Arc<State>), String> {
    let environment = Environment(env);
    let isolate = match ISOLATE.get() {
        Some(isolate) => isolate,
        None => {
            logging::limit(environment.text("TEMPO_MCP_LOG").as_deref());
            let options = options(&environment)?;
            ISOLATE.get_or_init(|| Isolate {
                options,
                keys: OnceLock::new(),
                cache: Arc::default(),
                routes: routes(),
            })
        }
    };
    let store = store(isolate, &environment).await?;
    let ports = Ports {
        http: Arc::new(Network::new(&isolate.options)),
        clock: Arc::new(JsClock),
        background: Arc::new(WaitUntil(context)),
        entropy: Arc::new(JsEntropy),
    };
    let options = Options { public_url: Some(origin(request)), ..isolate.options.clone() };
    let limiter = Arc::new(RateLimitBindings(environment.0));
    let cache = Some(isolate.cache.clone());
    Ok((isolate, State::new(cache, options, store, ports, Arc::new(JsEntropy), limiter)))
}

/// Options for all requests. Tenants are read for each request, so a deletion takes effect at once. Concurrent calls are
/// not limited, since a request that the platform ends would never return its permit.
fn options(environment: &Environment) -> Result<Options, String> {
    let options = Options::from_lookup(&|name| environment.text(name))?;
    let outbound = environment.text("OUTBOUND_REQUESTS").map(|it| it.parse());
    let outbound = outbound.transpose().map_err(|_| "OUTBOUND_REQUESTS must be a number")?;
    Ok(Options {
        lifetime: Duration::ZERO,
        calls_per_tenant: usize::MAX,
        calls: Semaphore::MAX_PERMITS,
        outbound: Some(outbound.unwrap_or(FREE_PLAN_REQUESTS)),
        ..options
    })
}

/// The store for this request. The isolate checks once that the keys fit the database.
async fn store(isolate: &Isolate, environment: &Environment) -> Result<Store, String> {
    let database = D1::of(&environment.0).ok_or("the D1 database DB is not bound: see wrangler.jsonc")?;
    let (database, entropy) = (Arc::new(database), Arc::new(JsEntropy));
    let legacy = LegacyRecords::of(environment).map(|it| Arc::new(it) as Arc<dyn Legacy>);
    Ok(match (isolate.keys.get(), legacy) {
        (Some(keys), None) => Store::with_keys(database, entropy, keys.clone()),
        (Some(keys), Some(legacy)) => Store::with_keys(database, entropy, keys.clone()).with_legacy(legacy),
        (None, legacy) => {
            let (current, previous) = environment.keys()?;
            let opened = Store::open_migrated(database, entropy, current, previous, legacy).await;
            let store = opened.map_err(|error| match error {
                StoreError::OldSchema(_) => format!("{error}: npm run remote:deploy applies it"),
                error => error.to_string(),
            })?;
            isolate.keys.get_or_init(|| store.keys());
            store
        }
    })
}

/// The URL that users see: scheme and host of the request, which the platform has checked.
fn origin(request: &Request<Body>) -> String {
    let uri = request.uri();
    let scheme = uri.scheme_str().unwrap_or("https");
    uri.authority().map_or_else(String::new, |it| format!("{scheme}://{it}"))
}
