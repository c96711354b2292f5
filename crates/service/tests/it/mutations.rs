//! Messages that went wrong on the way, from a fixed seed: whatever arrives at the endpoint gets one well-formed
//! answer, never a failure of the service, and the service goes on.

use std::cell::Cell;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Request, Response},
};
use bytes::Bytes;
use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::hosted::{Hosted, call, plain, post};
use tempo_test_support::site::TODAY;

const CASES: u32 = 1500;
const MODERN: &str = "2026-07-28";

/// A good message and its headers.
type Message = (Value, Vec<(&'static str, String)>);

/// What is done to it, and the numbers that say where and with what.
type Change = (u8, u16, u16);

fn messages() -> Vec<Message> {
    let entry = json!({ "issueKey": "WEB-12", "date": TODAY, "timeSpentHours": 1.5 });
    let calls = [
        ("searchIssues", json!({ "text": "login", "limit": 5 })),
        ("retrieveWorklogs", json!({ "startDate": TODAY, "endDate": TODAY })),
        ("createWorklog", entry.clone()),
        ("bulkCreateWorklogs", json!({ "worklogEntries": [entry] })),
        (
            "editWorklog",
            json!({ "worklogId": "10042", "attributes": [{ "key": "_WorkType_", "value": "Dev" }] }),
        ),
        ("getWorklogAnalytics", json!({ "startDate": TODAY, "endDate": TODAY, "groupBy": "issue" })),
    ];
    let capable = json!({ "capabilities": {}, "clientInfo": { "name": "a", "version": "1" } });
    let mut plain = vec![
        ("initialize", merged(&capable, &json!({ "protocolVersion": "2025-11-25" }))),
        ("tools/list", json!({})),
        ("server/discover", json!({})),
        ("ping", json!({})),
    ];
    plain.extend(
        calls.map(|(tool, arguments)| ("tools/call", json!({ "name": tool, "arguments": arguments }))),
    );
    plain.iter().flat_map(|(method, params)| [legacy(method, params), modern(method, params)]).collect()
}

fn merged(one: &Value, other: &Value) -> Value {
    let maps = [one, other].into_iter().filter_map(Value::as_object);
    maps.flatten().map(|(key, value)| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}

fn legacy(method: &str, params: &Value) -> Message {
    (json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }), Vec::new())
}

fn modern(method: &str, params: &Value) -> Message {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let (body, _) = legacy(method, &merged(params, &json!({ "_meta": meta })));
    let mut headers = vec![("mcp-protocol-version", MODERN.to_owned()), ("mcp-method", method.to_owned())];
    headers.extend(params["name"].as_str().map(|it| ("mcp-name", it.to_owned())));
    (body, headers)
}

/// What stands where something sensible should.
fn odd(which: u16) -> Value {
    let deep = (0..100).fold(Value::Null, |inner, _| json!([inner]));
    let all = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(0.1),
        json!(""),
        json!("\u{0}\u{202e}\n\"'; --"),
        json!("../../etc/passwd"),
        json!("9999-99-99"),
        json!("a".repeat(5000)),
        json!([]),
        json!({}),
        json!([[], {}, null]),
        json!({ "": { "": "" } }),
        deep,
    ];
    all[usize::from(which) % all.len()].clone()
}

/// Every place in the message, as a JSON pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, it)| places(it, &format!("{at}/{}", escaped(key)), found))
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, it)| places(it, &format!("{at}/{i}"), found))
        }
        _ => {}
    }
}

fn change_tree(body: &mut Value, (kind, place, with): Change) {
    let mut found = Vec::new();
    places(body, "", &mut found);
    let target = body.pointer_mut(&found[usize::from(place) % found.len()]).unwrap();
    match (kind, target) {
        (0, target) => *target = odd(with),
        (1, Value::Object(map)) => {
            let key = map.keys().nth(usize::from(with) % map.len().max(1)).cloned();
            key.map(|it| map.remove(&it));
        }
        (1, Value::Array(list)) => list.clear(),
        (_, Value::Object(map)) => drop(map.insert(odd(with).to_string(), odd(place))),
        (_, Value::Array(list)) => list.extend(vec![odd(with); usize::from(place % 700)]),
        (_, target) => *target = json!([target.clone(), odd(with)]),
    }
}

