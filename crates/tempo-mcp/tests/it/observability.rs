//! The log and the metrics of the hosted service, without secrets.

use std::{
    io::{BufRead, BufReader, Lines, Read, Write},
    net::TcpStream,
    process::{Child, ChildStderr},
};

use serde_json::{Value, json};

use crate::program::program;

const TEXT: &str = "a private description";

/// A running service with one tenant, and its log.
struct ObservedService {
    child: Child,
    address: String,
    id: String,
    log: Lines<BufReader<ChildStderr>>,
    metrics: String,
}

impl ObservedService {
    fn start() -> Self {
        let mut child = program()
            .args(["--sandbox", "--log-format", "json", "serve", "--listen", "127.0.0.1:0"])
            .args(["--metrics-listen", "127.0.0.1:0"])
            .env("TEMPO_MCP_LOG", "debug")
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let (address, id) = url.trim().strip_prefix("http://").and_then(|it| it.split_once("/mcp/")).unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let metrics = lines(&mut log)
            .find_map(|it| Some(it["fields"]["address"].as_str()?.to_owned()))
            .expect("the log names the address of the metrics");
        Self { address: address.to_owned(), id: id.to_owned(), metrics, child, log }
    }

    fn post(&self, path: &str, body: &Value) -> String {
        let (address, body) = (&self.address, body.to_string());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}",
            body.len()
        );
        ask(address, &format!("{head}\r\nConnection: close\r\n\r\n{body}"))
    }

    fn call(&self, tool: &str, arguments: Value) -> String {
        let params = json!({ "name": tool, "arguments": arguments });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        self.post(&format!("/mcp/{}", self.id), &body)
    }

    fn metrics(&self) -> String {
        let head = format!("GET /metrics HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.metrics);
        ask(&self.metrics, &head)
    }

    /// Ends the service as its operator would, and returns the log lines not read so far.
    #[cfg(unix)]
    fn terminate(mut self) -> Vec<Value> {
        let id = self.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let log = lines(&mut self.log).collect();
        assert!(self.child.wait().unwrap().success());
        log
    }

    /// Kills the service and returns the log lines not read so far.
    fn end(mut self) -> Vec<Value> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        lines(&mut self.log).collect()
    }
}

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn lines(log: &mut Lines<BufReader<ChildStderr>>) -> impl Iterator<Item = Value> {
    log.map(|it| serde_json::from_str(&it.unwrap()).expect("every line is JSON"))
}

