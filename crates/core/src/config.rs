//! The configuration: one table of variables, read through a look-up, with all errors reported at once.
//!
//! Deliberately elsewhere: reading the environment (the binary and the Worker), and telling a tool's caller about errors.

pub mod credentials;
pub mod jira_hosts;
pub mod jira_site;
mod oauth;
pub mod region;
mod values;

use std::fmt;

use secrecy::SecretString;
use url::Url;

pub use jira_site::JiraSite;
pub use oauth::OAuthApp;
pub use region::Region;

/// One variable, as `--help`, the documentation and errors describe it.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    pub about: &'static str,
    pub default: Option<&'static str>,
}

const fn variable(name: &'static str, about: &'static str, default: Option<&'static str>) -> Variable {
    Variable { name, about, default }
}

/// All variables. Those that the TypeScript server had as well keep its names.
pub const VARIABLES: &[Variable] = &[
    variable("TEMPO_API_TOKEN", "Tempo API token: Tempo > Settings > API Integration", None),
    variable("JIRA_BASE_URL", "your Jira site, like https://acme.atlassian.net", None),
    variable("JIRA_EMAIL", "the e-mail address of your Atlassian account (basic only)", None),
    variable(
        "JIRA_API_TOKEN",
        "Jira API token, classic or scoped: Atlassian account > Security > API tokens",
        None,
    ),
    variable(
        "JIRA_AUTH_TYPE",
        "basic (e-mail and API token), bearer, or oauth (sign in with a browser)",
        Some("basic"),
    ),
    variable("JIRA_OAUTH_CLIENT_ID", "client id of your Atlassian app (oauth only)", None),
    variable("JIRA_OAUTH_CLIENT_SECRET", "secret of your Atlassian app (oauth only)", None),
    variable(
        "JIRA_OAUTH_CALLBACK_PORT",
        "port of http://localhost:7788/callback, as registered with the app (oauth only)",
        Some("7788"),
    ),
    variable(
        "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID",
        "Jira's custom field with the Tempo account, like 10234",
        None,
    ),
    variable(
        "TEMPO_BASE_URL",
        "Tempo's API; https://api.eu.tempo.io or https://api.us.tempo.io by region",
        Some("https://api.tempo.io"),
    ),
    variable("TEMPO_REGION", "global, eu or us: short for TEMPO_BASE_URL", None),
    variable(
        "ATLASSIAN_API_URL",
        "Atlassian's gateway, used for scoped Jira tokens and oauth",
        Some("https://api.atlassian.com"),
    ),
    variable("ATLASSIAN_AUTH_URL", "Atlassian's login (oauth only)", Some("https://auth.atlassian.com")),
    variable("TEMPO_MCP_READ_ONLY", "true: only the tools that read", Some("false")),
    variable("TEMPO_MCP_PACING", "off: no rate limit of our own; for simulators only", Some("on")),
];

/// Where both vendors are, and with which credentials. `Debug` shows no secret.
///
/// ```
/// use tempo_mcp_core::config::Loaded;
///
/// let lookup = |name: &str| match name {
///     "TEMPO_API_TOKEN" | "JIRA_API_TOKEN" => Some("token".to_owned()),
///     "JIRA_BASE_URL" => Some("acme.atlassian.net".to_owned()),
///     "JIRA_EMAIL" => Some("me@example.com".to_owned()),
///     _ => None,
/// };
/// let config = Loaded::from_lookup(&lookup).config?;
/// assert_eq!(config.jira.site.to_string(), "https://acme.atlassian.net");
/// assert_eq!(config.tempo.base.as_str(), "https://api.tempo.io/");
///
/// let errors = Loaded::from_lookup(&|_| None).config.unwrap_err();
/// assert_eq!(errors.0.len(), 4);
/// # Ok::<(), tempo_mcp_core::config::ConfigErrors>(())
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    pub tempo: TempoConfig,
    pub jira: JiraConfig,
    /// Whether requests to Tempo are limited by a rate of our own.
    pub pacing: bool,
}

/// Where Tempo is, and the token.
#[derive(Debug, Clone)]
pub struct TempoConfig {
    /// Without `/4`, the version of the API.
    pub base: Url,
    pub token: SecretString,
}

