//! `tempo-mcp serve`: the hosted service on one machine.

mod ready_tenants;
mod storage;

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use tempo_mcp_service::{
    http::{metrics_router, router, state::State},
    options::{ClientAddresses, Options},
    ports::RateLimiter,
    store::Store,
};
use tempo_sandbox::Sandbox;
use tokio::net::TcpListener;
use url::Url;

use super::edge::Edge;
use crate::{
    adapters::{
        http_client::{HostedNetwork, Network},
        listener,
        rate_limiter::{TokenBuckets, Unlimited},
        signals,
        simulation::InProcess,
        system::SystemEntropy,
    },
    cli::{arguments::GlobalOptions, exit::fail, hosting::ServeOptions, output},
};

/// How often lines about refused requests may become due.
const REFUSALS_INTERVAL: Duration = Duration::from_secs(5);

pub(crate) async fn run(global: &GlobalOptions, options: ServeOptions) -> ExitCode {
    match serve(global, options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(&reason),
    }
}

async fn serve(global: &GlobalOptions, options: ServeOptions) -> Result<(), String> {
    let sandbox = global.sandbox.then(|| Sandbox::new(tempo_sandbox::Options { today: global.today }));
    // A wrong key or an unusable database is reported before anybody can connect.
    let (store, _lock) = match sandbox {
        Some(_) => (storage::in_memory().await?, None),
        None => storage::open(&options).await.map(|(store, lock)| (store, Some(lock)))?,
    };
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", options.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let edge = match &sandbox {
        Some(sandbox) => Edge::simulated(sandbox),
        None => Edge::hosted(network(&options)?),
    };
    let urls = printed_urls(&options, address, &store, &edge, sandbox.as_ref()).await?;
    let metrics = metrics_listener(&options).await?;
    let limiter: Arc<dyn RateLimiter> = match options.rate_limit.as_str() {
        "off" => unlimited(),
        _ => Arc::new(TokenBuckets::new(options.setup_limit)),
    };
    let settings = settings(&options, address, sandbox.is_some())?;
    output::write(&urls.iter().map(|it| format!("{it}\n")).collect::<String>())?;
    let service = State::new(None, settings, store, edge.ports(), Arc::new(SystemEntropy), limiter);
    if let Some(listener) = metrics {
        let router = metrics_router(service.clone());
        tokio::spawn(listener::serve(listener, router, Arc::default(), std::future::pending()));
    }
    let proxies = options.trusted_proxies.into();
    tokio::spawn(report_refusals(service.clone()));
    listener::serve(listener, router(service.clone()), proxies, signals::termination()).await;
    service.report_last_refusals();
    edge.finish().await;
    Ok(())
}

/// Logged as an error, because with this setting tokens and URLs can be guessed without limit.
fn unlimited() -> Arc<dyn RateLimiter> {
    tracing::error!(
        "rate limits and throttling are off: guessing tokens and URLs is not limited. Unset TEMPO_MCP_RATE_LIMIT, unless \
         this is a benchmark"
    );
    Arc::new(Unlimited)
}

/// Writes what is due while no request comes.
async fn report_refusals(service: Arc<State>) {
    loop {
        tokio::time::sleep(REFUSALS_INTERVAL).await;
        service.report_refusals();
    }
}

/// What the program prints once it listens, for the program that started it: the personal URLs of the ready tenants, or
/// the service's own where there are none.
async fn printed_urls(
    options: &ServeOptions,
    address: SocketAddr,
    store: &Store,
    edge: &Edge,
    sandbox: Option<&Sandbox>,
) -> Result<Vec<String>, String> {
    let base = public_url(options).unwrap_or_else(|| format!("http://{address}"));
    let (count, today) = match sandbox {
        Some(sandbox) => (options.tenants.max(1), sandbox.today()),
        None => (options.tenants, jiff::Zoned::now().date()),
    };
    if count == 0 {
        return Ok(vec![base]);
    }
    let ids = ready_tenants::create(store, &edge.loaded, &edge.ports(), today, count).await?;
    Ok(ids.iter().map(|it| format!("{base}/mcp/{}", it.expose())).collect())
}

fn public_url(options: &ServeOptions) -> Option<String> {
    options.public_url.as_ref().map(|it| it.as_str().trim_end_matches('/').to_owned())
}

async fn metrics_listener(options: &ServeOptions) -> Result<Option<TcpListener>, String> {
    let Some(address) = options.metrics_listen else { return Ok(None) };
    let failed = |error: std::io::Error| format!("cannot listen on {address} for metrics: {error}");
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    tracing::info!(address = %listener.local_addr().map_err(failed)?, "serving /metrics");
    Ok(Some(listener))
}

fn settings(options: &ServeOptions, address: SocketAddr, simulated: bool) -> Result<Options, String> {
    // The simulation takes the vendors' place, and is the only host that may be called.
    let lookup = |name: &str| match name {
        "TEMPO_BASE_URL" | "ATLASSIAN_API_URL" | "ALLOWED_JIRA_HOSTS" if simulated => {
            Some(InProcess::BASE.to_owned())
        }
        "TEMPO_REGION" if simulated => None,
        name => std::env::var(name).ok(),
    };
    let mut hosts = options.allowed_hosts.clone();
    if hosts.is_empty() && address.ip().is_loopback() {
        // Without a list, a web page could reach the service through the browser by DNS rebinding.
        let port = address.port();
        hosts = ["127.0.0.1", "localhost", "[::1]"].iter().map(|it| format!("{it}:{port}")).collect();
        hosts.extend(options.public_url.as_ref().and_then(Url::host_str).map(str::to_owned));
    }
    Ok(Options {
        hosts,
        public_url: public_url(options),
        security_contact: options.security_contact.clone(),
        pacing: !simulated && options.rate_limit != "off",
        lifetime: Duration::from_secs(options.cache_seconds.into()),
        client_addresses: ClientAddresses::parse(&options.client_addresses)?,
        urls_per_account: options.urls_per_account,
        ..Options::from_lookup(&lookup)?
    })
}

fn network(options: &ServeOptions) -> Result<Network, String> {
    let proxy = options.egress_proxy.as_ref().map(|it| reqwest::Proxy::all(it.as_str())).transpose();
    let proxy = proxy.map_err(|_| "--egress-proxy must be an address like http://proxy.example.com:3128")?;
    // Hosts that the operator names may have any address; hosts that users name may not.
    let named = ["TEMPO_BASE_URL", "ATLASSIAN_API_URL"].map(|it| std::env::var(it).unwrap_or_default());
    let allowed = std::env::var("ALLOWED_JIRA_HOSTS").unwrap_or_default();
    let inside = options.egress_proxy.as_ref().map(Url::as_str);
    let origins = allowed
        .split(',')
        .chain(inside)
        .chain(named.iter().map(String::as_str))
        .filter_map(|it| Url::parse(it.trim()).ok());
    let exempt = origins.filter_map(|it| it.host_str().map(str::to_owned)).collect();
    Ok(Network::hosted(HostedNetwork { exempt, proxy }))
}
