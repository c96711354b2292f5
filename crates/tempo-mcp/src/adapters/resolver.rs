//! Name resolution for a hosted service: users name the sites that it calls, so a name with an address in the operator's
//! own network is refused when connecting. The address that was checked is the one that is connected to.

use std::{
    error::Error,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names to public addresses only.
pub(crate) struct PublicOnly<R = SystemResolver> {
    /// Names that the operator allowed explicitly.
    pub(crate) exempt: Vec<String>,
    pub(crate) inner: R,
}

impl<R: Resolve> Resolve for PublicOnly<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let is_exempt = self.exempt.iter().any(|it| it.eq_ignore_ascii_case(name.as_str()));
        let found = self.inner.resolve(name);
        Box::pin(async move { checked(found.await?.collect(), is_exempt) })
    }
}

/// The resolver of the operating system.
pub(crate) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn checked(found: Vec<SocketAddr>, is_exempt: bool) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    if is_exempt || found.iter().all(|it| is_public(it.ip())) {
        return Ok(Box::new(found.into_iter()));
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "the name resolves to an address that is not public")
        .into())
}

pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => is_public_v4(it),
        IpAddr::V6(it) => is_public_v6(it),
    }
}

/// IANA's special-purpose registry, without the blocks that are globally reachable.
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
        // Relays of 6to4, which is no longer in use.
        || (a == 192 && b == 88 && c == 99)
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
    let documentation = (first == 0x2001 && second == 0xdb8) || (first == 0x3fff && second < 0x1000);
    // Teredo and 6to4 reach the IPv4 address in them.
    let tunnelled = (first == 0x2001 && second == 0) || first == 0x2002;
    // 2001:20::/28, identifiers that are not routed.
    let orchid = first == 0x2001 && second & 0xfff0 == 0x20;
    // Only 2000::/3 is assigned for public use.
    first & 0xe000 == 0x2000 && !translated && !documentation && !tunnelled && !orchid
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[test]
    fn only_public_addresses_are_accepted() {
        for text in ["104.192.141.1", "8.8.8.8", "192.88.98.1", "2600:1f18::1", "2001:30::1", "2001:4860::1"]
        {
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
            "2001:0:7f00:1::1",
            "2001:20::1",
            "2001:2f:ffff::1",
            "3fff::1",
            "3fff:fff::1",
            "192.88.99.1",
            "::ffff:192.88.99.1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn name_with_one_private_address_is_refused() {
        let found = || vec!["8.8.8.8:0".parse().unwrap(), "127.0.0.1:0".parse().unwrap()];
        assert!(checked(found(), false).is_err());
        assert!(checked(found(), true).is_ok());
    }

    #[tokio::test]
    async fn local_name_is_refused_unless_exempt() {
        let resolved = async |exempt: Vec<String>| {
            PublicOnly { exempt, inner: SystemResolver }.resolve("localhost".parse().unwrap()).await
        };
        assert!(resolved(Vec::new()).await.is_err());
        assert!(resolved(vec!["localhost".into()]).await.is_ok());
    }

    /// Resolves to one address the first time, and to this machine every time after that.
    #[derive(Clone)]
    struct RebindingResolver(Arc<AtomicUsize>, IpAddr);

    impl Resolve for RebindingResolver {
        fn resolve(&self, _: Name) -> Resolving {
            let lookups = self.0.fetch_add(1, Ordering::Relaxed);
            let address = if lookups == 0 { self.1 } else { Ipv4Addr::LOCALHOST.into() };
            Box::pin(async move { Ok(Box::new([SocketAddr::new(address, 0)].into_iter()) as Addrs) })
        }
    }

    /// A listener on this machine, a client that resolves names with `inner`, and a URL with a name for the listener.
    async fn client(
        inner: RebindingResolver,
        exempt: Vec<String>,
    ) -> (tokio::net::TcpListener, reqwest::Client, String) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://rebinding.example:{}/", listener.local_addr().unwrap().port());
        let resolver = Arc::new(PublicOnly { exempt, inner });
        let client = reqwest::Client::builder().no_proxy().dns_resolver(resolver).build().unwrap();
        (listener, client, url)
    }

    #[tokio::test]
    async fn name_that_turns_private_before_connecting_is_refused() {
        let inner = RebindingResolver(Arc::default(), "8.8.8.8".parse().unwrap());
        let guard = PublicOnly { exempt: Vec::new(), inner: inner.clone() };
        assert!(
            guard.resolve("rebinding.example".parse().unwrap()).await.is_ok(),
            "a lookup before connecting"
        );
        let (listener, client, url) = client(inner, Vec::new()).await;
        let failed = client.get(&url).send().await.unwrap_err();
        assert!(failed.is_connect(), "{failed:?}");
        let no_connection =
            std::future::poll_fn(|cx| std::task::Poll::Ready(listener.poll_accept(cx).is_pending()));
        assert!(no_connection.await, "no connection was opened");
    }

    #[tokio::test]
    async fn checked_address_is_the_one_connected_to() {
        let inner = RebindingResolver(Arc::default(), Ipv4Addr::LOCALHOST.into());
        let (listener, client, url) = client(inner.clone(), vec!["rebinding.example".into()]).await;
        let call = tokio::spawn(client.get(&url).send());
        listener.accept().await.unwrap();
        assert_eq!(inner.0.load(Ordering::Relaxed), 1, "looked up once, and that address was used");
        call.abort();
    }
}
