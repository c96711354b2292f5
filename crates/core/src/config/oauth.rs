//! The Atlassian app that people sign in with.

use secrecy::SecretString;
use url::Url;

use super::VariableReader;

/// An OAuth 2.0 (3LO) app of Atlassian's developer console.
#[derive(Debug, Clone)]
pub struct OAuthApp {
    pub client_id: String,
    /// Atlassian requires it in addition to PKCE.
    pub client_secret: SecretString,
    /// The port on this machine that the browser returns to. 0 takes a free port, which only the sandbox accepts.
    pub callback_port: u16,
    /// The address of Atlassian's login.
    pub login: Url,
}

impl VariableReader<'_> {
    pub(super) fn oauth_app(&mut self) -> Option<OAuthApp> {
        let client_id = self.required("JIRA_OAUTH_CLIENT_ID");
        let client_secret = self.secret("JIRA_OAUTH_CLIENT_SECRET");
        let callback_port = self.callback_port();
        let login = self.base("ATLASSIAN_AUTH_URL", "https://auth.atlassian.com", "");
        Some(OAuthApp {
            client_id: client_id?,
            client_secret: client_secret?,
            callback_port: callback_port?,
            login: login?,
        })
    }

    fn callback_port(&mut self) -> Option<u16> {
        const NAME: &str = "JIRA_OAUTH_CALLBACK_PORT";
        let Some(text) = self.optional(NAME) else { return Some(7788) };
        let port = text.parse().ok();
        if port.is_none() {
            self.invalid(NAME, "must be the number of a port, like 7788");
        }
        port
    }
}
