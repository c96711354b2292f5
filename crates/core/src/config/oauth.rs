//! The Atlassian app that people sign in through.

use secrecy::SecretString;
use url::Url;

use super::Reader;

/// An app of Atlassian's developer console (OAuth 2.0, 3LO).
#[derive(Debug, Clone)]
pub struct OAuthApp {
    pub client_id: String,
    /// The vendor wants it beside PKCE.
    pub client_secret: SecretString,
    /// Where the browser comes back to on this machine; 0 takes a free port, which only a simulation accepts.
    pub callback_port: u16,
    /// Atlassian's login.
    pub login: Url,
}

impl Reader<'_> {
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
            self.wrong(NAME, "must be the number of a port, like 7788");
        }
        port
    }
}
