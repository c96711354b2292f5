//! Clients that attack the hosted service. Each test prints its figures; `./bench soak` runs them for
//! longer and with more of everything.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use hyper::{Request, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rusqlite::params;

use crate::{
    program::program,
    service::{Folder, LIST, Service, form_cookie, path_of, post_form, serve_site},
    site::Site,
};

/// Most memory that the service may take, whatever is sent to it, in KiB.
const MAX_MEMORY: u64 = 128 << 10;

/// Whether `./bench soak` runs this.
fn is_soak() -> bool {
    std::env::var_os("TEMPO_MCP_SOAK").is_some()
}

/// The peak memory of the process, in KiB.
fn peak(service: &Service) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.child.id())).unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A request of a client at `from`, through a trusted proxy.
fn head(service: &Service, path: &str, from: &str, more: &str) -> String {
    let kind = "Content-Type: application/json";
    format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\n{kind}\r\nX-Forwarded-For: {from}\r\n{more}\r\n\r\n",
        service.address()
    )
}

/// The status of `tools/list` for a client that does nothing wrong, and how long it took.
fn list(service: &Service, url: &str) -> (u16, Duration) {
    let start = Instant::now();
    let head = format!("POST {} HTTP/1.1\r\nContent-Type: application/json", path_of(url));
    let (status, _) = service.ask(&format!("{head}\r\nX-Forwarded-For: 198.51.100.1"), LIST);
    (status, start.elapsed())
}

/// How long `tools/list` of a tenant that is not attacked takes at most, of 25 requests.
fn slowest_list(service: &Service, url: &str) -> Duration {
    let times = (0..25).map(|_| {
        let (status, time) = list(service, url);
        assert_eq!(status, 200, "{}", service.stderr());
        time
    });
    times.max().unwrap()
}

/// A body that sends `first`, and then this much more in parts, and never ends.
fn endless(first: &'static [u8], more: usize) -> Body {
    const PART: Bytes = Bytes::from_static(&[b'a'; 8 << 10]);
    let parts =
        std::iter::once(Bytes::from_static(first)).chain(std::iter::repeat_n(PART, more / PART.len()));
    let parts = futures::stream::iter(parts.map(Ok::<_, std::io::Error>));
    Body::from_stream(parts.chain(futures::stream::pending()))
}

/// Opens one connection of HTTP/2 and sends as many requests on it as the service takes. `number` tells attackers apart.
async fn flood(address: String, path: String, number: usize, streams: usize) {
    let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let handshake = http2::Builder::new(TokioExecutor::new()).handshake(TokioIo::new(stream)).await;
    let Ok((sender, connection)) = handshake else { return };
    tokio::spawn(connection);
    let requests = (0..streams).map(|i| {
        let (mut sender, uri) = (sender.clone(), format!("http://{address}{path}"));
        // Half of the bodies stall at once, the others after a mebibyte.
        let body = endless(b"token=", if i % 2 == 0 { 0 } else { 1 << 20 });
        let from = format!("10.{}.{}.1", number % 256, i % 256);
        let request = Request::post(uri).header("x-forwarded-for", from).body(body).unwrap();
        async move {
            if sender.ready().await.is_ok() {
                let _ = sender.send_request(request).await;
            }
        }
    });
    futures::future::join_all(requests).await;
}

#[test]
fn flood_of_bodies_stays_below_128_mebibytes() {
    let (connections, streams, wait) = if is_soak() { (64, 512, 60) } else { (24, 64, 0) };
    let mut command = program();
    command.args(["--sandbox", "serve", "--trusted-proxies", "127.0.0.1"]);
    let service = Service::start(&mut command);
    assert_eq!(list(&service, &service.url).0, 200);
    let before = peak(&service);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let own = path_of(&service.url).to_owned();
    let attacks: Vec<_> = (0..connections)
        .map(|i| {
            let path = match i % 4 {
                0 => "/setup".to_owned(),
                1 => "/manage".to_owned(),
                2 => "/mcp/u_0123456789012345678901".to_owned(),
                _ => own.clone(),
            };
            runtime.spawn(flood(service.address().to_owned(), path, i, streams))
        })
        .collect();
    let end = Instant::now() + Duration::from_secs(wait);
    for round in 0.. {
        // Any of these statuses means that the service works; its own tenant is being attacked, too.
        assert!(matches!(list(&service, &service.url).0, 200 | 429 | 503), "{}", service.stderr());
        assert!(peak(&service) <= MAX_MEMORY, "{} KiB", peak(&service));
        let (status, page) = service.ask("GET /setup HTTP/1.1", "");
        assert!(status == 200, "{page}");
        if Instant::now() >= end && round >= 100 {
            break;
        }
    }
    println!(
        "flood of {connections} connections: {} MiB before, {} MiB at most",
        before >> 10,
        peak(&service) >> 10
    );
    attacks.iter().for_each(tokio::task::JoinHandle::abort);
    runtime.shutdown_background();
    assert_eq!(service.ask("GET /healthz HTTP/1.1", "").0, 200);
}

