//! One person's credentials, and the configuration that they make.
//!
//! A hosted service receives them from a form or a stored row, never from environment variables, so errors name a
//! field. Deliberately elsewhere: the names of the fields on a page or in a stored record (`tempo-mcp-service`).

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    Config, ConfigError, ConfigErrors, JiraAuth, JiraConfig, TempoConfig, jira_site,
    values::{self, check_email, check_token, present},
};

/// Five values that let the service act as one person, as they were entered or stored. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub tempo_api_token: SecretString,
    pub jira_base_url: String,
    /// `None` for a bearer token, which is sent without an e-mail address.
    pub jira_email: Option<SecretString>,
    pub jira_api_token: SecretString,
    /// The Jira custom field that holds an issue's Tempo account, like `10234` or `customfield_10234`.
    pub account_field: Option<String>,
}

impl Credentials {
    /// The credentials in a configuration, in their normal form.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let (jira_email, jira_api_token) = match &config.jira.auth {
            JiraAuth::Basic { email, token } => (Some(email.clone()), token.clone()),
            JiraAuth::Bearer(token) => (None, token.clone()),
            // A hosted service asks for tokens; it has no browser sign-in yet.
            JiraAuth::OAuth(_) => (None, SecretString::default()),
        };
        Self {
            tempo_api_token: config.tempo.token.clone(),
            jira_base_url: config.jira.site.base().to_string(),
            jira_email,
            jira_api_token,
            account_field: config.jira.account_field.clone(),
        }
    }
}

/// The vendors' addresses, which the operator of a service decides for all its tenants.
#[derive(Debug, Clone, Copy)]
pub struct VendorApis<'a> {
    /// Tempo's API, without the `/4` of its version.
    pub tempo: &'a Url,
    /// Atlassian's gateway, used for scoped Jira tokens.
    pub gateway: &'a Url,
    /// `false` only for simulators, which need no rate limit of our own.
    pub pacing: bool,
}

impl Config {
    /// Checks all five values.
    ///
    /// ```
    /// use tempo_mcp_core::config::{Config, credentials::{CredentialField, Credentials, VendorApis}};
    ///
    /// let (tempo, gateway) =
    ///     ("https://api.tempo.io".parse().unwrap(), "https://api.atlassian.com".parse().unwrap());
    /// let apis = VendorApis { tempo: &tempo, gateway: &gateway, pacing: true };
    /// let credentials = Credentials {
    ///     tempo_api_token: "tempo-token".to_owned().into(),
    ///     jira_base_url: "acme.atlassian.net/browse/WEB-12".into(),
    ///     jira_email: Some("not an e-mail address".to_owned().into()),
    ///     jira_api_token: "jira-token".to_owned().into(),
    ///     account_field: None,
    /// };
    /// let errors = Config::from_credentials(&credentials, &apis).unwrap_err();
    /// assert_eq!(errors.0[0].field, CredentialField::JiraEmail);
    /// ```
    ///
    /// # Errors
    /// Every field that is missing or wrong.
    pub fn from_credentials(
        credentials: &Credentials,
        apis: &VendorApis<'_>,
    ) -> Result<Self, CredentialErrors> {
        let mut errors = Vec::new();
        let mut keep = |error: CredentialError| errors.push(error);
        let site = parse_site(&credentials.jira_base_url).map_err(&mut keep).ok();
        let auth = parse_auth(credentials, &mut keep);
        let token = parse_token(CredentialField::TempoApiToken, &credentials.tempo_api_token);
        let token = token.map_err(&mut keep).ok();
        let account_field = credentials.account_field.as_deref().and_then(present);
        let account_field =
            account_field.map(parse_account_field).transpose().map_err(&mut keep).ok().flatten();
        match (site, auth, token) {
            (Some(site), Some(auth), Some(token)) if errors.is_empty() => Ok(Self {
                tempo: TempoConfig { base: apis.tempo.clone(), token },
                jira: JiraConfig { site, gateway: apis.gateway.clone(), auth, account_field },
                pacing: apis.pacing,
            }),
            _ => Err(CredentialErrors(errors)),
        }
    }
}

/// One of the five values of [`Credentials`], in the order in which a form asks for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredentialField {
    JiraBaseUrl,
    JiraEmail,
    JiraApiToken,
    TempoApiToken,
    AccountField,
}

impl CredentialField {
    /// The variable that holds this value on a local server.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::JiraBaseUrl => "JIRA_BASE_URL",
            Self::JiraEmail => "JIRA_EMAIL",
            Self::JiraApiToken => "JIRA_API_TOKEN",
            Self::TempoApiToken => "TEMPO_API_TOKEN",
            Self::AccountField => "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID",
        }
    }
}

/// A value that is missing or wrong. The value itself is never repeated: it may be a secret in the wrong field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialError {
    pub field: CredentialField,
    /// `None` for a value that is missing.
    pub finding: Option<String>,
}

impl CredentialError {
    fn missing(field: CredentialField) -> Self {
        Self { field, finding: None }
    }

    fn wrong(field: CredentialField, finding: impl Into<String>) -> Self {
        Self { field, finding: Some(finding.into()) }
    }
}

/// The finding as the end of a sentence whose subject is the field: `is required`.
impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.finding.as_deref().unwrap_or("is required"))
    }
}

/// Everything that is missing or wrong, in the order of [`CredentialField`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialErrors(pub Vec<CredentialError>);

