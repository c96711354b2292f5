//! The listener of the hosted service: HTTP/1.1 and h2c, with time limits that axum's own does not have.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tempo_mcp_service::http::ClientAddress;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;
use tower_service::Service;

/// How long a connection may take to send the headers of a request; also how long it may idle between two requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the end of the service waits for requests in progress.
const LAST_CALLS: Duration = Duration::from_secs(30);

/// Serves until `end` completes, then finishes the requests in progress.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    proxies: Arc<[IpAddr]>,
    end: impl Future<Output = ()>,
) {
    let connections = GracefulShutdown::new();
    let mut end = std::pin::pin!(end);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => connect(stream, address.ip(), &router, &proxies, &connections),
                Err(error) => accept_failed(&error).await,
            },
            () = &mut end => break,
        }
    }
    drop(listener);
    if tokio::time::timeout(LAST_CALLS, connections.shutdown()).await.is_err() {
        tracing::warn!("ending while requests are still in progress");
    }
}

/// Most likely the process is out of file descriptors: accepting again at once would only burn CPU time.
async fn accept_failed(error: &io::Error) {
    tracing::error!(%error, "a connection cannot be accepted");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

fn connect(
    stream: TcpStream,
    peer: IpAddr,
    router: &Router,
    proxies: &Arc<[IpAddr]>,
    connections: &GracefulShutdown,
) {
    // Sends small responses at once.
    let _ = stream.set_nodelay(true);
    tokio::spawn(connection(stream, peer, router.clone(), proxies.clone(), connections));
}

/// Serves one connection to its end.
fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: IpAddr,
    router: Router,
    proxies: Arc<[IpAddr]>,
    connections: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + use<S> {
    let begun = CancellationToken::new();
    let first = begun.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        first.cancel();
        let mut request = request.map(Body::new);
        let address = client_address(peer, request.headers(), &proxies);
        request.extensions_mut().insert(ClientAddress(address.to_string()));
        router.clone().call(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .max_concurrent_streams(64);
    let connection = connections.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
    async move {
        // hyper's own limit begins only once it knows the version of HTTP.
        let silent = async {
            if tokio::time::timeout(HEADER_TIMEOUT, begun.cancelled()).await.is_ok() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            },
            () = silent => tracing::debug!("a connection sent no request in time"),
        }
    }
}

/// The address of the client: the peer, or, where the peer is a trusted proxy, the last address in `X-Forwarded-For` that
/// is none. The client itself may have written everything before that.
fn client_address(peer: IpAddr, headers: &hyper::HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    if !proxies.contains(&peer) {
        return peer;
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|it| it.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|it| it.split(',')).collect();
    for hop in hops.iter().rev() {
        match hop.trim().parse() {
            Ok(address) if proxies.contains(&address) => {}
            Ok(address) => return address,
            Err(_) => break,
        }
    }
    peer
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn only_trusted_proxies_name_the_client() {
        let proxies = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let named = |peer: &str, forwarded: &str| {
            let mut headers = hyper::HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            client_address(peer.parse().unwrap(), &headers, &proxies).to_string()
        };
        assert_eq!(named("192.0.2.9", "198.51.100.1"), "192.0.2.9");
        assert_eq!(named("10.0.0.1", "203.0.113.5, 198.51.100.1, 10.0.0.2"), "198.51.100.1");
        assert_eq!(named("10.0.0.1", "2001:db8::1"), "2001:db8::1");
        assert_eq!(named("10.0.0.1", "198.51.100.1, nonsense"), "10.0.0.1");
        assert_eq!(named("10.0.0.1", ""), "10.0.0.1");
    }

    /// The response to a client that sends `parts` 9 s apart, and how long the connection lasted.
    async fn send_slowly(parts: &[&str]) -> (String, Duration) {
        let router = Router::new().route("/", axum::routing::get(async || "ok"));
        let (mut client, server) = tokio::io::duplex(4096);
        let connections = GracefulShutdown::new();
        let (peer, start) = ("192.0.2.1".parse().unwrap(), tokio::time::Instant::now());
        tokio::spawn(connection(server, peer, router, Arc::default(), &connections));
        for part in parts {
            if client.write_all(part.as_bytes()).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(9)).await;
        }
        let mut response = String::new();
        let _ = client.read_to_string(&mut response).await;
        (response, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn silent_or_slow_connection_is_closed() {
        for parts in [
            [].as_slice(),
            &["P"],
            &["PRI * HTTP/2.0\r\n", "\r\nSM\r\n\r\n"],
            &["GET / HT", "TP/1.1\r\n", "Host: a\r\n", "X: a\r\n", "\r\n"],
        ] {
            let (response, lasted) = send_slowly(parts).await;
            assert!(!response.contains("200"), "{parts:?}: {response}");
            assert!(lasted <= Duration::from_secs(46), "{parts:?}: {lasted:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn request_in_time_gets_its_response_and_idle_one_ends() {
        let (response, lasted) = send_slowly(&["GET / HTTP/1.1\r\n", "Host: a\r\n\r\n"]).await;
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        assert!(lasted <= Duration::from_secs(20), "{lasted:?}");
    }
}
