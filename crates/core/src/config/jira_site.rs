//! The address of a Jira site, parsed from what a person pasted.

use std::{fmt, net::IpAddr, str::FromStr};

use url::{Host, Url};

/// A site (`https://acme.atlassian.net`), or one behind a gateway (`…/ex/jira/{cloudId}`, on any host).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JiraSite {
    base: Url,
    is_gateway: bool,
}

impl JiraSite {
    /// The base address, whose path is `/` or `/ex/jira/{cloudId}`.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Whether this is the address of a site behind a gateway.
    #[must_use]
    pub fn is_gateway(&self) -> bool {
        self.is_gateway
    }

    /// Whether this is the site with the given address and cloud id.
    #[must_use]
    pub fn is_at(&self, url: &str, cloud_id: &str) -> bool {
        if self.is_gateway {
            return self.base.path().ends_with(&format!("/{cloud_id}"));
        }
        url.parse::<Self>().is_ok_and(|it| it == *self)
    }

    /// Whether `text` can be a segment of a gateway's path.
    #[must_use]
    pub fn is_cloud_id(text: &str) -> bool {
        is_cloud_id(text)
    }
}

/// The normalized address, without a slash at the end.
impl fmt::Display for JiraSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str().trim_end_matches('/'))
    }
}

/// Without a scheme, https is assumed. A path is dropped, unless it is a gateway's.
impl FromStr for JiraSite {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut base = parse_origin(text)?;
        base.set_query(None);
        let segments: Vec<String> =
            base.path_segments().map(|it| it.map(str::to_owned).collect()).unwrap_or_default();
        let gateway = match segments.as_slice() {
            [ex, jira, cloud_id, ..] if ex == "ex" && jira == "jira" && is_cloud_id(cloud_id) => {
                Some(format!("/ex/jira/{cloud_id}"))
            }
            _ => None,
        };
        base.set_path(gateway.as_deref().unwrap_or("/"));
        Ok(Self { base, is_gateway: gateway.is_some() })
    }
}

pub(crate) fn is_cloud_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

/// An address that credentials may be sent to: with https, or with http on this machine, and without user info.
///
/// # Errors
/// What is wrong with the address, without repeating it.
pub(crate) fn parse_origin(text: &str) -> Result<Url, String> {
    const FORM: &str = "is not an address like https://acme.atlassian.net";
    let text = text.trim().trim_end_matches('/');
    if text.ends_with(':') {
        return Err(FORM.into());
    }
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let mut url = Url::parse(&with_scheme).map_err(|_| FORM)?;
    let host = url.host().ok_or(FORM)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or password".into());
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&host) => {}
        "http" => {
            return Err("must begin with https://, because credentials are sent there (http is only for this machine)".into());
        }
        _ => return Err("must begin with https://".into()),
    }
    url.set_fragment(None);
    Ok(url)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(it) => *it == "localhost" || it.ends_with(".localhost"),
        Host::Ipv4(it) => IpAddr::V4(*it).is_loopback(),
        Host::Ipv6(it) => IpAddr::V6(*it).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn pasted_address_becomes_a_site_or_is_refused() {
        let shown = |it: &str| it.parse::<JiraSite>().map_or_else(|why| why, |site| site.base.to_string());
        let lines: Vec<String> = [
            "acme.atlassian.net",
            "  https://acme.atlassian.net//  ",
            "https://acme.atlassian.net/jira/software/projects/A/boards/1?x=1#y",
            "https://api.atlassian.com/ex/jira/11223344-a1b2/rest/api/3",
            "https://proxy.example.com/ex/jira/abc-1/",
            "https://acme.atlassian.net/ex/jira/",
            "http://127.0.0.1:8080/",
            "http://[::1]:1/",
            "http://localhost:1",
            "http://acme.atlassian.net",
            "ftp://acme.atlassian.net",
            "https://me:secret@acme.atlassian.net",
            "https://acme.atlassian.net@evil.example",
            "https://",
            "not a host",
        ]
        .iter()
        .map(|it| format!("{it:?} -> {}", shown(it)))
        .collect();
        expect![[r#"
            "acme.atlassian.net" -> https://acme.atlassian.net/
            "  https://acme.atlassian.net//  " -> https://acme.atlassian.net/
            "https://acme.atlassian.net/jira/software/projects/A/boards/1?x=1#y" -> https://acme.atlassian.net/
            "https://api.atlassian.com/ex/jira/11223344-a1b2/rest/api/3" -> https://api.atlassian.com/ex/jira/11223344-a1b2
            "https://proxy.example.com/ex/jira/abc-1/" -> https://proxy.example.com/ex/jira/abc-1
            "https://acme.atlassian.net/ex/jira/" -> https://acme.atlassian.net/
            "http://127.0.0.1:8080/" -> http://127.0.0.1:8080/
            "http://[::1]:1/" -> http://[::1]:1/
            "http://localhost:1" -> http://localhost:1/
            "http://acme.atlassian.net" -> must begin with https://, because credentials are sent there (http is only for this machine)
            "ftp://acme.atlassian.net" -> must begin with https://
            "https://me:secret@acme.atlassian.net" -> must not contain a user name or password
            "https://acme.atlassian.net@evil.example" -> must not contain a user name or password
            "https://" -> is not an address like https://acme.atlassian.net
            "not a host" -> is not an address like https://acme.atlassian.net"#]].assert_eq(&lines.join("\n"));
    }
}