/// Where Jira is, and the credentials.
#[derive(Debug, Clone)]
pub struct JiraConfig {
    pub site: JiraSite,
    /// Atlassian's API gateway.
    pub gateway: Url,
    pub auth: JiraAuth,
    /// The custom field with the Tempo account, like `customfield_10234`.
    pub account_field: Option<String>,
}

/// How requests to Jira are authenticated.
#[derive(Debug, Clone)]
pub enum JiraAuth {
    Basic {
        email: SecretString,
        token: SecretString,
    },
    Bearer(SecretString),
    /// Sign-in with a browser. The tokens are stored elsewhere, because they change.
    OAuth(OAuthApp),
}

/// The configuration, or everything that is wrong with it, and whether writing is allowed.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub config: Result<Config, ConfigErrors>,
    /// Jira's part, which may be valid even if the rest is not: people sign in before they have a Tempo token.
    pub jira: Option<JiraConfig>,
    pub read_only: bool,
}

/// Everything that is missing or wrong, in the order of [`VARIABLES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

/// What is wrong with one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigError {
    Missing(&'static str),
    /// The variable, and why its value is invalid. The value itself is not shown, because it may be a secret that was put
    /// into the wrong variable.
    Invalid(&'static str, String),
}

impl ConfigError {
    /// The variable's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let (Self::Missing(name) | Self::Invalid(name, _)) = self;
        name
    }

    /// What is wrong, without the name.
    #[must_use]
    pub fn finding(&self) -> &str {
        match self {
            Self::Missing(_) => "is missing",
            Self::Invalid(_, why) => why,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => {
                let about = VARIABLES.iter().find(|it| it.name == *name).map_or("", |it| it.about);
                write!(f, "{name} is missing: {about}")
            }
            Self::Invalid(name, why) => write!(f, "{name} {why}"),
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&all.join("; "))
    }
}

impl Loaded {
    /// Reads all variables through `lookup`. An empty value and an unexpanded `${VAR}` count as missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut reader = VariableReader { lookup, errors: Vec::new() };
        let read_only = reader.read_only();
        let jira = reader.jira();
        let config = reader.config(jira.clone());
        reader.errors.sort_by_key(|it| {
            let (ConfigError::Missing(name) | ConfigError::Invalid(name, _)) = it;
            VARIABLES.iter().position(|known| known.name == *name)
        });
        let config = match config {
            Some(config) if reader.errors.is_empty() => Ok(config),
            _ => Err(ConfigErrors(reader.errors)),
        };
        Self { config, jira, read_only }
    }
}

/// Tempo's address alone, for a service whose users bring their own tokens.
///
/// # Errors
/// What is wrong with the variables that set it.
pub fn tempo_base(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Url, ConfigErrors> {
    let mut reader = VariableReader { lookup, errors: Vec::new() };
    let base = reader.tempo_base();
    base.ok_or(ConfigErrors(reader.errors))
}

struct VariableReader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    errors: Vec<ConfigError>,
}

