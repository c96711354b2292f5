//! How long a sign-in is waited for, in time that passes at once.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU32, Ordering},
};

use bytes::Bytes;
use tempo_mcp_core::config::Loaded;
use tempo_sandbox::{OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, Options, Sandbox};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;
use crate::{ports::Edge, sandbox::InProcess};

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
    let source = Source::new(&jira, Arc::new(file.clone()), &Edge::on(sandbox).ports()).unwrap();
    LocalSignIn::new(&jira, Arc::new(source), file, Opening::Nothing).unwrap()
}

fn url(outcome: Result<(), Error>) -> Url {
    let why = outcome.unwrap_err();
    let tempo_mcp_core::upstream::ErrorKind::SignIn(Why::Waiting { url: Some(url) }) = &why.kind else {
        panic!("{why:?}")
    };
    url.parse().unwrap()
}

/// Agrees at the simulated login, and brings the code back over a socket.
async fn agree(sandbox: &Sandbox, url: &Url) -> String {
    let request = http::Request::get(format!("{url}&sandbox_consent=auto")).body(Bytes::new()).unwrap();
    let response = sandbox.call(request).await.unwrap();
    let back: Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", back.port().unwrap())).await.unwrap();
    let target = &back[url::Position::BeforePath..];
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_fifty_seconds_and_the_next_one_picks_the_result_up() {
    let sandbox = Sandbox::new(Options::default());
    let sign_in = sign_in(&sandbox);
    let begun = Instant::now();
    let first = url(sign_in.wait(&Terminal).await);
    assert_eq!(begun.elapsed().as_secs(), 50);
    // It goes on: the next call waits at the same address.
    assert_eq!(first, url(sign_in.wait(&Terminal).await));
    tokio::time::resume();
    let page = agree(&sandbox, &first).await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("You are signed in"), "{page}");
    sign_in.source.fresh().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_nobody_comes_to_ends_after_ten_minutes_and_frees_its_port() {
    let sandbox = Sandbox::new(Options::default());
    let sign_in = sign_in(&sandbox);
    let begun = Instant::now();
    let first = url(sign_in.wait(&Terminal).await);
    let last = loop {
        match sign_in.wait(&Terminal).await {
            Err(it) if it == error(Why::TimedOut) => break it,
            other => assert_eq!(first, url(other)),
        }
        assert!(begun.elapsed() <= WHOLE, "it never ends");
    };
    assert_eq!((last, begun.elapsed().as_secs()), (error(Why::TimedOut), 600));
    let port = first.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
    let port = port.parse::<Url>().unwrap().port().unwrap();
    let refused = TcpStream::connect(("127.0.0.1", port)).await;
    assert!(refused.is_err(), "somebody still listens");
    assert_ne!(first, url(sign_in.wait(&Terminal).await), "the next call begins anew");
}
