//! `tempo-mcp serve`: the hosted service on one machine.

pub(crate) mod key;

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Args;
use tempo_mcp_core::{domain::time::WorkDate, ports::Entropy, seal::ServerKey};
use tempo_mcp_service::{
    ports::RateLimiter,
    store::{
        Store,
        tenants::{Credentials, Person},
    },
    web::{self, Options, Service},
};
use tempo_sandbox::Sandbox;
use url::Url;

use crate::{
    cli::Global,
    fail,
    http_client::{Hosted, Network},
    limiter::{Buckets, Unlimited},
    listener,
    ports::{Edge, SystemEntropy},
    sandbox::InProcess,
    sqlite::Sqlite,
    stdio,
};

/// Where everything is kept.
#[derive(Args)]
pub(crate) struct Data {
    /// The SQLite file [default: tempo-mcp.sqlite in the data directory]
    #[arg(long, env = "TEMPO_MCP_DATABASE", value_name = "sqlite:PATH")]
    pub(crate) database: Option<String>,
}

/// How the service is run; each also by its variable.
#[derive(Args)]
pub(crate) struct Serve {
    /// Address to listen on
    #[arg(long, env = "TEMPO_MCP_LISTEN", default_value = "127.0.0.1:8787", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,

    #[command(flatten)]
    pub(crate) data: Data,

    /// The address that users see, with its scheme
    #[arg(long, env = "TEMPO_MCP_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<Url>,

    /// Host names served, comma-separated [default: any, or this machine's when listening on loopback]
    #[arg(long, env = "TEMPO_MCP_ALLOWED_HOSTS", value_delimiter = ',', value_name = "HOSTS")]
    pub(crate) allowed_hosts: Vec<String>,

    /// Addresses of proxies in front whose X-Forwarded-For is believed, comma-separated
    #[arg(long, env = "TEMPO_MCP_TRUSTED_PROXIES", value_delimiter = ',', value_name = "ADDRESSES")]
    pub(crate) trusted_proxies: Vec<IpAddr>,

    /// The proxy for calls to Tempo and Jira; HTTPS_PROXY does not count here
    #[arg(long, env = "TEMPO_MCP_EGRESS_PROXY", value_name = "URL")]
    pub(crate) egress_proxy: Option<Url>,

    /// Address that serves /metrics, for Prometheus; keep it inside [default: none]
    #[arg(long, env = "TEMPO_MCP_METRICS_LISTEN", value_name = "ADDRESS")]
    pub(crate) metrics_listen: Option<SocketAddr>,

    /// Sign-ups a minute from one address; behind one company address, more than 5 may want in at once
    #[arg(long, env = "TEMPO_MCP_SETUP_LIMIT", default_value_t = 5, value_name = "NUMBER",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) setup_limit: u32,

    /// How long a person's record is used before it is read again; what /manage changes counts at once
    #[arg(long, env = "TEMPO_MCP_CACHE_SECONDS", default_value_t = 60, value_name = "SECONDS")]
    pub(crate) cache_seconds: u32,

    /// So many ready tenants, whose addresses are printed: of the simulation, or with the tokens in the environment
    #[arg(long, default_value_t = 0, hide = true)]
    pub(crate) tenants: usize,

    /// off: no rate limits and no pacing, for measuring only
    #[arg(long, env = "TEMPO_MCP_RATE_LIMIT", default_value = "on", value_parser = ["on", "off"], hide = true)]
    pub(crate) rate_limit: String,
}

pub(crate) async fn run(global: &Global, serve: Serve) -> ExitCode {
    match start(global, serve).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(&reason),
    }
}