impl VariableReader<'_> {
    fn optional(&self, name: &'static str) -> Option<String> {
        values::present(&(self.lookup)(name)?).map(str::to_owned)
    }

    fn required(&mut self, name: &'static str) -> Option<String> {
        let value = self.optional(name);
        if value.is_none() {
            self.errors.push(ConfigError::Missing(name));
        }
        value
    }

    fn secret(&mut self, name: &'static str) -> Option<SecretString> {
        let value = self.required(name)?;
        self.accept(name, values::check_token(&value))?;
        Some(value.into())
    }

    /// The value of a check that passed; an error is reported under `name`.
    fn accept<T>(&mut self, name: &'static str, checked: Result<T, &'static str>) -> Option<T> {
        checked.map_err(|why| self.invalid(name, why)).ok()
    }

    fn invalid(&mut self, name: &'static str, why: impl Into<String>) {
        self.errors.push(ConfigError::Invalid(name, why.into()));
    }

    fn config(&mut self, jira: Option<JiraConfig>) -> Option<Config> {
        let token = self.secret("TEMPO_API_TOKEN");
        let base = self.tempo_base();
        let pacing = self.switch("TEMPO_MCP_PACING", true);
        Some(Config { tempo: TempoConfig { base: base?, token: token? }, jira: jira?, pacing })
    }

    fn jira(&mut self) -> Option<JiraConfig> {
        let gateway = self.base("ATLASSIAN_API_URL", "https://api.atlassian.com", "");
        let site = self.site();
        let auth = self.auth();
        let account_field = self.account_field();
        Some(JiraConfig { site: site?, gateway: gateway?, auth: auth?, account_field })
    }

    /// The region is a short form of the address. If both are set and differ, it is unclear which one is meant.
    fn tempo_base(&mut self) -> Option<Url> {
        const NAME: &str = "TEMPO_REGION";
        let by_address = self.base("TEMPO_BASE_URL", Region::Global.base(), "/4");
        let Some(text) = self.optional(NAME) else { return by_address };
        let Some(region) = Region::named(&text) else {
            self.invalid(NAME, "must be global, eu or us");
            return None;
        };
        let address = self.optional("TEMPO_BASE_URL");
        if address.is_some() && by_address.as_ref().is_some_and(|it| Region::of(it) != Some(region)) {
            self.invalid(NAME, "and TEMPO_BASE_URL are different addresses; remove one of them");
            return None;
        }
        by_address?;
        Url::parse(region.base()).ok()
    }

    fn site(&mut self) -> Option<JiraSite> {
        let text = self.required("JIRA_BASE_URL")?;
        match text.parse() {
            Ok(site) => Some(site),
            Err(why) => {
                self.invalid("JIRA_BASE_URL", why);
                None
            }
        }
    }

    fn auth(&mut self) -> Option<JiraAuth> {
        match self.optional("JIRA_AUTH_TYPE").as_deref().unwrap_or("basic") {
            "basic" => {
                let token = self.secret("JIRA_API_TOKEN");
                let email = self.email();
                Some(JiraAuth::Basic { email: email?, token: token? })
            }
            "bearer" => self.secret("JIRA_API_TOKEN").map(JiraAuth::Bearer),
            "oauth" => self.oauth_app().map(JiraAuth::OAuth),
            _ => {
                self.invalid("JIRA_AUTH_TYPE", "must be basic, bearer or oauth");
                None
            }
        }
    }

    fn email(&mut self) -> Option<SecretString> {
        let value = self.required("JIRA_EMAIL")?;
        self.accept("JIRA_EMAIL", values::check_email(&value))?;
        Some(value.into())
    }

    /// The base address of an API, without a trailing slash and without `version`.
    fn base(&mut self, name: &'static str, default: &str, version: &str) -> Option<Url> {
        let text = self.optional(name).unwrap_or_else(|| default.into());
        let text = text.trim_end_matches('/');
        let text = text.strip_suffix(version).unwrap_or(text);
        match jira_site::parse_origin(text) {
            Ok(mut url) if url.query().is_none() => {
                let path = url.path().trim_end_matches('/').to_owned();
                url.set_path(&path);
                Some(url)
            }
            Ok(_) => {
                self.invalid(name, format!("must be an address like {default}, without a query string"));
                None
            }
            Err(why) => {
                self.invalid(name, why);
                None
            }
        }
    }

    fn account_field(&mut self) -> Option<String> {
        const NAME: &str = "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID";
        let text = self.optional(NAME)?;
        self.accept(NAME, values::parse_account_field(&text))
    }

    /// An invalid value forbids writing as well: the person who mistyped it wanted to forbid it.
    fn read_only(&mut self) -> bool {
        let before = self.errors.len();
        self.switch("TEMPO_MCP_READ_ONLY", false) || self.errors.len() > before
    }

    fn switch(&mut self, name: &'static str, default: bool) -> bool {
        let Some(text) = self.optional(name) else { return default };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => true,
            "false" | "0" | "off" | "no" => false,
            _ => {
                self.invalid(name, "must be true or false");
                default
            }
        }
    }
}

#[cfg(test)]
mod tests;
