//! What the operator of a service decides.

use std::{str::FromStr, time::Duration};

use tempo_mcp_core::config::{
    credentials::{VendorApis, parse_gateway},
    jira_hosts::JiraHosts,
    tempo_base,
};
use url::{Origin, Url};

const DEFAULT_GATEWAY: &str = "https://api.atlassian.com";

/// Everything that an operator can set, from both edges.
#[derive(Debug, Clone)]
pub struct Options {
    /// `ALLOWED_ORIGIN`
    pub origins: Origins,
    /// The `Host` headers to serve. Empty allows any, where something in front of the service checks them.
    pub hosts: Vec<String>,
    /// Tempo's API: `TEMPO_BASE_URL` or `TEMPO_REGION`.
    pub tempo: Url,
    /// Atlassian's gateway for scoped tokens: `ATLASSIAN_API_URL`.
    pub gateway: Url,
    /// The Jira sites that people may set up: `ALLOWED_JIRA_HOSTS`.
    pub jira_hosts: JiraHosts,
    /// The service's URL as users see it, without a trailing slash. `None` uses the request's own host.
    pub public_url: Option<String>,
    /// `false` only for simulators: `TEMPO_MCP_PACING`.
    pub pacing: bool,
    /// How long a tenant's row is used before it is read again.
    pub lifetime: Duration,
    /// The personal URLs that one Jira account may have.
    pub urls_per_account: u32,
    /// Concurrent calls of one tenant.
    pub calls_per_tenant: usize,
    /// Concurrent calls of all tenants.
    pub calls: usize,
    /// How log and security events show clients: `TEMPO_MCP_CLIENT_ADDRESSES`.
    pub client_addresses: ClientAddresses,
    /// Requests to the vendors that one call may send, where the platform counts them.
    pub outbound: Option<u32>,
    /// Where to report a vulnerability of this service: `TEMPO_MCP_SECURITY_CONTACT`.
    pub security_contact: Option<SecurityContact>,
}

impl Options {
    /// Reads the variables that both edges have. `hosts` and `public_url` are for the edge to set.
    ///
    /// # Errors
    /// The variable that is wrong, and why.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let text = |name: &str| lookup(name).map(|it| it.trim().to_owned()).unwrap_or_default();
        let gateway = match text("ATLASSIAN_API_URL").as_str() {
            "" => parse_gateway(DEFAULT_GATEWAY),
            address => parse_gateway(address),
        };
        let jira_hosts = JiraHosts::parse(&text("ALLOWED_JIRA_HOSTS"));
        let security_contact = match text("TEMPO_MCP_SECURITY_CONTACT").as_str() {
            "" => None,
            contact => {
                Some(contact.parse().map_err(|finding| format!("TEMPO_MCP_SECURITY_CONTACT {finding}"))?)
            }
        };
        Ok(Self {
            origins: Origins::parse(&text("ALLOWED_ORIGIN")),
            hosts: Vec::new(),
            tempo: tempo_base(lookup).map_err(|errors| errors.to_string())?,
            gateway: gateway.map_err(|finding| format!("ATLASSIAN_API_URL {finding}"))?,
            jira_hosts: jira_hosts.map_err(|finding| format!("ALLOWED_JIRA_HOSTS: {finding}"))?,
            public_url: None,
            pacing: text("TEMPO_MCP_PACING") != "off",
            lifetime: Duration::from_secs(60),
            urls_per_account: 10,
            calls_per_tenant: 12,
            calls: 500,
            client_addresses: ClientAddresses::parse(&text("TEMPO_MCP_CLIENT_ADDRESSES"))?,
            outbound: None,
            security_contact,
        })
    }

    /// The vendors' addresses, for every tenant's configuration.
    #[must_use]
    pub fn vendor_apis(&self) -> VendorApis<'_> {
        VendorApis { tempo: &self.tempo, gateway: &self.gateway, pacing: self.pacing }
    }

    /// The origins that the operator configured. They may be anywhere; those that users enter may not.
    #[must_use]
    pub fn named_origins(&self) -> Vec<Origin> {
        self.jira_hosts.origins().chain([&self.tempo, &self.gateway]).map(Url::origin).collect()
    }
}

/// How log and security events show the addresses of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAddresses {
    Plain,
    /// As a keyed hash, which tells clients apart without naming them.
    Hashed,
}

impl ClientAddresses {
    /// Parses `plain` or `hashed`; an empty text is `plain`.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" | "plain" => Ok(Self::Plain),
            "hashed" => Ok(Self::Hashed),
            _ => Err("TEMPO_MCP_CLIENT_ADDRESSES must be plain or hashed".into()),
        }
    }
}

/// The origins of web pages that may call an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    Any,
    Only(Vec<String>),
}

impl Origins {
    /// Parses a comma-separated list. `*` or an empty list allows any origin.
    ///
    /// ```
    /// use tempo_mcp_service::options::Origins;
    ///
    /// assert_eq!(Origins::parse("https://claude.ai/"), Origins::Only(vec!["https://claude.ai".into()]));
    /// assert_eq!(Origins::parse("*"), Origins::Any);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let list: Vec<String> = text
            .split(',')
            .map(|it| it.trim().trim_end_matches('/').to_ascii_lowercase())
            .filter(|it| !it.is_empty())
            .collect();
        if list.is_empty() || list.iter().any(|it| it == "*") { Self::Any } else { Self::Only(list) }
    }
}

/// Where people report a vulnerability of a service, as a URL.
///
/// ```
/// use tempo_mcp_service::options::SecurityContact;
///
/// let contact: SecurityContact = "security@example.com".parse()?;
/// assert_eq!(contact.as_str(), "mailto:security@example.com");
/// assert!("http://example.com/report".parse::<SecurityContact>().is_err());
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityContact(Url);

impl SecurityContact {
    /// The URL. It has no line break, whatever was configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for SecurityContact {
    type Err = &'static str;

    /// Takes an e-mail address too, which becomes a `mailto:` URL. RFC 9116 refuses `http:`.
    fn from_str(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).or_else(|_| Url::parse(&format!("mailto:{text}")));
        url.ok()
            .filter(|it| match it.scheme() {
                "https" | "tel" => true,
                "mailto" => it.path().contains('@'),
                _ => false,
            })
            .map(Self)
            .ok_or("must be an e-mail address, or a URL that starts with https:, mailto: or tel:")
    }
}