#[test]
fn each_request_is_one_log_line_without_secrets() {
    let service = ObservedService::start();
    let week = json!({ "startDate": "2026-03-02", "endDate": "2026-03-08" });
    assert!(service.call("retrieveWorklogs", week).starts_with("HTTP/1.1 200"));
    let entry =
        json!({ "issueKey": "WEB-12", "date": "2026-03-03", "timeSpent": "15m", "description": TEXT });
    assert!(service.call("createWorklog", entry).starts_with("HTTP/1.1 200"));
    service.call("createWorklog", json!({ "description": TEXT, "from": tempo_sandbox::MAIN_EMAIL }));
    service.post(&format!("/mcp/{}", service.id), &json!({ "jsonrpc": "2.0", "id": 2, "method": TEXT }));
    let list = json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/list" });
    assert!(service.post(&format!("/mcp/{}x", service.id), &list).starts_with("HTTP/1.1 404"));
    let id = service.id.clone();
    let log = service.end();

    let requests: Vec<Value> = log
        .iter()
        .map(|it| &it["fields"])
        .filter(|it| it["message"] == "request")
        .map(|it| json!([it["method"], it["tool"], it["outcome"], it["status"], it["upstream_calls"]]))
        .collect();
    assert_eq!(
        requests,
        [
            json!(["tools/call", "retrieveWorklogs", "ok", 200, 2]),
            json!(["tools/call", "createWorklog", "ok", 200, 4]),
            json!(["tools/call", "createWorklog", "wrong arguments", 200, 0]),
            json!(["other", null, "protocol error", 200, 0]),
        ]
    );
    for line in log.iter().map(|it| &it["fields"]) {
        let is_number = |name: &str| line[name].is_null() || line[name].is_u64();
        assert!(is_number("ms") && is_number("upstream_ms"), "durations are numbers: {line}");
    }
    let request = |it: &Value| it["fields"]["request"].as_str().map(str::to_owned);
    let ids: Vec<String> = log.iter().filter_map(request).collect();
    assert!(ids.iter().all(|it| it.len() == 8 && it.bytes().all(|b| b.is_ascii_hexdigit())), "{ids:?}");
    let asked = log.iter().filter(|it| it["fields"]["message"] == "upstream call");
    let asked: Vec<&str> = asked.map(|it| it["span"]["id"].as_str().expect("the request's id")).collect();
    assert_eq!(asked, [vec![ids[0].as_str(); 2], vec![ids[1].as_str(); 4]].concat());
    let tenants: Vec<&str> = log.iter().filter_map(|it| it["fields"]["tenant"].as_str()).collect();
    assert_eq!((tenants.len(), tenants[0].len()), (4, 12));

    let text = log.iter().map(Value::to_string).collect::<String>();
    let secrets = [
        &id,
        TEXT,
        tempo_sandbox::MAIN_EMAIL,
        tempo_sandbox::TEMPO_TOKEN,
        tempo_sandbox::JIRA_TOKEN,
        tempo_sandbox::MAIN_ACCOUNT_ID,
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}

#[cfg(unix)]
#[test]
fn refused_requests_are_one_line_for_each_client() {
    let service = ObservedService::start();
    let list = json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/list" });
    for _ in 0..40 {
        service.post(&format!("/mcp/{}x", service.id), &list);
    }
    for _ in 0..5 {
        service.post(&format!("/mcp/{}", service.id), &list);
    }
    ask(&service.address, "GET /setup HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n");
    let id = service.id.clone();
    let log = service.terminate();
    let of = |message: &str| -> Vec<&Value> {
        log.iter().map(|it| &it["fields"]).filter(|it| it["message"] == message).collect()
    };
    assert_eq!(of("request").len(), 5, "each request that was served is still one line");
    let refused = of("requests refused");
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!((&refused[0]["client"], &refused[0]["count"]), (&json!("127.0.0.1"), &json!(41)));
    let reasons = refused[0]["reasons"].as_str().unwrap();
    assert!(reasons.contains("there is no such endpoint: 30") && reasons.contains("host not served: 1"));
    assert!(log.iter().all(|it| !it.to_string().contains(&id)));
}

#[test]
fn metrics_count_requests_and_identify_no_one() {
    let service = ObservedService::start();
    for _ in 0..2 {
        service
            .call("createWorklog", json!({ "issueKey": "WEB-12", "date": "2026-03-03", "timeSpent": "15m" }));
    }
    service.call("deleteWorklog", json!({ "worklogId": "none" }));
    let text = service.metrics();
    assert!(text.to_lowercase().contains("content-type: text/plain; version=0.0.4"), "{text}");
    for line in [
        "tempo_mcp_requests_total{route=\"/mcp\",status=\"200\"} 3",
        "tempo_mcp_tool_calls_total{tool=\"createWorklog\",outcome=\"ok\"} 2",
        "tempo_mcp_tool_calls_total{tool=\"deleteWorklog\",outcome=\"wrong arguments\"} 1",
        "tempo_mcp_upstream_call_seconds_count{tool=\"createWorklog\",vendor=\"Jira\",outcome=\"ok\"} 2",
        "tempo_mcp_calls_in_flight 0",
        "tempo_mcp_tenants 1",
        "# TYPE tempo_mcp_request_seconds histogram",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains(&service.id) && !text.contains("localhost"), "{text}");
    service.end();
}
