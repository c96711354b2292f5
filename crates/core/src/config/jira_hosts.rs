//! The Jira sites that a hosted service accepts, because it sends credentials and requests there.

use url::{Host, Url};

use super::JiraSite;

/// Atlassian's API gateway, the only address at which scoped tokens work.
const GATEWAY: &str = "api.atlassian.com";

/// Allowed host names, with `*.` for all names below one, and allowed origins, which may also be http or have a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JiraHosts {
    names: Vec<String>,
    origins: Vec<Url>,
}

impl JiraHosts {
    /// Parses a comma-separated list. An empty list allows Jira Cloud (`*.atlassian.net`).
    ///
    /// # Errors
    /// An entry is neither a host name nor an origin.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut res = Self { names: Vec::new(), origins: Vec::new() };
        for entry in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let name = entry.strip_prefix("*.").unwrap_or(entry);
            let is_name = name.contains('.')
                && name.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-'));
            match Url::parse(entry) {
                Ok(url) if entry.contains("://") && url.has_host() => res.origins.push(url),
                _ if is_name => res.names.push(entry.to_ascii_lowercase()),
                _ => {
                    return Err(format!(
                        "{entry:?} is neither a host name like *.atlassian.net nor an origin"
                    ));
                }
            }
        }
        if res.names.is_empty() && res.origins.is_empty() {
            res.names.push("*.atlassian.net".into());
        }
        Ok(res)
    }

    /// The allowed origins.
    pub fn origins(&self) -> impl Iterator<Item = &Url> {
        self.origins.iter()
    }

    /// Checks that people may use this site.
    ///
    /// # Errors
    /// Why they may not.
    pub fn check(&self, site: &JiraSite) -> Result<(), String> {
        let url = site.base();
        if self.origins.iter().any(|it| it.origin() == url.origin()) {
            return Ok(());
        }
        let Some(Host::Domain(host)) = url.host() else {
            return Err("must be the name of a site, not an IP address".into());
        };
        if url.scheme() != "https" || url.port().is_some() {
            return Err("must begin with https:// and have no port".into());
        }
        let fits = |name: &String| match name.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|it| it.ends_with('.') && it.len() > 1),
            None => host == name,
        };
        let is_gateway = site.is_gateway() && host == GATEWAY;
        if is_gateway || self.names.iter().any(fits) {
            return Ok(());
        }
        Err(format!("is not allowed here; this service accepts {}", self.names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(list: &str, site: &str) -> bool {
        JiraHosts::parse(list).unwrap().check(&site.parse().unwrap()).is_ok()
    }

    #[test]
    fn only_jira_cloud_is_allowed_by_default() {
        for site in ["acme.atlassian.net", "https://api.atlassian.com/ex/jira/abc-1"] {
            assert!(allows("", site), "{site}");
        }
        for site in [
            "https://atlassian.net",
            "https://evilatlassian.net",
            "https://acme.atlassian.net.evil.example",
            "https://acme.atlassian.net:8443",
            "https://api.atlassian.com",
            "http://127.0.0.1:80",
            "https://169.254.169.254",
            "https://[::1]",
            "http://localhost:1",
            "https://evil.example/ex/jira/abc-1",
        ] {
            assert!(!allows("", site), "{site}");
        }
    }

    #[test]
    fn list_replaces_the_default_and_origins_match_exactly() {
        assert!(allows("acme.atlassian.net", "https://acme.atlassian.net"));
        assert!(!allows("acme.atlassian.net", "https://other.atlassian.net"));
        assert!(allows("http://127.0.0.1:9", "http://127.0.0.1:9"));
        assert!(!allows("http://127.0.0.1:9", "http://127.0.0.1:10"));
        assert!(JiraHosts::parse("*").is_err() && JiraHosts::parse("a b.net").is_err());
    }
}
