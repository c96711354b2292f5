//! Names for a hosted service: people say which site to call, so a name that leads into the operator's own network is
//! refused, at the moment of connecting. The address that was checked is the one that is connected to.

use std::{
    error::Error,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names to public addresses only.
pub(crate) struct PublicOnly {
    /// Names that the operator allowed in so many words.
    pub(crate) exempt: Vec<String>,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let is_exempt = self.exempt.iter().any(|it| it.eq_ignore_ascii_case(name.as_str()));
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            checked(found, is_exempt)
        })
    }
}

fn checked(found: Vec<SocketAddr>, is_exempt: bool) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    if is_exempt || found.iter().all(|it| is_public(it.ip())) {
        return Ok(Box::new(found.into_iter()));
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "the name leads to an address that is not public")
        .into())
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => is_public_v4(it),
        IpAddr::V6(it) => is_public_v6(it),
    }
}

/// IANA's special-purpose registry, less what is globally reachable.
fn is_public_v4(it: Ipv4Addr) -> bool {
    let [a, b, c, _] = it.octets();
    let special = it.is_loopback()
        || it.is_private()
        || it.is_link_local()
        || it.is_multicast()
        || it.is_broadcast()
        || it.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(it: Ipv6Addr) -> bool {
    if let Some(v4) = it.to_ipv4() {
        // Mapped and compatible forms reach the IPv4 address in them.
        return is_public_v4(v4);
    }
    let [first, second, ..] = it.segments();
    let translated = first == 0x64 && second == 0xff9b;
    let documentation = first == 0x2001 && second == 0xdb8;
    let six_to_four = first == 0x2002;
    // 2000::/3 is all that is assigned for the public.
    first & 0xe000 == 0x2000 && !translated && !documentation && !six_to_four
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_connected_to() {
        for text in ["104.192.141.1", "8.8.8.8", "2600:1f18::1"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "2002:7f00:1::",
            "::127.0.0.1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn one_private_address_among_public_ones_spoils_the_name() {
        let found = || vec!["8.8.8.8:0".parse().unwrap(), "127.0.0.1:0".parse().unwrap()];
        assert!(checked(found(), false).is_err());
        assert!(checked(found(), true).is_ok());
    }

    #[tokio::test]
    async fn a_local_name_is_refused_unless_it_is_exempt() {
        let refused = PublicOnly { exempt: Vec::new() }.resolve("localhost".parse().unwrap()).await;
        assert!(refused.is_err());
        assert!(
            PublicOnly { exempt: vec!["localhost".into()] }
                .resolve("localhost".parse().unwrap())
                .await
                .is_ok()
        );
    }
}
