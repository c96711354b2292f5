//! How long a call and a sign-in wait, on paused time.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use bytes::Bytes;
use tempo_mcp_core::{config::Loaded, ports::Ports};
use tempo_sandbox::{OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, Options, Sandbox};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_util::task::TaskTracker;

use super::*;
use crate::adapters::{
    simulation::{InProcess, SimulatedClock},
    system::{SystemEntropy, TrackedTasks},
};

fn sign_in(sandbox: &Sandbox) -> LocalSignIn {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::AcqRel);
    let folder = std::env::temp_dir().join(format!("tempo-mcp-sign-in-{}-{number}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let mut map: HashMap<&str, String> = sandbox.environment(InProcess::BASE).into_iter().collect();
    map.extend([
        ("JIRA_AUTH_TYPE", "oauth".into()),
        ("JIRA_OAUTH_CLIENT_ID", OAUTH_CLIENT_ID.into()),
        ("JIRA_OAUTH_CLIENT_SECRET", OAUTH_CLIENT_SECRET.into()),
        ("JIRA_OAUTH_CALLBACK_PORT", "0".into()),
    ]);
    let jira = Loaded::from_lookup(&|name| map.get(name).cloned()).jira.unwrap();
    let file = TokenFile::new(folder);
    let ports = Ports {
        http: Arc::new(InProcess(sandbox.clone())),
        clock: Arc::new(SimulatedClock(sandbox.clone())),
        background: Arc::new(TrackedTasks(TaskTracker::new())),
        entropy: Arc::new(SystemEntropy),
    };
    let source = Source::new(&jira, Arc::new(file.clone()), &ports).unwrap();
    LocalSignIn::new(&jira, Arc::new(source), file, OpenBrowser::No).unwrap()
}

fn url(outcome: Result<(), Error>) -> Url {
    let why = outcome.unwrap_err();
    let tempo_mcp_core::upstream::ErrorKind::SignIn(Why::Waiting { url: Some(url) }) = &why.kind else {
        panic!("{why:?}")
    };
    url.parse().unwrap()
}

/// Consents at the simulated login, and returns the code over a socket.
async fn consent(sandbox: &Sandbox, url: &Url) -> String {
    let request = http::Request::get(format!("{url}&sandbox_consent=auto")).body(Bytes::new()).unwrap();
    let redirect = sandbox.call(request).await.unwrap();
    let callback: Url = redirect.headers()["location"].to_str().unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", callback.port().unwrap())).await.unwrap();
    let target = &callback[url::Position::BeforePath..];
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test(start_paused = true)]
async fn call_waits_fifty_seconds_and_the_next_one_gets_the_result() {
    let sandbox = Sandbox::new(Options::default());
    let sign_in = sign_in(&sandbox);
    let begun = Instant::now();
    let first = url(sign_in.wait(&TerminalCaller).await);
    assert_eq!(begun.elapsed().as_secs(), 50);
    // The sign-in goes on: the next call waits at the same address.
    assert_eq!(first, url(sign_in.wait(&TerminalCaller).await));
    tokio::time::resume();
    let page = consent(&sandbox, &first).await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("You are signed in"), "{page}");
    sign_in.source.fresh().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn unused_sign_in_ends_after_ten_minutes_and_frees_its_port() {
    let sandbox = Sandbox::new(Options::default());
    let sign_in = sign_in(&sandbox);
    let begun = Instant::now();
    let first = url(sign_in.wait(&TerminalCaller).await);
    let last = loop {
        match sign_in.wait(&TerminalCaller).await {
            Err(it) if it == error(Why::TimedOut) => break it,
            other => assert_eq!(first, url(other)),
        }
        assert!(begun.elapsed() <= SIGN_IN_TIMEOUT, "the sign-in never ends");
    };
    assert_eq!((last, begun.elapsed().as_secs()), (error(Why::TimedOut), 600));
    let port = first.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
    let port = port.parse::<Url>().unwrap().port().unwrap();
    let refused = TcpStream::connect(("127.0.0.1", port)).await;
    assert!(refused.is_err(), "the port is still in use");
    assert_ne!(first, url(sign_in.wait(&TerminalCaller).await), "the next call begins a new sign-in");
}