#[test]
fn half_sent_bodies_of_63_urls_leave_permits_for_others() {
    const URLS: usize = 64;
    let mut command = program();
    command.args(["--sandbox", "serve", "--trusted-proxies", "127.0.0.1"]);
    command.args(["--tenants", &URLS.to_string()]);
    let (service, urls) = Service::start_with_tenants(&mut command, URLS);
    let (other, attacked) = urls.split_last().unwrap();
    let mut held = Vec::new();
    for (i, url) in attacked.iter().enumerate() {
        for _ in 0..8 {
            let mut stream = TcpStream::connect(service.address()).unwrap();
            let more = "Content-Length: 100\r\nExpect: 100-continue";
            let head = head(&service, path_of(url), &format!("192.0.2.{}", i + 1), more);
            stream.write_all(head.as_bytes()).unwrap();
            held.push(stream);
        }
    }
    // The service asks for a body when it begins to read it.
    let mut reading = 0;
    for stream in &mut held {
        let mut line = String::new();
        BufReader::new(&mut *stream).read_line(&mut line).unwrap();
        reading += usize::from(line.starts_with("HTTP/1.1 100"));
        stream.write_all(b"{\"jsonrpc\"").unwrap();
    }
    assert_eq!(reading, 63 * 8, "{}", service.stderr());
    let slowest = slowest_list(&service, other);
    println!("504 half-sent bodies: tools/list of another tenant takes {slowest:?} at most");
    assert!(peak(&service) <= MAX_MEMORY, "{} KiB", peak(&service));
}

/// Adds tenants whose URLs no one has.
fn add_tenants(folder: &Folder, count: usize) {
    let mut database = rusqlite::Connection::open(folder.file()).unwrap();
    let transaction = database.transaction().unwrap();
    let sql = "INSERT INTO tenants (record, key_id, sealed, jira_host, email_tag, account_tag, created_on, used_on) \
               VALUES (?1, '', ?2, 'example.atlassian.net', ?1, ?1, '2026-01-01', '')";
    let mut insert = transaction.prepare(sql).unwrap();
    for number in 0..count {
        insert.execute(params![format!("{number:064x}"), "a".repeat(400)]).unwrap();
    }
    drop(insert);
    transaction.commit().unwrap();
}

#[test]
fn manage_beside_many_tenants_finds_one_and_limits_guessing() {
    let (tenants, guesses) = if is_soak() { (100_000, 2000) } else { (1000, 40) };
    let (folder, site) = (Folder::new("many"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    let url = service.sign_up(&site);
    drop(service);
    add_tenants(&folder, tenants);
    let service = Service::start(&mut serve_site(&folder, &site));
    let address = service.address();
    let cookie = form_cookie(address).unwrap();
    let open = |url: &str| post_form(address, "/manage", &cookie, &[], &[("action", "open"), ("url", url)]);
    let start = Instant::now();
    for _ in 0..guesses {
        assert_eq!(open("u_0123456789012345678901").unwrap().0, 404);
    }
    println!("/manage beside {tenants} tenants: {:?} for an unknown URL", start.elapsed() / guesses);
    assert_eq!(open(&url).unwrap().0, 200);
    // One client, without a proxy that names others.
    let body = "token=&action=open&url=u_0123456789012345678901";
    let guess = || service.ask(&format!("POST /manage HTTP/1.1\r\nCookie: {cookie}"), body).0;
    assert!((0..200).any(|_| guess() == 429), "guessing is limited");
}
