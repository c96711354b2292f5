//! The limits on one client: bodies, forms, attempts, host names.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, future::join_all};
use http::{Request, StatusCode};
use tempo_mcp_service::{http::ClientAddress, options::Options};

use crate::support::{
    browser::Browser,
    hosted::{Hosted, hosted, options, plain, post},
};

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;

/// A body that begins and never ends.
fn endless(first: &[u8]) -> Body {
    let first: Result<Bytes, std::io::Error> = Ok(Bytes::copy_from_slice(first));
    Body::from_stream(futures::stream::iter([first]).chain(futures::stream::pending()))
}

fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(ClientAddress(address.into()));
    request
}

fn list(hosted: &Hosted, body: impl Into<Body>) -> Request<Body> {
    post(&format!("/mcp/{}", hosted.alex.expose()), body)
}

/// Sends all requests, and after a second, while they are in progress, one more. Returns the statuses of the first ones
/// and of the last one.
async fn meanwhile(
    hosted: &Hosted,
    requests: Vec<Request<Body>>,
    last: Request<Body>,
) -> (Vec<StatusCode>, StatusCode) {
    let all = join_all(requests.into_iter().map(|it| hosted.send(it)));
    let later = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        hosted.send(last).await.status()
    };
    let (all, last) = futures::join!(all, later);
    (all.iter().map(http::Response::status).collect(), last)
}

fn count(statuses: &[StatusCode], status: StatusCode) -> usize {
    statuses.iter().filter(|it| **it == status).count()
}

