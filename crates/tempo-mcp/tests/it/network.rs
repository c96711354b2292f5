//! Networks that do not let it through, told as a person can mend them.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::Arc,
};

use expect_test::expect;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::program::{finish, program};

/// A call that needs Jira first, and Tempo at the same address.
fn call_at(base: &str) -> Command {
    let mut res = program();
    res.args(["call", "searchIssues", "--text", "login"]).envs([
        ("TEMPO_API_TOKEN", "tempo-token"),
        ("TEMPO_BASE_URL", base),
        ("JIRA_BASE_URL", base),
        ("JIRA_EMAIL", "alex@example.com"),
        ("JIRA_API_TOKEN", "jira-token"),
        ("ATLASSIAN_API_URL", base),
        ("TEMPO_MCP_LOG", "error"),
    ]);
    res
}

/// The sentence it ends with.
fn refused(command: &mut Command) -> String {
    let refused = finish(command);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    refused.err
}

#[test]
fn a_port_where_nobody_listens() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    expect![[r#"
        Jira cannot be reached: no connection to its address. Check the network, JIRA_BASE_URL, and HTTPS_PROXY if your network needs a proxy.
    "#]].assert_eq(&refused(&mut call_at(&format!("http://{free}"))));
}

#[test]
fn a_proxy_that_refuses() {
    let address = refusing_proxy();
    let mut command = call_at("https://acme.example.com");
    expect![[r#"
        The proxy in HTTPS_PROXY refused the connection to Jira. Check its address and its credentials.
    "#]]
    .assert_eq(&refused(command.env("HTTPS_PROXY", address)));
}

/// Its address.
pub(crate) fn refusing_proxy() -> String {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    std::thread::spawn(move || proxy.incoming().flatten().for_each(refuse));
    address
}

/// Reads a request's head and answers as a proxy that wants to know who asks.
fn refuse(mut stream: TcpStream) {
    read_head(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
}

fn read_head(stream: &mut impl Read) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.extend(byte);
    }
}

/// A site with a certificate of its own making, which answers 401 to whoever trusts it.
pub(crate) struct SelfSigned {
    pub(crate) base: String,
    certificate: String,
}

pub(crate) fn self_signed() -> SelfSigned {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            read_head(&mut stream);
            let _ = stream
                .write_all(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    SelfSigned { base, certificate: made.cert.pem() }
}

#[test]
fn a_certificate_that_nobody_vouches_for() {
    expect![[r#"
        Jira's certificate is not trusted on this machine. If a company proxy inspects TLS, install its certificate in the system's store or name its file in SSL_CERT_FILE.
    "#]].assert_eq(&refused(&mut call_at(&self_signed().base)));
}

/// Elsewhere the operating system's own store decides.
#[cfg(target_os = "linux")]
#[test]
fn a_certificate_that_is_named_in_ssl_cert_file_is_trusted() {
    let site = self_signed();
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("self-signed.pem");
    std::fs::write(&file, &site.certificate).unwrap();
    let said = refused(call_at(&site.base).env("SSL_CERT_FILE", &file));
    assert!(said.starts_with("Jira does not accept JIRA_API_TOKEN for JIRA_EMAIL (401)"), "{said}");
}
