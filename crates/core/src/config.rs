//! What a person sets: one table of variables, read through a look-up, every fault reported at once.
//!
//! Deliberately elsewhere: reading the environment (the edges), and saying what a fault means for a tool call.

pub mod credentials;
pub mod jira_hosts;
pub mod jira_site;
mod oauth;
pub mod region;

use std::fmt;

use secrecy::SecretString;
use url::Url;

pub use jira_site::JiraSite;
pub use oauth::OAuthApp;
pub use region::Region;

/// One variable, as `--help`, the README and an error text show it.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    pub about: &'static str,
    pub default: Option<&'static str>,
}

const fn variable(name: &'static str, about: &'static str, default: Option<&'static str>) -> Variable {
    Variable { name, about, default }
}

/// Everything that can be set; names as the TypeScript server had them where it had them.
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

/// Where and how to reach both vendors. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    pub tempo: TempoConfig,
    pub jira: JiraConfig,
    pub pacing: bool,
}

#[derive(Debug, Clone)]
pub struct TempoConfig {
    /// Without the `/4` of the API's version.
    pub base: Url,
    pub token: SecretString,
}

#[derive(Debug, Clone)]
pub struct JiraConfig {
    pub site: JiraSite,
    pub gateway: Url,
    pub auth: JiraAuth,
    /// `customfield_10234`.
    pub account_field: Option<String>,
}

#[derive(Debug, Clone)]
pub enum JiraAuth {
    Basic {
        email: SecretString,
        token: SecretString,
    },
    Bearer(SecretString),
    /// Signed in with a browser; the tokens are kept apart, since they change.
    OAuth(OAuthApp),
}

/// What a look-up gave: a whole configuration or all that is wrong with it, and whether writing is allowed.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub config: Result<Config, ConfigErrors>,
    /// What signing in needs, which is less than everything: people sign in before they have the other token.
    pub jira: Option<JiraConfig>,
    pub read_only: bool,
}

