//! Broken and hostile clients: bytes that are not HTTP, endless bodies, malformed paths, forged forms.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{
    program::program,
    service::{
        Answer, Folder, LIST, Service, ask, filled_in, form_cookie, post_form, read_answer, serve_site, shown,
    },
    site::Site,
};

/// A service with one tenant on simulated vendors, in one process.
fn simulated() -> Service {
    Service::start(program().args(["--sandbox", "serve"]))
}

/// Sends bytes as they are, and reads until the service closes the connection.
fn whole(service: &Service, bytes: &[u8]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(service.address())?;
    stream.write_all(bytes)?;
    read_answer(&mut stream)
}

/// As [`whole`], and ends the stream, since the service would wait for the rest of an incomplete request.
fn raw(service: &Service, bytes: &[u8]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(service.address())?;
    stream.write_all(bytes)?;
    stream.shutdown(Shutdown::Write)?;
    read_answer(&mut stream)
}

fn assert_healthy(service: &Service) {
    assert_eq!(service.list(&service.url), 200, "{}", service.stderr());
    let text = service.stderr();
    assert!(!text.contains("panic") && !text.contains("u_"), "{text}");
}

#[test]
fn bytes_that_are_not_http_are_refused() {
    let service = simulated();
    let id = &service.url[service.url.find("/mcp/").unwrap()..];
    let long = "a".repeat(1 << 20);
    let both = format!(
        "POST {id} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\
         Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    );
    let twice =
        format!("POST {id} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde");
    for bytes in [
        b"\0\0\0\0\r\n\r\n".as_slice(),
        b"nonsense\r\n\r\n",
        b"GET  /  HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        b"GET / HTTP/1.1\r\n: empty\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthis is no frame, whatever it looks like",
        format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes(),
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n").as_bytes(),
        format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: a\r\n".repeat(1000)).as_bytes(),
        twice.as_bytes(),
    ] {
        // The connection is closed or gets an error; none of these is served.
        if let Ok((status, answer)) = raw(&service, bytes) {
            assert!((400..500).contains(&status), "{status} {:.60} {answer:.80}", bytes.escape_ascii());
        }
    }
    // RFC 9112 6.3: the chunks count, and the connection ends, so no request can be smuggled after them.
    let (_, answer) = whole(&service, both.as_bytes()).unwrap();
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert_healthy(&service);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let service = simulated();
    let mut bytes = String::new();
    let id = &service.url[service.url.find("/mcp/").unwrap()..];
    for number in 1..=10 {
        let body = LIST.replace("\"id\":1", &format!("\"id\":{number}"));
        let head = format!(
            "POST {id} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n",
            service.address()
        );
        let last = if number == 10 { "Connection: close\r\n" } else { "" };
        bytes += &format!("{head}{last}Content-Length: {}\r\n\r\n{body}", body.len());
    }
    let (status, answers) = whole(&service, bytes.as_bytes()).unwrap();
    assert_eq!(status, 200);
    let places: Vec<_> = (1..=10).map(|it| answers.find(&format!("\"id\":{it},"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
}

#[test]
fn http_2_works_without_an_upgrade() {
    let service = simulated();
    let mut stream = TcpStream::connect(service.address()).unwrap();
    // The preface, empty settings (RFC 9113 3.4), and a ping, whose response repeats it.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    stream.write_all(b"\0\0\x08\x06\0\0\0\0\0a ping !").unwrap();
    let mut frames = Vec::new();
    let mut byte = [0];
    while !frames.ends_with(b"a ping !") {
        stream.read_exact(&mut byte).unwrap();
        frames.extend(byte);
    }
}

#[test]
fn malformed_json_gets_a_json_rpc_error() {
    let service = simulated();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let head = format!(
        "POST {} HTTP/1.1\r\nContent-Type: application/json",
        &service.url[service.url.find("/mcp/").unwrap()..]
    );
    for body in ["", "{", "null", "[]", "\"text\"", "{\"jsonrpc\":\"2.0\",\"id\":1}", "\u{feff}{}", &deep] {
        let (status, answer) = service.ask(&head, body);
        assert!(status == 400 && answer.contains("\"jsonrpc\":\"2.0\""), "{body:.40}: {answer:.400}");
    }
    assert_healthy(&service);
}

/// The peak memory of the process, in KiB.
#[cfg(target_os = "linux")]
fn peak(service: &Service) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.child.id())).unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn oversized_bodies_are_refused_before_they_are_read() {
    const SIZE: usize = 100 << 20;
    let service = simulated();
    assert_healthy(&service);
    let before = peak(&service);
    let id = &service.url[service.url.find("/mcp/").unwrap()..];
    let send = |path: &str, framing: &str| {
        let mut stream = TcpStream::connect(service.address()).unwrap();
        let kind = "Content-Type: application/json";
        write!(stream, "POST {path} HTTP/1.1\r\nHost: {}\r\n{kind}\r\n{framing}\r\n\r\n", service.address())
            .unwrap();
        let mut sent = 0;
        let block = [b"10000\r\n".as_slice(), &[b' '; 65536], b"\r\n"].concat();
        // Until the service stops reading.
        while sent < SIZE && stream.write_all(&block).is_ok() {
            sent += block.len();
        }
        (read_answer(&mut stream).map(|it| it.0).unwrap_or_default(), sent)
    };
    let declared = format!("Content-Length: {SIZE}");
    for framing in [declared.as_str(), "Transfer-Encoding: chunked"] {
        for (path, expected) in [(id, 413), ("/mcp/u_0123456789012345678901", 404), ("/setup", 413)] {
            let (status, sent) = send(path, framing);
            assert_eq!(status, expected, "{path} {framing}");
            assert!(sent < SIZE / 2, "{path} {framing}: {sent} bytes were taken");
        }
    }
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| send(id, "Transfer-Encoding: chunked"));
        }
    });
    assert!(peak(&service) < before + (48 << 10), "{before} KiB, then {} KiB", peak(&service));
    assert_healthy(&service);
}