async fn start(global: &Global, serve: Serve) -> Result<(), String> {
    let sandbox = global.sandbox.then(|| Sandbox::new(tempo_sandbox::Options { today: global.today }));
    // What is wrong with the key or the database is told before anybody can connect.
    let store = open(&serve, sandbox.is_some()).await?;
    let listener = tokio::net::TcpListener::bind(serve.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", serve.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let base = serve
        .public_url
        .as_ref()
        .map_or_else(|| format!("http://{address}"), |it| it.as_str().trim_end_matches('/').to_owned());
    let edge = match &sandbox {
        Some(sandbox) => Edge::on(sandbox),
        None => Edge::hosted(network(&serve)?),
    };
    let metrics = metrics_listener(&serve).await?;
    let ready = if sandbox.is_some() { serve.tenants.max(1) } else { serve.tenants };
    for id in ready_tenants(&store, sandbox.as_ref(), ready).await? {
        println_url(&format!("{base}/mcp/{id}"))?;
    }
    if ready == 0 {
        println_url(&base)?;
    }
    let limiter: Arc<dyn RateLimiter> = match serve.rate_limit.as_str() {
        "off" => Arc::new(Unlimited),
        _ => Arc::new(Buckets::new(serve.setup_limit)),
    };
    let options = options(&serve, address, sandbox.is_some())?;
    let service = Service::new(None, options, store, edge.ports(), Arc::new(SystemEntropy), limiter);
    if let Some(listener) = metrics {
        let router = web::metrics::router(service.clone());
        tokio::spawn(listener::serve(listener, router, Arc::default(), std::future::pending()));
    }
    let proxies = serve.trusted_proxies.into();
    listener::serve(listener, web::router(service), proxies, stdio::end_signal()).await;
    edge.finish().await;
    Ok(())
}

async fn metrics_listener(serve: &Serve) -> Result<Option<tokio::net::TcpListener>, String> {
    let Some(address) = serve.metrics_listen else { return Ok(None) };
    let failed = |error: std::io::Error| format!("cannot listen on {address} for metrics: {error}");
    let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
    tracing::info!(address = %listener.local_addr().map_err(failed)?, "serving /metrics");
    Ok(Some(listener))
}

/// The address stands alone on standard output, for whoever starts it from a program.
fn println_url(url: &str) -> Result<(), String> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{url}").and_then(|()| out.flush()).map_err(|error| error.to_string())
}

fn options(serve: &Serve, address: SocketAddr, simulated: bool) -> Result<Options, String> {
    // The simulation stands where the vendors would, and is allowed exactly for itself.
    let lookup = |name: &str| match name {
        "TEMPO_BASE_URL" | "ATLASSIAN_API_URL" | "ALLOWED_JIRA_HOSTS" if simulated => {
            Some(InProcess::BASE.to_owned())
        }
        "TEMPO_REGION" if simulated => None,
        name => std::env::var(name).ok(),
    };
    let mut hosts = serve.allowed_hosts.clone();
    if hosts.is_empty() && address.ip().is_loopback() {
        // A page in the user's browser could otherwise reach it under a name of its own (DNS rebinding).
        let port = address.port();
        hosts = ["127.0.0.1", "localhost", "[::1]"].iter().map(|it| format!("{it}:{port}")).collect();
        hosts.extend(serve.public_url.as_ref().and_then(Url::host_str).map(str::to_owned));
    }
    Ok(Options {
        hosts,
        public_url: serve.public_url.as_ref().map(|it| it.as_str().trim_end_matches('/').to_owned()),
        pacing: !simulated && serve.rate_limit != "off",
        lifetime: Duration::from_secs(serve.cache_seconds.into()),
        ..Options::from_lookup(&lookup)?
    })
}

fn network(serve: &Serve) -> Result<Network, String> {
    let proxy = serve.egress_proxy.as_ref().map(|it| reqwest::Proxy::all(it.as_str())).transpose();
    let proxy = proxy.map_err(|_| "--egress-proxy must be an address like http://proxy.example.com:3128")?;
    // The operator's own addresses may be anywhere; what people name may not.
    let named = ["TEMPO_BASE_URL", "ATLASSIAN_API_URL"].map(|it| std::env::var(it).unwrap_or_default());
    let allowed = std::env::var("ALLOWED_JIRA_HOSTS").unwrap_or_default();
    let inside = serve.egress_proxy.as_ref().map(Url::as_str);
    let origins = allowed
        .split(',')
        .chain(inside)
        .chain(named.iter().map(String::as_str))
        .filter_map(|it| Url::parse(it.trim()).ok());
    let exempt = origins.filter_map(|it| it.host_str().map(str::to_owned)).collect();
    Ok(Network::hosted(Hosted { exempt, proxy }))
}

