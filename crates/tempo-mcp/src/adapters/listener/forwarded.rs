//! The address of a client, also behind trusted proxies.

use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;

/// The peer, or, if the peer is a trusted proxy, the last address in `X-Forwarded-For` that is not a trusted proxy. The
/// client itself may have written everything before that. All addresses are canonical: none is IPv4 written as IPv6.
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    if !proxies.contains(&peer) {
        return peer;
    }
    // The client may have written anything before the proxy's addition, also what is no text.
    let lines = headers.get_all("x-forwarded-for").iter().map(|it| String::from_utf8_lossy(it.as_bytes()));
    let lines: Vec<_> = lines.collect();
    let hops: Vec<&str> = lines.iter().flat_map(|it| it.split(',')).collect();
    for hop in hops.iter().rev() {
        match parse(hop) {
            Some(address) if proxies.contains(&address) => {}
            Some(address) => return address,
            None => break,
        }
    }
    peer
}

/// An address, with or without the port that some proxies add.
fn parse(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let alone = hop.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().map(|it| it.ip());
    alone.parse::<IpAddr>().or_else(|_| with_port()).ok().map(|it| it.to_canonical())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn named(peer: &str, forwarded: &str) -> String {
        let proxies = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_bytes(forwarded.as_bytes()).unwrap());
        client_address(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn only_trusted_proxies_name_the_client() {
        assert_eq!(named("192.0.2.9", "198.51.100.1"), "192.0.2.9");
        assert_eq!(named("10.0.0.1", "203.0.113.5, 198.51.100.1, 10.0.0.2"), "198.51.100.1");
        assert_eq!(named("10.0.0.1", "2001:db8::1"), "2001:db8::1");
        assert_eq!(named("10.0.0.1", "198.51.100.1, nonsense"), "10.0.0.1");
        assert_eq!(named("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(named("10.0.0.1", "\u{e9}, 198.51.100.1"), "198.51.100.1", "bytes that are not ASCII");
    }

    #[test]
    fn forwarded_address_may_have_a_port_or_be_mapped() {
        for (forwarded, client) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
            ("[::ffff:198.51.100.1]:80, ::ffff:10.0.0.2", "198.51.100.1"),
        ] {
            assert_eq!(named("10.0.0.1", forwarded), client, "{forwarded}");
        }
    }
}