#[test]
fn declared_length_over_the_limit_is_refused_at_once() {
    let service = simulated();
    let id = &service.url[service.url.find("/mcp/").unwrap()..];
    for (path, most) in [(id, 1 << 20), ("/setup", 16 << 10), ("/manage", 16 << 10)] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close", service.address());
        // Nothing of the body is sent.
        let bytes = format!("{head}\r\nContent-Length: {}\r\n\r\n", most + 1);
        assert_eq!(whole(&service, bytes.as_bytes()).unwrap().0, 413, "{path}");
    }
    assert_healthy(&service);
}

#[test]
fn malformed_paths_are_not_found() {
    let service = simulated();
    let unknown = service.ask("POST /mcp/u_0123456789012345678901 HTTP/1.1", LIST);
    let own = &service.url[service.url.find("/mcp/").unwrap() + 5..];
    let long = format!("u_{}", "a".repeat(7000));
    let encoded = own.replacen("u_", "%75_", 1);
    // Without the date, which may change between two responses.
    let same = |answer: &str| {
        answer.lines().filter(|it| !it.starts_with("date: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    for id in [
        "..%2f..%2fsetup",
        "..%2F",
        "%2e%2e/%2e%2e/healthz",
        "../healthz",
        "%00",
        "u_%00",
        "/",
        &format!("/{own}"),
        &format!("{own}//"),
        &format!("{own}%2f"),
        &format!("{own}%00"),
        &format!("{own}/../{own}"),
        &format!("x/{own}"),
        &encoded,
        "%ff%fe",
        "u_0123456789%C3%A901234567",
        &long,
    ] {
        let (status, answer) = service.ask(&format!("POST /mcp/{id} HTTP/1.1"), LIST);
        assert_eq!(status, 404, "{id:.80}: {answer:.200}");
        assert_eq!(same(&answer), same(&unknown.1), "{id:.80}");
    }
    for path in [
        "//",
        "/..%2f",
        "/setup/..%2f",
        "/setup%00",
        "//setup",
        "/manage/",
        "/%2e%2e/setup",
        "/mcp",
        "/mcp%2f",
    ] {
        let (status, answer) = service.ask(&format!("GET {path} HTTP/1.1"), "");
        assert_eq!(status, 404, "{path}: {answer:.200}");
    }
}

#[test]
fn cross_site_forms_are_refused_and_double_clicks_are_safe() {
    let (folder, site) = (Folder::new("forms"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    let address = service.address();
    let cookie = form_cookie(address).unwrap();
    let (fields, elsewhere) =
        (filled_in(&site), ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"]);
    let setup =
        |cookie: &str, headers: &[&str]| post_form(address, "/setup", cookie, headers, &fields).unwrap();
    for refused in [setup("", &[]), setup("setup=", &[]), setup(&cookie, &elsewhere)] {
        assert_eq!(refused.0, 400, "{}", refused.1);
        assert!(shown(&refused.1).is_none());
    }
    // Two clicks are two tenants: a browser shows only the later page, so refusing the second would lose the URL.
    let clicks = std::thread::scope(|scope| {
        [(); 2].map(|()| scope.spawn(|| setup(&cookie, &[]))).map(|it| it.join().unwrap())
    });
    let urls = clicks.map(|(_, page)| shown(&page).unwrap());
    assert_eq!(urls.each_ref().map(|it| service.list(it)), [200, 200]);

    let opened =
        post_form(address, "/manage", &cookie, &[], &[("action", "open"), ("url", &urls[0])]).unwrap();
    let cookies: Vec<&str> = opened.1.lines().filter_map(|it| it.strip_prefix("set-cookie: ")).collect();
    let sealed =
        cookies.iter().find(|it| it.contains("manage=")).and_then(|it| it.split(';').next()).unwrap();
    let token = cookies.iter().find(|it| it.contains("setup=")).and_then(|it| it.split(';').next()).unwrap();
    let both = format!("{token}; {sealed}");
    let delete = |cookie: &str, headers: &[&str]| {
        let body = token.split_once('=').unwrap().1;
        let body = format!("token={body}&action=delete-confirmed");
        let more: String = headers.iter().map(|it| format!("\r\n{it}")).collect();
        ask(address, &format!("POST /manage HTTP/1.1\r\nCookie: {cookie}{more}"), &body).unwrap().0
    };
    assert_eq!([delete(token, &[]), delete(sealed, &[]), delete(&both, &elsewhere)], [400, 400, 400]);
    assert_eq!(service.list(&urls[0]), 200);
    assert_eq!(
        [delete(&both, &[]), delete(&both, &[])],
        [200, 400],
        "the second click finds nothing to delete"
    );
    assert_eq!(urls.each_ref().map(|it| service.list(it)), [404, 200]);
}

/// Set in the process that holds the connections: one process may not open enough files for both ends.
const HOLD: &str = "TEMPO_MCP_TEST_HOLD";
const IDLE: usize = 2000;

#[cfg(unix)]
#[test]
fn two_thousand_idle_connections_do_not_disturb_requests() {
    if let Ok(address) = std::env::var(HOLD) {
        let held: Vec<TcpStream> = (0..IDLE).map(|_| TcpStream::connect(&address).unwrap()).collect();
        println!("\nheld");
        std::io::stdin().read_line(&mut String::new()).unwrap();
        return drop(held);
    }
    let roomy = |command: &Command| {
        let mut res = Command::new("sh");
        res.args(["-c", "ulimit -n 4096 && exec \"$0\" \"$@\""]).arg(command.get_program());
        res.args(command.get_args()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        res
    };
    let service = Service::start(roomy(program().arg("--sandbox")).arg("serve"));
    let mut holder = Command::new(std::env::current_exe().unwrap());
    holder.args([
        "--exact",
        "malformed_http::two_thousand_idle_connections_do_not_disturb_requests",
        "--nocapture",
    ]);
    let mut holder = roomy(&holder).env(HOLD, service.address()).spawn().unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.by_ref().any(|it| it == "held"), "more than 2,000 files are needed: ulimit -n");
    assert_healthy(&service);
    let search = service.call(&service.url, 1, "searchIssues", json!({ "text": "WEB-12" }));
    assert_eq!(search.0, 200);
    drop(holder.stdin.take());
    assert!(lines.any(|it| it.starts_with("test result: ok")));
    assert!(holder.wait().unwrap().success());
    assert_eq!(service.end(), Some(0));
}
