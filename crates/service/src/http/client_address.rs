//! Where a request comes from, and which addresses count as one client.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use http::Extensions;

use crate::ports::{Breadth, Limit, RateLimiter};

/// The client's address as the edge knows it. The edge adds it to each request's extensions.
#[derive(Debug, Clone)]
pub struct ClientAddress(pub String);

/// What counts as one client: an IPv4 address, an IPv6 network of 64 bits, or all clients whose address is unknown.
///
/// A provider's customer has at least such a network, and could use another of its addresses for every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientKey(Option<IpAddr>);

impl ClientAddress {
    /// The address, or an empty text where the edge does not know it.
    pub(crate) fn of(extensions: &Extensions) -> &str {
        extensions.get::<Self>().map_or("", |it| it.0.as_str())
    }
}

impl ClientKey {
    /// The client that an address belongs to. An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is IPv4.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(Some(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(network(address, 64)),
            address => address,
        }))
    }

    /// The client of a request.
    pub(crate) fn of_request(extensions: &Extensions) -> Self {
        ClientAddress::of(extensions).parse().map_or(Self(None), Self::of)
    }
}

/// Counts one attempt of the client of a request and, for IPv6, of the site around it. A site has 65,536 networks that
/// each count as one client.
///
/// # Errors
/// How long to wait.
pub(crate) async fn check_client(
    limiter: &dyn RateLimiter,
    limit: Limit,
    extensions: &Extensions,
) -> Result<(), Duration> {
    match ClientKey::of_request(extensions).0 {
        Some(IpAddr::V6(address)) => {
            limiter.check(limit, Breadth::Single, &format!("{address}/64")).await?;
            limiter.check(limit, Breadth::Site, &format!("{}/48", network(address, 48))).await
        }
        Some(IpAddr::V4(address)) => limiter.check(limit, Breadth::Single, &address.to_string()).await,
        None => limiter.check(limit, Breadth::Single, "").await,
    }
}

/// The first `bits` of an address, followed by zeros.
fn network(address: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        let key = |text: &str| ClientKey::of(text.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
