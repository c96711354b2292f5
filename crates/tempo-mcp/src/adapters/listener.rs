//! The listener of the hosted service: HTTP/1.1 and h2c, with limits that axum's own does not have.

mod activity;
mod connections;
mod forwarded;
#[cfg(test)]
mod tests;
mod timed_writes;

use std::{convert::Infallible, io, net::IpAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tempo_mcp_service::http::{ClientAddress, ClientKey};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_service::Service;

use activity::TrackedBody;
use connections::{ConnectionPermit, Connections, MaxConnections, Peer};
use timed_writes::TimedWrites;

const MAX_CONNECTIONS: MaxConnections = MaxConnections { in_all: 1000, per_client: 256 };
/// How long a connection may take to send the headers of a request; also how long it may idle between two requests.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection that is to be closed may stay without a request, to send what it still has.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a client may read nothing of a response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// After this time a connection finishes the requests in progress and ends.
const LIFE_SPAN: Duration = Duration::from_secs(3600);
/// How long the end of the service waits for requests in progress.
const LAST_CALLS: Duration = Duration::from_secs(30);

/// What a connection may buffer of HTTP/1.1; the headers of a request have to fit.
const HTTP1_BUFFER: usize = 32 << 10;
/// The same for HTTP/2: per request, per connection, and for the headers of a request.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 128 << 10;
const HEADER_LIST: u32 = 16 << 10;
const CONCURRENT_STREAMS: u32 = 16;

/// What all connections of a listener share.
struct Shared {
    router: Router,
    /// Canonical addresses.
    proxies: Vec<IpAddr>,
    /// Cancelled when the service ends.
    ending: CancellationToken,
}

impl Shared {
    fn new(router: Router, proxies: &[IpAddr]) -> Arc<Self> {
        let proxies = proxies.iter().map(IpAddr::to_canonical).collect();
        Arc::new(Self { router, proxies, ending: CancellationToken::new() })
    }

    /// The canonical address of a peer, and who it is. A listener on `[::]` sees IPv4 addresses written as IPv6.
    fn identify(&self, peer: IpAddr) -> (IpAddr, Peer) {
        let peer = peer.to_canonical();
        let is_proxy = self.proxies.contains(&peer);
        (peer, if is_proxy { Peer::Proxy } else { Peer::Client(ClientKey::of(peer)) })
    }
}

/// Serves until `end` completes, then finishes the requests in progress.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    proxies: Arc<[IpAddr]>,
    end: impl Future<Output = ()>,
) {
    let shared = Shared::new(router, &proxies);
    let (connections, tasks) = (Connections::new(MAX_CONNECTIONS), TaskTracker::new());
    let mut end = pin!(end);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => connect(stream, address.ip(), &shared, &connections, &tasks),
                Err(error) => accept_failed(&error).await,
            },
            () = &mut end => break,
        }
    }
    drop(listener);
    shared.ending.cancel();
    tasks.close();
    if tokio::time::timeout(LAST_CALLS, tasks.wait()).await.is_err() {
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
    shared: &Arc<Shared>,
    connections: &Arc<Connections>,
    tasks: &TaskTracker,
) {
    let (peer, from) = shared.identify(peer);
    let Some(permit) = connections.try_acquire(from) else {
        return tracing::debug!("a connection was refused because too many are busy");
    };
    // Sends small responses at once.
    let _ = stream.set_nodelay(true);
    tasks.spawn(connection(stream, peer, shared.clone(), permit));
}

/// Serves one connection to its end.
async fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: IpAddr,
    shared: Arc<Shared>,
    permit: ConnectionPermit,
) {
    let activity = &permit.activity;
    let service = service_fn(|request| respond(request, peer, &shared, &permit));
    let (builder, stream) = (builder(), TokioIo::new(TimedWrites::new(stream, WRITE_TIMEOUT)));
    let mut connection = pin!(builder.serve_connection(stream, service));
    let ended = |ended: Result<(), _>| {
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    };
    tokio::select! {
        res = connection.as_mut() => return ended(res),
        () = activity.stuck(WRITE_TIMEOUT) => return tracing::debug!("a client takes no response"),
        () = permit.evicted.cancelled() => if activity.is_idle() { return },
        () = activity.idle(IDLE_TIMEOUT) => {}
        () = tokio::time::sleep(LIFE_SPAN) => {}
        () = shared.ending.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        res = connection => ended(res),
        () = activity.stuck(WRITE_TIMEOUT) => tracing::debug!("a client takes no response"),
        () = activity.idle(CLOSE_TIMEOUT) => tracing::debug!("a connection was not closed in time"),
    }
}

/// Passes a request to the router, with the address of its client.
fn respond(
    request: hyper::Request<Incoming>,
    peer: IpAddr,
    shared: &Shared,
    permit: &ConnectionPermit,
) -> impl Future<Output = Result<Response<TrackedBody>, Infallible>> + Send + use<> {
    let guard = permit.activity.begin();
    let mut request = request.map(Body::new);
    let address = forwarded::client_address(peer, request.headers(), &shared.proxies);
    request.extensions_mut().insert(ClientAddress(address.to_string()));
    let response = shared.router.clone().call(request);
    async move { Ok(response.await?.map(|body| guard.respond(body))) }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE_TIMEOUT).max_buf_size(HTTP1_BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .max_concurrent_streams(CONCURRENT_STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(STREAM_WINDOW as usize)
        .max_header_list_size(HEADER_LIST);
    builder
}
