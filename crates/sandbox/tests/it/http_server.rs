//! The sandbox over HTTP, on a free loopback port.

use serde_json::Value;
use tempo_sandbox::{Effect, Fault, Options, Sandbox, TEMPO_TOKEN};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use crate::support::TODAY;

struct Server {
    address: String,
    sandbox: Sandbox,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

async fn start() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let sandbox = Sandbox::new(Options { today: Some(TODAY) });
    let (stop, stopped) = oneshot::channel();
    let shutdown = async move { drop(stopped.await) };
    let task = tokio::spawn(sandbox.clone().serve(listener, shutdown));
    Server { address, sandbox, stop, task }
}

/// Sends one request and returns everything received until the connection is closed.
async fn send(server: &Server, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TEMPO_TOKEN}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        server.address,
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    let _ = stream.read_to_string(&mut response).await;
    response
}

fn json(response: &str) -> Value {
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn links_start_with_the_address_of_the_server() {
    let server = start().await;
    let response = send(&server, "GET", "/4/worklogs?limit=2", "").await;
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    assert!(response.contains("date: Thu, 20 Mar 2025"), "{response}");
    let next = json(&response)["metadata"]["next"].as_str().unwrap().to_owned();
    assert_eq!(next, format!("http://{}/4/worklogs?offset=2&limit=2", server.address));
    server.stop.send(()).unwrap();
    server.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn connection_error_closes_the_connection_without_response() {
    let server = start().await;
    for effect in [Effect::Refuse, Effect::ResetBefore, Effect::ResetAfter] {
        server.sandbox.clear_faults();
        server.sandbox.add_faults(vec![Fault::on("GET", "/4/", effect)]);
        assert_eq!(send(&server, "GET", "/4/worklogs", "").await, "");
    }
}

#[tokio::test]
async fn control_endpoints_work_over_http() {
    let server = start().await;
    let faults = r#"[{"path":"/4/worklogs","times":1,"effect":{"type":"status","status":502}}]"#;
    assert!(send(&server, "POST", "/__sandbox/faults", faults).await.starts_with("HTTP/1.1 200"));
    assert!(send(&server, "GET", "/4/worklogs", "").await.starts_with("HTTP/1.1 502"));
    let log = json(&send(&server, "GET", "/__sandbox/requests", "").await);
    assert_eq!(log[0]["status"], 502);
}

#[tokio::test]
async fn environment_contains_base_url_and_token() {
    let server = start().await;
    let base = format!("http://{}/", server.address);
    let environment = server.sandbox.environment(&base);
    let value = |name: &str| environment.iter().find(|(key, _)| *key == name).unwrap().1.clone();
    assert_eq!(value("TEMPO_BASE_URL"), format!("http://{}", server.address));
    assert_eq!(value("TEMPO_API_TOKEN"), TEMPO_TOKEN);
    assert_eq!(value("TEMPO_MCP_PACING"), "off");
}

#[tokio::test]
async fn router_breaks_the_body_instead_of_the_connection() {
    let sandbox = Sandbox::new(Options { today: Some(TODAY) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = sandbox.router();
    let task = tokio::spawn(async move { axum::serve(listener, router).await });
    let (stop, _) = oneshot::channel();
    let server = Server { address, sandbox, stop, task };
    assert!(send(&server, "GET", "/4/worklogs", "").await.starts_with("HTTP/1.1 200"));
    server.sandbox.add_faults(vec![Fault::on("GET", "/4/", Effect::ResetAfter)]);
    assert!(!send(&server, "GET", "/4/worklogs", "").await.ends_with("\r\n0\r\n\r\n"));
    server.task.abort();
}
