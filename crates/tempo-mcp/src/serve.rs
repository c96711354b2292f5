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
use tempo_mcp_core::{
    config::{jira_hosts::JiraHosts, tempo_base},
    domain::time::WorkDate,
    ports::{Entropy, RateLimiter},
    store::{
        Store,
        seal::ServerKey,
        tenants::{Credentials, Person},
    },
    web::{self, Options, Origins, Service},
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

    /// off: no rate limits, for measuring only
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
    if let Some(sandbox) = &sandbox {
        let id = ready_tenant(&store, sandbox).await?;
        println_url(&format!("{base}/mcp/{id}"))?;
    } else {
        println_url(&base)?;
    }
    let limiter: Arc<dyn RateLimiter> =
        if serve.rate_limit == "off" { Arc::new(Unlimited) } else { Arc::new(Buckets::default()) };
    let options = options(&serve, address, sandbox.is_some())?;
    let service = Service::new(options, store, edge.ports(), Arc::new(SystemEntropy), limiter);
    let proxies = serve.trusted_proxies.into();
    listener::serve(listener, web::router(service), proxies, stdio::end_signal()).await;
    edge.finish().await;
    Ok(())
}

/// The address stands alone on standard output, for whoever starts it from a program.
fn println_url(url: &str) -> Result<(), String> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{url}").and_then(|()| out.flush()).map_err(|error| error.to_string())
}

fn options(serve: &Serve, address: SocketAddr, simulated: bool) -> Result<Options, String> {
    let variable = |name: &str, default: &str| {
        let text = std::env::var(name).ok().filter(|it| !it.is_empty()).unwrap_or_else(|| default.to_owned());
        text.parse::<Url>().map_err(|_| format!("{name} must be an address like {default}"))
    };
    let (tempo, gateway) = if simulated {
        (
            InProcess::BASE.parse().map_err(|_| "the simulation's address")?,
            InProcess::BASE.parse().map_err(|_| "the simulation's address")?,
        )
    } else {
        (
            tempo_base(&|name| std::env::var(name).ok()).map_err(|it| it.to_string())?,
            variable("ATLASSIAN_API_URL", "https://api.atlassian.com")?,
        )
    };
    let mut hosts = serve.allowed_hosts.clone();
    if hosts.is_empty() && address.ip().is_loopback() {
        // A page in the user's browser could otherwise reach it under a name of its own (DNS rebinding).
        let port = address.port();
        hosts = ["127.0.0.1", "localhost", "[::1]"].iter().map(|it| format!("{it}:{port}")).collect();
        hosts.extend(serve.public_url.as_ref().and_then(Url::host_str).map(str::to_owned));
    }
    Ok(Options {
        origins: Origins::parse(&std::env::var("ALLOWED_ORIGIN").unwrap_or_default()),
        hosts,
        tempo,
        gateway,
        jira_hosts: jira_hosts(simulated)?,
        public_url: serve.public_url.as_ref().map(|it| it.as_str().trim_end_matches('/').to_owned()),
        pacing: !simulated,
        lifetime: Duration::from_secs(60),
        calls_per_tenant: 8,
        calls: 500,
    })
}

fn network(serve: &Serve) -> Result<Network, String> {
    let proxy = serve.egress_proxy.as_ref().map(|it| reqwest::Proxy::all(it.as_str())).transpose();
    let proxy = proxy.map_err(|_| "--egress-proxy must be an address like http://proxy.example.com:3128")?;
    // The operator's own addresses may be anywhere; what people name may not.
    let named = ["TEMPO_BASE_URL", "ATLASSIAN_API_URL"].map(|it| std::env::var(it).unwrap_or_default());
    let allowed = std::env::var("ALLOWED_JIRA_HOSTS").unwrap_or_default();
    let origins = allowed
        .split(',')
        .chain(named.iter().map(String::as_str))
        .filter_map(|it| Url::parse(it.trim()).ok());
    let exempt = origins.filter_map(|it| it.host_str().map(str::to_owned)).collect();
    Ok(Network::hosted(Hosted { exempt, proxy }))
}

/// `ALLOWED_JIRA_HOSTS`; the simulation is allowed exactly for itself.
fn jira_hosts(simulated: bool) -> Result<JiraHosts, String> {
    let text = std::env::var("ALLOWED_JIRA_HOSTS").unwrap_or_default();
    let text = if simulated { InProcess::BASE } else { &text };
    JiraHosts::parse(text).map_err(|why| format!("ALLOWED_JIRA_HOSTS: {why}"))
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
    let (current, previous) = key::load(&path, true)?;
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

/// The simulation's main user, signed up.
async fn ready_tenant(store: &Store, sandbox: &Sandbox) -> Result<String, String> {
    let credentials = Credentials {
        tempo_token: tempo_sandbox::TEMPO_TOKEN.to_owned().into(),
        jira_base_url: InProcess::BASE.into(),
        jira_email: Some(tempo_sandbox::MAIN_EMAIL.to_owned().into()),
        jira_token: tempo_sandbox::JIRA_TOKEN.to_owned().into(),
        account_field: Some(tempo_sandbox::ACCOUNT_FIELD.into()),
    };
    let account = tempo_sandbox::MAIN_ACCOUNT_ID.parse()?;
    let person = Person { account, email: Some(tempo_sandbox::MAIN_EMAIL.to_owned().into()) };
    let day = WorkDate(sandbox.today()).to_string();
    let id = store.create(&credentials, &person, "sandbox.localhost", &day).await;
    id.map(|it| it.expose().to_owned()).map_err(|failure| failure.to_string())
}