/// A tool call reports the same errors as for a local server's variables.
impl From<CredentialErrors> for ConfigErrors {
    fn from(errors: CredentialErrors) -> Self {
        let error = |it: CredentialError| match it.finding {
            None => ConfigError::Missing(it.field.variable()),
            Some(finding) => ConfigError::Invalid(it.field.variable(), finding),
        };
        Self(errors.0.into_iter().map(error).collect())
    }
}

/// The address of Atlassian's gateway from an operator's setting.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub fn parse_gateway(text: &str) -> Result<Url, String> {
    let mut url = jira_site::parse_origin(text)?;
    if url.query().is_some() {
        return Err("must not have a query".into());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn required(field: CredentialField, text: &str) -> Result<&str, CredentialError> {
    present(text).ok_or(CredentialError::missing(field))
}

fn parse_site(text: &str) -> Result<super::JiraSite, CredentialError> {
    const FIELD: CredentialField = CredentialField::JiraBaseUrl;
    required(FIELD, text)?.parse().map_err(|finding: String| CredentialError::wrong(FIELD, finding))
}

fn parse_auth(credentials: &Credentials, keep: &mut impl FnMut(CredentialError)) -> Option<JiraAuth> {
    let email = credentials.jira_email.as_ref().map(parse_email).transpose().map_err(&mut *keep).ok();
    let token = parse_token(CredentialField::JiraApiToken, &credentials.jira_api_token);
    // Both are checked before either error ends the function.
    let token = token.map_err(keep).ok();
    match (email?, token?) {
        (Some(email), token) => Some(JiraAuth::Basic { email, token }),
        (None, token) => Some(JiraAuth::Bearer(token)),
    }
}

fn parse_email(text: &SecretString) -> Result<SecretString, CredentialError> {
    const FIELD: CredentialField = CredentialField::JiraEmail;
    let text = required(FIELD, text.expose_secret())?;
    check_email(text).map_err(|finding| CredentialError::wrong(FIELD, finding))?;
    Ok(text.to_owned().into())
}

fn parse_token(field: CredentialField, text: &SecretString) -> Result<SecretString, CredentialError> {
    let text = required(field, text.expose_secret())?;
    check_token(text).map_err(|finding| CredentialError::wrong(field, finding))?;
    Ok(text.to_owned().into())
}

fn parse_account_field(text: &str) -> Result<String, CredentialError> {
    values::parse_account_field(text)
        .map_err(|finding| CredentialError::wrong(CredentialField::AccountField, finding))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        Credentials {
            tempo_api_token: " tempo-token ".to_owned().into(),
            jira_base_url: "acme.atlassian.net/browse/WEB-12".into(),
            jira_email: Some("alex@example.com".to_owned().into()),
            jira_api_token: "jira-token".to_owned().into(),
            account_field: Some("10234".into()),
        }
    }

    fn parsed(credentials: &Credentials) -> Result<Config, Vec<(CredentialField, String)>> {
        let (tempo, gateway) = ("https://api.tempo.io".parse(), "https://api.atlassian.com".parse());
        let (tempo, gateway) = (tempo.unwrap(), gateway.unwrap());
        let apis = VendorApis { tempo: &tempo, gateway: &gateway, pacing: true };
        Config::from_credentials(credentials, &apis)
            .map_err(|errors| errors.0.iter().map(|it| (it.field, it.to_string())).collect())
    }

    #[test]
    fn credentials_come_back_in_their_normal_form() {
        let normal = Credentials::of(&parsed(&credentials()).unwrap());
        assert_eq!(normal.jira_base_url, "https://acme.atlassian.net/");
        assert_eq!(normal.tempo_api_token.expose_secret(), "tempo-token");
        assert_eq!(normal.account_field.as_deref(), Some("customfield_10234"));
        let again = Credentials::of(&parsed(&normal).unwrap());
        assert_eq!(format!("{normal:?}"), format!("{again:?}"));
    }

    #[test]
    fn without_an_email_address_the_token_is_a_bearer_token() {
        let config = parsed(&Credentials { jira_email: None, ..credentials() }).unwrap();
        assert!(matches!(config.jira.auth, JiraAuth::Bearer(_)));
    }

    #[test]
    fn every_wrong_field_is_reported_in_order_without_its_value() {
        let wrong = Credentials {
            tempo_api_token: "two words".to_owned().into(),
            jira_base_url: "ftp://acme.example".into(),
            jira_email: Some("a:b@example.com".to_owned().into()),
            jira_api_token: "${JIRA_API_TOKEN}".to_owned().into(),
            account_field: Some("Account".into()),
        };
        let errors = parsed(&wrong).map(drop).unwrap_err();
        let fields: Vec<CredentialField> = errors.iter().map(|(field, _)| *field).collect();
        assert!(fields.is_sorted() && fields.len() == 5, "{errors:?}");
        assert_eq!(errors[2].1, "is required");
        let text = format!("{errors:?}");
        assert!(!text.contains("two words") && !text.contains("a:b"), "{text}");
    }

    #[test]
    fn gateway_is_https_without_a_query_or_trailing_slash() {
        assert_eq!(parse_gateway("https://gateway.example/jira/").unwrap().path(), "/jira");
        for wrong in ["http://gateway.example", "https://gateway.example?a=b", ""] {
            assert!(parse_gateway(wrong).is_err(), "{wrong}");
        }
    }
}
