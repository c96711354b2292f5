//! The listener of the hosted service: HTTP/1.1 and h2c, with time limits that axum's own does not have.

use std::{io, net::IpAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tempo_mcp_service::web::ClientAddress;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;
use tower_service::Service;

/// From the first byte expected to the end of the headers; also how long a connection idles between two requests.
const HEADERS: Duration = Duration::from_secs(10);
/// What is under way at the end is waited for this long.
const LAST_CALLS: Duration = Duration::from_secs(30);

/// Serves until `end`, then finishes what is under way.
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
                Err(error) => refused(&error).await,
            },
            () = &mut end => break,
        }
    }
    drop(listener);
    if tokio::time::timeout(LAST_CALLS, connections.shutdown()).await.is_err() {
        tracing::warn!("ending although calls are under way");
    }
}

/// Out of file descriptors, most likely: accepting again at once would only burn.
async fn refused(error: &io::Error) {
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
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    tokio::spawn(connection(stream, peer, router.clone(), proxies.clone(), connections));
}

/// One connection to its end.
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
        let address = client(peer, request.headers(), &proxies);
        request.extensions_mut().insert(ClientAddress(address.to_string()));
        router.clone().call(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .max_concurrent_streams(64);
    let connection = connections.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
    async move {
        // hyper's own limit begins only once it knows which version of HTTP is spoken.
        let silent = async {
            if tokio::time::timeout(HEADERS, begun.cancelled()).await.is_ok() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            },
            () = silent => tracing::debug!("a connection brought no request in time"),
        }
    }
}

/// Who asks: the other end of the connection, or, where that is a proxy of ours, the last address in
/// `X-Forwarded-For` that is not. What stands before it anybody may have written.
fn client(peer: IpAddr, headers: &hyper::HeaderMap, proxies: &[IpAddr]) -> IpAddr {
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
    fn only_our_own_proxies_say_who_asks() {
        let proxies = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let asked = |peer: &str, forwarded: &str| {
            let mut headers = hyper::HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            client(peer.parse().unwrap(), &headers, &proxies).to_string()
        };
        assert_eq!(asked("192.0.2.9", "198.51.100.1"), "192.0.2.9");
        assert_eq!(asked("10.0.0.1", "203.0.113.5, 198.51.100.1, 10.0.0.2"), "198.51.100.1");
        assert_eq!(asked("10.0.0.1", "2001:db8::1"), "2001:db8::1");
        assert_eq!(asked("10.0.0.1", "198.51.100.1, nonsense"), "10.0.0.1");
        assert_eq!(asked("10.0.0.1", ""), "10.0.0.1");
    }

    /// What a client that sends `parts`, 9 s apart, is answered until it is hung up on.
    async fn dribbled(parts: &[&str]) -> (String, Duration) {
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
        let mut answer = String::new();
        let _ = client.read_to_string(&mut answer).await;
        (answer, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_silent_or_slow_is_hung_up_on() {
        for parts in [
            [].as_slice(),
            &["P"],
            &["PRI * HTTP/2.0\r\n", "\r\nSM\r\n\r\n"],
            &["GET / HT", "TP/1.1\r\n", "Host: a\r\n", "X: a\r\n", "\r\n"],
        ] {
            let (answer, lasted) = dribbled(parts).await;
            assert!(!answer.contains("200"), "{parts:?}: {answer}");
            assert!(lasted <= Duration::from_secs(46), "{parts:?}: {lasted:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_in_time_is_answered_and_an_idle_connection_ends() {
        let (answer, lasted) = dribbled(&["GET / HTTP/1.1\r\n", "Host: a\r\n\r\n"]).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(lasted <= Duration::from_secs(20), "{lasted:?}");
    }
}