/// Everything that is missing or wrong, in the order of [`VARIABLES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigError {
    Missing(&'static str),
    /// Says what is wrong without repeating the value: it may be a secret put into the wrong place.
    Wrong(&'static str, String),
}

impl ConfigError {
    /// The variable's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let (Self::Missing(name) | Self::Wrong(name, _)) = self;
        name
    }

    /// What is wrong, without the name.
    #[must_use]
    pub fn finding(&self) -> &str {
        match self {
            Self::Missing(_) => "is missing",
            Self::Wrong(_, why) => why,
        }
    }

    /// The fault for somebody who sees a field, not a variable.
    #[must_use]
    pub fn of_field(&self) -> String {
        match self {
            Self::Missing(_) => "is needed".into(),
            Self::Wrong(_, why) => why.clone(),
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
            Self::Wrong(name, why) => write!(f, "{name} {why}"),
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
        let mut reader = Reader { lookup, faults: Vec::new() };
        let read_only = reader.read_only();
        let jira = reader.jira();
        let config = reader.config(jira.clone());
        reader.faults.sort_by_key(|it| {
            let (ConfigError::Missing(name) | ConfigError::Wrong(name, _)) = it;
            VARIABLES.iter().position(|known| known.name == *name)
        });
        let config = match config {
            Some(config) if reader.faults.is_empty() => Ok(config),
            _ => Err(ConfigErrors(reader.faults)),
        };
        Self { config, jira, read_only }
    }
}

/// The address of Tempo alone, for a service to which everybody brings their own tokens.
///
/// # Errors
/// What is wrong with the variables that name it.
pub fn tempo_base(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Url, ConfigErrors> {
    let mut reader = Reader { lookup, faults: Vec::new() };
    let base = reader.tempo_base();
    base.ok_or(ConfigErrors(reader.faults))
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<ConfigError>,
}

impl Reader<'_> {
    fn optional(&self, name: &'static str) -> Option<String> {
        let value = (self.lookup)(name)?.trim().to_owned();
        let unexpanded = value.starts_with("${") && value.ends_with('}');
        (!value.is_empty() && !unexpanded).then_some(value)
    }

    fn required(&mut self, name: &'static str) -> Option<String> {
        let value = self.optional(name);
        if value.is_none() {
            self.faults.push(ConfigError::Missing(name));
        }
        value
    }

    /// A token goes into a header, which carries visible ASCII only: a stray line break would be refused there.
    fn secret(&mut self, name: &'static str) -> Option<SecretString> {
        let value = self.required(name)?;
        if value.bytes().all(|it| it.is_ascii_graphic()) {
            Some(value.into())
        } else {
            self.wrong(name, "contains a blank or a character that no token has: paste it again");
            None
        }
    }

    fn wrong(&mut self, name: &'static str, why: impl Into<String>) {
        self.faults.push(ConfigError::Wrong(name, why.into()));
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

    /// The region is a short form of the address: of two that differ, nobody knows which is meant.
    fn tempo_base(&mut self) -> Option<Url> {
        const NAME: &str = "TEMPO_REGION";
        let by_address = self.base("TEMPO_BASE_URL", Region::Global.base(), "/4");
        let Some(text) = self.optional(NAME) else { return by_address };
        let Some(region) = Region::named(&text) else {
            self.wrong(NAME, "must be global, eu or us");
            return None;
        };
        let address = self.optional("TEMPO_BASE_URL");
        if address.is_some() && by_address.as_ref().is_some_and(|it| Region::of(it) != Some(region)) {
            self.wrong(NAME, "and TEMPO_BASE_URL name different addresses: keep one of them");
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
                self.wrong("JIRA_BASE_URL", why);
                None
            }
        }
    }

    fn auth(&mut self) -> Option<JiraAuth> {
        match self.optional("JIRA_AUTH_TYPE").as_deref().unwrap_or("basic") {
            "basic" => {
                let token = self.secret("JIRA_API_TOKEN");
                let email = self.required("JIRA_EMAIL").filter(|it| self.is_email(it));
                Some(JiraAuth::Basic { email: email?.into(), token: token? })
            }
            "bearer" => self.secret("JIRA_API_TOKEN").map(JiraAuth::Bearer),
            "oauth" => self.oauth_app().map(JiraAuth::OAuth),
            _ => {
                self.wrong("JIRA_AUTH_TYPE", "must be basic, bearer or oauth");
                None
            }
        }
    }

    /// Basic authentication ends the user name at the first colon.
    fn is_email(&mut self, text: &str) -> bool {
        let fits = text.contains('@') && !text.contains([':', ' ']) && !text.chars().any(char::is_control);
        if !fits {
            self.wrong("JIRA_EMAIL", "is not an e-mail address");
        }
        fits
    }

    /// An API's base address: https, or http to this machine; without a trailing slash and `version`.
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
                self.wrong(name, format!("must be an address like {default}, without a query"));
                None
            }
            Err(why) => {
                self.wrong(name, why);
                None
            }
        }
    }

    fn account_field(&mut self) -> Option<String> {
        const NAME: &str = "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID";
        let text = self.optional(NAME)?;
        let digits = text.strip_prefix("customfield_").unwrap_or(&text);
        if (1..=12).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit()) {
            Some(format!("customfield_{digits}"))
        } else {
            self.wrong(NAME, "must be the number of a custom field, like 10234");
            None
        }
    }

    /// Whoever wanted to forbid writing and mistyped it has still forbidden it.
    fn read_only(&mut self) -> bool {
        let before = self.faults.len();
        self.switch("TEMPO_MCP_READ_ONLY", false) || self.faults.len() > before
    }

    fn switch(&mut self, name: &'static str, default: bool) -> bool {
        let Some(text) = self.optional(name) else { return default };
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => true,
            "false" | "0" | "off" | "no" => false,
            _ => {
                self.wrong(name, "must be true or false");
                default
            }
        }
    }
}

#[cfg(test)]
mod tests;