async fn open(serve: &Serve, simulated: bool) -> Result<Store, String> {
    let entropy = Arc::new(SystemEntropy);
    let (database, current, previous) = if simulated {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes).map_err(|error| error.to_string())?;
        (Sqlite::in_memory(), ServerKey::new(key::text(&bytes)), Vec::new())
    } else {
        let path = path(&serve.data)?;
        let (current, previous) = key::load(&path, serve.listen.ip().is_loopback())?;
        (Sqlite::open(&path), current, previous)
    };
    Store::open(Arc::new(database?), entropy, current, previous).await.map_err(|failure| failure.to_string())
}

/// The file of a service that was started before.
pub(crate) fn existing(data: &Data) -> Result<PathBuf, String> {
    let path = path(data)?;
    let missing = || format!("there is no database at {}; --database names another", path.display());
    path.exists().then_some(&path).cloned().ok_or_else(missing)
}

/// The database of a service that was started before, for its operator.
pub(crate) async fn open_existing(data: &Data) -> Result<Store, String> {
    let path = existing(data)?;
    let (current, previous) = key::load_for_operator(&path)?;
    let store = Store::open(Arc::new(Sqlite::open(&path)?), Arc::new(SystemEntropy), current, previous).await;
    store.map_err(|failure| failure.to_string())
}

fn path(data: &Data) -> Result<PathBuf, String> {
    if let Some(text) = &data.database {
        let path = text.strip_prefix("sqlite:").filter(|it| !it.is_empty());
        return path.map(PathBuf::from).ok_or_else(|| "--database must look like sqlite:PATH".into());
    }
    let home = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let folder = home("XDG_DATA_HOME")
        .or_else(|| home("LOCALAPPDATA"))
        .or_else(|| home("HOME").map(|it| it.join(".local/share")))
        .ok_or("no data directory is known here: give --database sqlite:PATH")?
        .join("tempo-mcp");
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    Ok(folder.join("tempo-mcp.sqlite"))
}

/// The simulation's main user, or whoever the environment names, signed up so many times.
async fn ready_tenants(
    store: &Store,
    sandbox: Option<&Sandbox>,
    count: usize,
) -> Result<Vec<String>, String> {
    let simulated = sandbox.map(|it| it.environment(InProcess::BASE));
    let given = |name: &str| match &simulated {
        Some(all) => all.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()),
        None => std::env::var(name).ok(),
    };
    let given = |name: &str| given(name).unwrap_or_default();
    let credentials = Credentials {
        tempo_token: given("TEMPO_API_TOKEN").into(),
        jira_base_url: given("JIRA_BASE_URL"),
        jira_email: Some(given("JIRA_EMAIL").into()),
        jira_token: given("JIRA_API_TOKEN").into(),
        account_field: sandbox.map(|_| tempo_sandbox::ACCOUNT_FIELD.into()),
    };
    let account = tempo_sandbox::MAIN_ACCOUNT_ID.parse()?;
    let person = Person { account, email: Some(given("JIRA_EMAIL").into()) };
    let today = sandbox.map_or_else(|| jiff::Zoned::now().date(), Sandbox::today);
    let (host, day) = ("sandbox.localhost", WorkDate(today).to_string());
    let mut res = Vec::with_capacity(count);
    for _ in 0..count {
        let id = store.create(&credentials, &person, host, &day).await;
        res.push(id.map_err(|failure| failure.to_string())?.expose().to_owned());
    }
    Ok(res)
}