fn change_text(text: &mut Vec<u8>, (kind, place, with): Change) {
    let at = usize::from(place) % text.len().max(1);
    let raw: [&[u8]; 6] = [b"[", b"{\"a\":", b"1e999", b"\xff\xfe", b"\\u0000", b","];
    match kind {
        3 => text.truncate(at),
        4 if !text.is_empty() => text[at] = with.to_le_bytes()[0],
        // More of the same than any recursion should follow.
        _ => drop(text.splice(at..at, raw[usize::from(with) % 6].repeat(usize::from(place % 3) * 2000 + 1))),
    }
}

fn change_headers(headers: &mut Vec<(&'static str, String)>, (kind, place, with): Change) {
    let names =
        ["content-type", "accept", "mcp-protocol-version", "mcp-method", "mcp-name", "origin", "host"];
    let values =
        ["", "*/*", "text/html", "2024-11-05", "2099-01-01", "tools/list", "=?base64?x?=", "null", "a, b"];
    if kind == 6 && !headers.is_empty() {
        headers.remove(usize::from(place) % headers.len());
    } else {
        let value = values[usize::from(with) % values.len()].to_owned();
        headers.push((names[usize::from(place) % names.len()], value));
    }
}

fn changed(message: &Message, path: &str, changes: &[Change]) -> Request<Body> {
    let (mut body, mut headers) = message.clone();
    changes.iter().filter(|it| it.0 < 3).for_each(|it| change_tree(&mut body, *it));
    let mut text = body.to_string().into_bytes();
    changes.iter().filter(|it| (3..6).contains(&it.0)).for_each(|it| change_text(&mut text, *it));
    changes.iter().filter(|it| it.0 >= 6).for_each(|it| change_headers(&mut headers, *it));
    let mut request = post(path, text);
    for (name, value) in headers {
        request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
    }
    request
}

/// One JSON-RPC answer, or none where none is due.
fn judge(answer: &Response<Bytes>) -> Result<(), TestCaseError> {
    let status = answer.status();
    let told = format!("{status} {}", String::from_utf8_lossy(answer.body()));
    if status == 202 {
        return answer.body().is_empty().then_some(()).ok_or(TestCaseError::fail(told));
    }
    let body: Value = serde_json::from_slice(answer.body()).map_err(|_| TestCaseError::fail(told.clone()))?;
    let one = body["result"].is_object() != body["error"]["code"].is_i64();
    let known = body["id"].is_null() || body["id"].is_string() || body["id"].is_number();
    let good = !status.is_server_error() && body["jsonrpc"] == "2.0" && one && known;
    let internal = body["error"]["code"] == -32603;
    (good && !internal).then_some(()).ok_or(TestCaseError::fail(told))
}

async fn goes_on(service: &Hosted) {
    let answer =
        service.send(call(service.alex.expose(), 1, "searchIssues", json!({ "text": "WEB-12" }))).await;
    assert_eq!(answer.status(), 200);
}

#[test]
fn whatever_arrives_gets_one_answer_and_never_a_failure() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let service = runtime.block_on(plain());
    let path = format!("/mcp/{}", service.alex.expose());
    let messages = messages();
    let changes = vec((0..8u8, any::<u16>(), any::<u16>()), 1..4);
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let good = Cell::new(0);
    let outcome = runner.run(&(0..messages.len(), changes), |(which, changes)| {
        let answer = runtime.block_on(service.send(changed(&messages[which], &path, &changes)));
        good.set(
            good.get() + u32::from(answer.body().starts_with(b"{\"jsonrpc\":\"2.0\",\"id\":7,\"result\"")),
        );
        judge(&answer)
    });
    runtime.block_on(goes_on(&service));
    outcome.unwrap();
    assert!((CASES / 10..CASES * 9 / 10).contains(&good.get()), "{} of them are good", good.get());
}

#[test]
fn unchanged_messages_are_good_ones() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let service = runtime.block_on(plain());
    let path = format!("/mcp/{}", service.alex.expose());
    let refused = messages()
        .iter()
        .filter(|it| {
            let answer = runtime.block_on(service.send(changed(it, &path, &[])));
            serde_json::from_slice::<Value>(answer.body()).unwrap()["result"].is_null()
        })
        .map(|it| it.0["method"].as_str().unwrap().to_owned())
        .collect::<Vec<_>>();
    // Modern ones begin no session and do not ping; discovery is modern.
    assert_eq!(refused, ["initialize", "server/discover", "ping"]);
}
