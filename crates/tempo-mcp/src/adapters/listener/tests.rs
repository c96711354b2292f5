//! Connections on streams in memory, with paused time.

use axum::routing::get;
use hyper::{
    Request,
    body::{Body as _, Bytes},
    client::conn::http2,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::Instant,
};

use super::*;

/// A response that fits into no buffer on its way.
const LARGE: usize = 1 << 20;

/// The client's end of a connection, and the task that serves the other one.
fn open(router: Router) -> (DuplexStream, tokio::task::JoinHandle<()>, Arc<Shared>) {
    let (client, server) = tokio::io::duplex(4096);
    let (shared, peer) = (Shared::new(router, &[]), "192.0.2.1".parse().unwrap());
    let permit = Connections::new(MAX_CONNECTIONS).try_acquire(Peer::Proxy).unwrap();
    (client, tokio::spawn(connection(server, peer, shared.clone(), permit)), shared)
}

fn router() -> Router {
    Router::new().route("/", get(async || "ok")).route("/large", get(async || vec![b'a'; LARGE])).route(
        "/slow",
        get(async || {
            tokio::time::sleep(Duration::from_secs(60)).await;
            "done"
        }),
    )
}

/// The response to a client that sends `parts` 9 s apart, and how long the connection lasted.
async fn send_slowly(parts: &[&str]) -> (String, Duration) {
    let (mut client, _served, _shared) = open(router());
    let start = Instant::now();
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

/// A client of HTTP/2 that takes at most `window` bytes of a response before it reads them.
async fn http2(client: DuplexStream, window: u32) -> http2::SendRequest<Body> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new()).initial_stream_window_size(window);
    let (sender, connection) = builder.handshake(TokioIo::new(client)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn ask(sender: &mut http2::SendRequest<Body>, path: &str) -> hyper::Result<Response<Incoming>> {
    sender.ready().await?;
    let uri = format!("http://tempo.example.com{path}");
    sender.send_request(Request::get(uri).body(Body::empty()).unwrap()).await
}

#[test]
fn proxy_is_recognised_however_its_address_is_written() {
    for proxy in ["10.0.0.1", "::ffff:10.0.0.1"] {
        let shared = Shared::new(router(), &[proxy.parse().unwrap()]);
        for peer in ["10.0.0.1", "::ffff:10.0.0.1"] {
            let (address, from) = shared.identify(peer.parse().unwrap());
            assert_eq!(address.to_string(), "10.0.0.1");
            assert!(from == Peer::Proxy, "{proxy} {peer}");
        }
    }
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
async fn request_in_time_is_answered_and_idle_connection_ends() {
    let (response, lasted) = send_slowly(&["GET / HTTP/1.1\r\n", "Host: a\r\n\r\n"]).await;
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert!(lasted <= Duration::from_secs(20), "{lasted:?}");
}

#[tokio::test(start_paused = true)]
async fn idle_http_2_connection_ends() {
    let (client, served, _shared) = open(router());
    let mut sender = http2(client, 65_535).await;
    assert_eq!(ask(&mut sender, "/").await.unwrap().status(), 200);
    let start = Instant::now();
    served.await.unwrap();
    assert!(start.elapsed() <= Duration::from_secs(31), "{:?}", start.elapsed());
    assert!(ask(&mut sender, "/").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn client_that_takes_no_response_is_disconnected() {
    let (mut client, served, _shared) = open(router());
    let start = Instant::now();
    client.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    served.await.unwrap();
    assert!(start.elapsed() <= Duration::from_secs(61), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn http_2_client_that_takes_no_response_is_disconnected() {
    let (client, served, _shared) = open(router());
    let mut sender = http2(client, 0).await;
    let start = Instant::now();
    let response = ask(&mut sender, "/large").await.unwrap();
    served.await.unwrap();
    assert!(start.elapsed() <= Duration::from_secs(61), "{:?}", start.elapsed());
    drop(response);
}

/// The request of a client that takes its time counts as one in progress, however long the service works on it.
#[tokio::test(start_paused = true)]
async fn slow_response_is_not_cut_off() {
    let (client, _served, _shared) = open(router());
    let mut sender = http2(client, 65_535).await;
    let mut body = ask(&mut sender, "/slow").await.unwrap().into_body();
    let part = std::future::poll_fn(|context| pin!(&mut body).poll_frame(context)).await.unwrap().unwrap();
    assert_eq!(part.into_data().unwrap(), Bytes::from_static(b"done"));
}

#[tokio::test(start_paused = true)]
async fn connection_in_use_ends_after_its_life_span() {
    let (client, served, _shared) = open(router());
    let mut sender = http2(client, 65_535).await;
    let start = Instant::now();
    while ask(&mut sender, "/").await.is_ok() {
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    assert!(served.is_finished() || start.elapsed() >= LIFE_SPAN);
    assert!(start.elapsed() >= LIFE_SPAN && start.elapsed() < LIFE_SPAN + Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn ending_service_finishes_the_request_in_progress() {
    let (client, served, shared) = open(router());
    let mut sender = http2(client, 65_535).await;
    let asked = ask(&mut sender, "/slow");
    let ended = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        shared.ending.cancel();
    };
    let (response, ()) = tokio::join!(asked, ended);
    assert_eq!(response.unwrap().status(), 200);
    served.await.unwrap();
}