#[tokio::test(start_paused = true)]
async fn form_over_16_kibibytes_is_rejected() {
    let hosted = plain().await;
    for path in ["/setup", "/manage"] {
        let whole = hosted.send(post(path, "a".repeat((16 << 10) + 1))).await;
        assert_eq!(whole.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let text = String::from_utf8_lossy(whole.body()).into_owned();
        assert!(text.contains("larger than 16 KiB") && text.contains("<form"), "{text}");
        let endless = post(path, endless(&[b'a'; (16 << 10) + 1]));
        assert_eq!(hosted.send(endless).await.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert_eq!(hosted.send(post(path, "a".repeat(16 << 10))).await.status(), 400, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn half_sent_forms_of_one_client_leave_room_for_others() {
    let hosted = plain().await;
    let forms: Vec<_> = (0..64).map(|_| post("/setup", endless(b"token="))).collect();
    let other = from("192.0.2.2", post("/manage", "token="));
    let (statuses, other) = meanwhile(&hosted, forms, other).await;
    assert_eq!(count(&statuses, StatusCode::REQUEST_TIMEOUT), 8, "{statuses:?}");
    assert_eq!(count(&statuses, StatusCode::TOO_MANY_REQUESTS), 56, "{statuses:?}");
    assert_eq!(other, StatusCode::BAD_REQUEST, "it was read");
}

#[tokio::test(start_paused = true)]
async fn form_of_a_limited_client_is_not_read() {
    let hosted = hosted(options(), 0).await;
    for path in ["/setup", "/manage"] {
        let start = tokio::time::Instant::now();
        let refused = hosted.send(post(path, endless(b"token="))).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert!(refused.headers().contains_key("retry-after"));
        assert_eq!(start.elapsed(), Duration::ZERO, "nothing was waited for");
    }
}

#[tokio::test(start_paused = true)]
async fn body_that_arrives_slowly_takes_no_permit() {
    let hosted = hosted(Options { calls: 1, calls_per_tenant: 1, ..options() }, usize::MAX).await;
    let slow = vec![list(&hosted, endless(b"{")), list(&hosted, endless(b"{"))];
    let (slow, call) = meanwhile(&hosted, slow, list(&hosted, LIST)).await;
    assert_eq!((slow, call), (vec![StatusCode::REQUEST_TIMEOUT; 2], StatusCode::OK));
}

#[tokio::test(start_paused = true)]
async fn bodies_of_one_client_and_of_all_are_bounded() {
    let hosted = plain().await;
    let half = vec![b' '; 1 << 19];
    let bodies = |address: &'static str, number| {
        let half = &half;
        let hosted = &hosted;
        (0..number).map(move |_| from(address, list(hosted, endless(half))))
    };
    let other = from("2001:db8:2::1", list(&hosted, LIST));
    let (statuses, other) = meanwhile(&hosted, bodies("2001:db8:1::1", 10).collect(), other).await;
    assert_eq!(count(&statuses, StatusCode::REQUEST_TIMEOUT), 8, "4 MiB of one client");
    assert_eq!(count(&statuses, StatusCode::TOO_MANY_REQUESTS), 2);
    assert_eq!(other, StatusCode::OK);

    let clients = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];
    let all = clients.into_iter().flat_map(|it| bodies(it, 8)).collect();
    let other = from("192.0.2.5", list(&hosted, LIST));
    let (statuses, other) = meanwhile(&hosted, all, other).await;
    assert_eq!(count(&statuses, StatusCode::REQUEST_TIMEOUT), 32, "16 MiB of all");
    assert_eq!(other, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(hosted.send(list(&hosted, LIST)).await.status(), 200, "all bytes were given back");
}

#[tokio::test(start_paused = true)]
async fn addresses_of_one_ipv6_network_share_a_limit() {
    let hosted = hosted(options(), 2).await;
    let guess = |address: &str| {
        let request = from(address, post("/mcp/u_unknown", LIST));
        let hosted = &hosted;
        async move { hosted.send(request).await.status().as_u16() }
    };
    let same = ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:3::3"];
    assert_eq!(join_all(same.map(guess)).await, [404, 404, 429]);
    // In this test, the limit of the site around them is not larger.
    assert_eq!(guess("2001:db8:1:3::1").await, 429);
    assert_eq!(guess("2001:db8:2::1").await, 404);
    assert_eq!(join_all(["::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"].map(guess)).await, [404, 404, 429]);
}

#[tokio::test(start_paused = true)]
async fn sign_ups_of_all_clients_are_limited_together() {
    let hosted = hosted(options(), 2).await;
    let mut codes = Vec::new();
    for i in 1..4 {
        let mut browser = Browser::open(&hosted, "/setup").await;
        browser.address = format!("192.0.2.{i}");
        // An empty form is not checked with the vendors, so it does not count.
        assert_eq!(browser.post(&[]).await.0, StatusCode::BAD_REQUEST);
        codes.push(browser.fill_in().await.0.as_u16());
    }
    assert_eq!(codes, [200, 200, 429]);
}

#[tokio::test(start_paused = true)]
async fn host_in_authority_alone_is_served() {
    let only = Options { hosts: vec!["tempo.example.com".into()], ..options() };
    let (strict, open) = (hosted(only, usize::MAX).await, plain().await);
    let ask = async |hosted: &Hosted, uri: &str, hosts: &[&str]| {
        let mut statuses = Vec::new();
        for path in ["/setup".to_owned(), format!("/mcp/{}", hosted.alex.expose())] {
            let mut request = post(&format!("{uri}{path}"), LIST);
            if path == "/setup" {
                *request.method_mut() = http::Method::GET;
            }
            for host in hosts {
                request.headers_mut().append("host", host.parse().unwrap());
            }
            statuses.push(hosted.send(request).await.status().as_u16());
        }
        assert_eq!(statuses[0], statuses[1], "{uri} {hosts:?}");
        statuses[0]
    };
    let uri = "http://tempo.example.com";
    for (uri, hosts, expected) in [
        (uri, [].as_slice(), 200),
        (uri, &["Tempo.Example.com"], 200),
        ("", &["tempo.example.com"], 200),
        (uri, &["rebound.example"], 400),
        ("", &["tempo.example.com", "rebound.example"], 400),
        ("http://rebound.example", &[], 403),
        ("", &[], 403),
    ] {
        assert_eq!(ask(&strict, uri, hosts).await, expected, "{uri} {hosts:?}");
        let expected = if expected == 403 { 200 } else { expected };
        assert_eq!(ask(&open, uri, hosts).await, expected, "any host is served: {uri} {hosts:?}");
    }
}
