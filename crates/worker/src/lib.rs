//! The hosted service on Cloudflare Workers: the fetch event, and core's ports on what Workers have.
//!
//! In scope: what of the platform stands behind each port, and what lives how long. Elsewhere: everything that the
//! service does (`tempo_mcp_core`).
//!
//! An isolate serves many requests and may end at any moment. What outlives a request here is plain data; a handle to
//! the outside belongs to its request.

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
mod exchange;
mod fetch;
mod kv;
mod limits;
mod logging;
mod ports;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{Router, body::Body, response::IntoResponse};
use http::{Request, Response, StatusCode};
use tempo_mcp_core::ports::Ports;
use tempo_mcp_service::{
    store::{Store, StoreError, keys::Keys},
    web::{self, ClientAddress, IsolateCache, Options, Service},
};
use tokio::sync::Semaphore;
use tower_service::Service as _;
use worker::{Context, Env, event, web_sys};

use crate::{
    d1::D1,
    environment::Environment,
    fetch::Network,
    kv::Users,
    limits::Bindings,
    ports::{JsClock, JsEntropy, WaitUntil},
};

/// Requests to others in one request, which the free plan allows.
const FREE_PLAN: u32 = 50;

/// What an isolate keeps between requests.
struct Isolate {
    options: Options,
    keys: OnceLock<Arc<Keys>>,
    kept: Arc<IsolateCache>,
    routes: Router,
}

static ISOLATE: OnceLock<Isolate> = OnceLock::new();

#[event(start)]
fn start() {
    exchange::wake_by_promise();
    logging::start();
}

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    let answer = match exchange::incoming(request).await {
        Some(request) => answer(request, env, context).await,
        None => StatusCode::BAD_REQUEST.into_response(),
    };
    exchange::outgoing(answer).await
}

async fn answer(mut request: Request<Body>, env: Env, context: Context) -> Response<Body> {
    match service(&request, env, context).await {
        Ok((isolate, service)) => {
            let address = request.headers().get("cf-connecting-ip").and_then(|it| it.to_str().ok());
            let address = ClientAddress(address.unwrap_or_default().to_owned());
            request.extensions_mut().insert(address);
            request.extensions_mut().insert(service);
            // A router never fails: its error type has no values.
            isolate.routes.clone().call(request).await.unwrap_or_else(|never| match never {})
        }
        Err(reason) => {
            tracing::error!(reason, "the service cannot be used");
            let told = "This service is not set up yet, or its database does not answer. Its operator finds the \
                        reason in the log.";
            (StatusCode::SERVICE_UNAVAILABLE, told).into_response()
        }
    }
}

/// The service for one request; or why there is none, for the operator.
async fn service(
    request: &Request<Body>,
    env: Env,
    context: Context,
) -> Result<(&'static Isolate, Arc<Service>), String> {
    let environment = Environment(env);
    let isolate = match ISOLATE.get() {
        Some(isolate) => isolate,
        None => {
            logging::limit(environment.text("TEMPO_MCP_LOG").as_deref());
            let options = options(&environment)?;
            ISOLATE.get_or_init(|| Isolate {
                options,
                keys: OnceLock::new(),
                kept: Arc::default(),
                routes: web::routes(),
            })
        }
    };
    let store = store(isolate, &environment).await?;
    let ports = Ports {
        http: Arc::new(Network::new(&isolate.options)),
        clock: Arc::new(JsClock),
        background: Arc::new(WaitUntil(context)),
    };
    let options = Options { public_url: Some(origin(request)), ..isolate.options.clone() };
    let limiter = Arc::new(Bindings(environment.0));
    let kept = Some(isolate.kept.clone());
    Ok((isolate, Service::new(kept, options, store, ports, Arc::new(JsEntropy), limiter)))
}

/// What holds for every request. Rows are read at each of them, so what ended is over at once; places are not counted,
/// since a request that the platform ends gives none back.
fn options(environment: &Environment) -> Result<Options, String> {
    let options = Options::from_lookup(&|name| environment.text(name))?;
    let outbound = environment.text("OUTBOUND_REQUESTS").map(|it| it.parse());
    let outbound = outbound.transpose().map_err(|_| "OUTBOUND_REQUESTS must be a number")?;
    Ok(Options {
        lifetime: Duration::ZERO,
        calls_per_tenant: usize::MAX,
        calls: Semaphore::MAX_PERMITS,
        outbound: Some(outbound.unwrap_or(FREE_PLAN)),
        ..options
    })
}

/// The database of this request, under the keys that the isolate has seen to fit it.
async fn store(isolate: &Isolate, environment: &Environment) -> Result<Store, String> {
    let database = D1::of(&environment.0).ok_or("the D1 database DB is not bound: see wrangler.jsonc")?;
    let (database, entropy) = (Arc::new(database), Arc::new(JsEntropy));
    let store = match isolate.keys.get() {
        Some(keys) => Store::with_keys(database, entropy, keys.clone()),
        None => {
            let (current, previous) = environment.keys()?;
            let opened = Store::open_migrated(database, entropy, current, previous).await;
            let store = opened.map_err(|failure| match failure {
                StoreError::OldSchema(_) => format!("{failure}: npm run remote:deploy applies it"),
                failure => failure.to_string(),
            })?;
            isolate.keys.get_or_init(|| store.keys());
            store
        }
    };
    Ok(match Users::of(environment) {
        Some(users) => store.with_legacy(Arc::new(users)),
        None => store,
    })
}

/// What users see: scheme and host of the request, which the platform has checked.
fn origin(request: &Request<Body>) -> String {
    let uri = request.uri();
    let scheme = uri.scheme_str().unwrap_or("https");
    uri.authority().map_or_else(String::new, |it| format!("{scheme}://{it}"))
}
