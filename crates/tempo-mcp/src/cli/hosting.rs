//! The options of `serve`, and of the commands for the operators of a hosted service.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use tempo_mcp_service::options::SecurityContact;
use url::Url;

/// Where the service stores everything.
#[derive(Args)]
pub(crate) struct DatabaseOptions {
    /// The SQLite file [default: tempo-mcp.sqlite in the data directory]
    #[arg(long, env = "TEMPO_MCP_DATABASE", value_name = "sqlite:PATH")]
    pub(crate) database: Option<String>,
}

/// How the service runs; each option also has a variable.
#[derive(Args)]
pub(crate) struct ServeOptions {
    /// Address to listen on
    #[arg(long, env = "TEMPO_MCP_LISTEN", default_value = "127.0.0.1:8787", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,

    #[command(flatten)]
    pub(crate) database: DatabaseOptions,

    /// The URL under which users reach the service, with its scheme
    #[arg(long, env = "TEMPO_MCP_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<Url>,

    /// Host names to serve, comma-separated [default: any, or this machine's when listening on loopback]
    #[arg(long, env = "TEMPO_MCP_ALLOWED_HOSTS", value_delimiter = ',', value_name = "HOSTS")]
    pub(crate) allowed_hosts: Vec<String>,

    /// Where to report a vulnerability, for /.well-known/security.txt: an e-mail address or a URL [default: none]
    #[arg(long, env = "TEMPO_MCP_SECURITY_CONTACT", value_name = "CONTACT")]
    pub(crate) security_contact: Option<SecurityContact>,

    /// Addresses of reverse proxies whose X-Forwarded-For is trusted, comma-separated
    #[arg(long, env = "TEMPO_MCP_TRUSTED_PROXIES", value_delimiter = ',', value_name = "ADDRESSES")]
    pub(crate) trusted_proxies: Vec<IpAddr>,

    /// The proxy for requests to Tempo and Jira; HTTPS_PROXY is ignored here
    #[arg(long, env = "TEMPO_MCP_EGRESS_PROXY", value_name = "URL")]
    pub(crate) egress_proxy: Option<Url>,

    /// Address that serves /metrics for Prometheus; don't expose it to the internet [default: none]
    #[arg(long, env = "TEMPO_MCP_METRICS_LISTEN", value_name = "ADDRESS")]
    pub(crate) metrics_listen: Option<SocketAddr>,

    /// Sign-ups per minute from one address; raise it if many people share one company address
    #[arg(long, env = "TEMPO_MCP_SETUP_LIMIT", default_value_t = 5, value_name = "NUMBER",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) setup_limit: u32,

    /// Personal URLs that one Jira account may have; raise it if several people share an account
    #[arg(long, env = "TEMPO_MCP_URLS_PER_ACCOUNT", default_value_t = 10, value_name = "NUMBER",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) urls_per_account: u32,

    /// How long a tenant is cached before it is read again; changes on /manage take effect at once
    #[arg(long, env = "TEMPO_MCP_CACHE_SECONDS", default_value_t = 60, value_name = "SECONDS")]
    pub(crate) cache_seconds: u32,

    /// How log and security events show clients' addresses: as they are, or as keyed hashes
    #[arg(long, env = "TEMPO_MCP_CLIENT_ADDRESSES", default_value = "plain", value_name = "FORM",
          value_parser = ["plain", "hashed"])]
    pub(crate) client_addresses: String,

    /// Number of tenants to create at the start and print: simulated ones, or with the tokens in the environment
    #[arg(long, default_value_t = 0, hide = true)]
    pub(crate) tenants: usize,

    /// off: no rate limits and no throttling, for benchmarks only
    #[arg(long, env = "TEMPO_MCP_RATE_LIMIT", default_value = "on", value_parser = ["on", "off"], hide = true)]
    pub(crate) rate_limit: String,
}

#[derive(Subcommand)]
pub(crate) enum TenantsCommand {
    /// List tenants: the short name that logs show, Jira site, days of sign-up and of last use
    List(TenantSelection),
    /// Count tenants
    Count(TenantSelection),
    /// Delete tenants, with everything stored about them
    Delete(TenantSelection),
}

/// Which tenants; without any of these options, all of them.
#[derive(Args)]
pub(crate) struct TenantSelection {
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,

    /// The short name that logs and `tenants list` show
    #[arg(conflicts_with_all = ["email", "account_id", "idle_days"])]
    pub(crate) name: Option<String>,

    /// By the e-mail address given at sign-up
    #[arg(long, conflicts_with_all = ["account_id", "idle_days"])]
    pub(crate) email: Option<String>,

    /// By Atlassian account id
    #[arg(long, conflicts_with = "idle_days")]
    pub(crate) account_id: Option<String>,

    /// Not used for this many days; for tenants that were never used, days since sign-up
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) idle_days: Option<u16>,
}

#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Seal every tenant again with the current ENCRYPTION_KEY; set the old key as ENCRYPTION_KEY_PREVIOUS
    Rotate(DatabaseOptions),
    /// Show which keys the tenants are sealed with
    Status(DatabaseOptions),
}

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Print the recorded security events, the oldest first: one JSON object per line
    Export(AuditExport),
}

#[derive(Args)]
pub(crate) struct AuditExport {
    #[command(flatten)]
    pub(crate) database: DatabaseOptions,

    /// Only events of this day (UTC) or instant, and later ones: 2026-03-18 or 2026-03-18T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,

    /// Only events of this tenant, by the short name that logs and `tenants list` show
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
}

#[derive(Args)]
pub(crate) struct BackupOptions {
    /// The new file; an existing file is never overwritten
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) database: DatabaseOptions,
}
