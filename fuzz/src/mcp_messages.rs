use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use serde_json::Value;
use tempo_mcp_protocol::{http::respond, server::Server};

use crate::site::{self, block_on, is_write, not_sent};

const MODERN: &str = "2026-07-28";
const LEGACY: &str = "2025-11-25";

/// The lowest bit of the first byte chooses a server that only reads, the next two the headers, and the rest is the
/// body. Every response is a whole JSON-RPC message that belongs to the request, and a server that only reads writes
/// nothing.
pub fn mcp_messages(data: &[u8]) {
    let [first, body @ ..] = data else { return };
    let read_only = first & 1 == 1;
    let message: Option<Value> = serde_json::from_slice(body).ok();
    let request = request(first >> 1 & 3, body, message.as_ref());
    let (response, writes) = run(read_only, &request);
    assert!(writes == 0 || !read_only, "{writes} writes");
    assert_answers(&response, message.as_ref());
    let (again, _) = run(read_only, &request);
    assert_eq!(again.status(), response.status(), "the same message again");
}

/// The response, and how many writes were tried.
fn run(read_only: bool, request: &Request<Bytes>) -> (Response<Bytes>, usize) {
    let writes = Arc::<AtomicUsize>::default();
    let counted = writes.clone();
    let context = site::context(read_only, move |request| {
        if is_write(request) {
            counted.fetch_add(1, Ordering::Relaxed);
            return not_sent();
        }
        None
    });
    let response = block_on(respond(&Server::new(context), request));
    (response, writes.load(Ordering::Relaxed))
}

fn request(headers: u8, body: &[u8], message: Option<&Value>) -> Request<Bytes> {
    let mut request = Request::post("/mcp").body(Bytes::copy_from_slice(body)).expect("a plain request");
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            request.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    set("content-type", "application/json");
    match headers {
        0 => {}
        1 => set("mcp-protocol-version", LEGACY),
        2 => set("mcp-protocol-version", MODERN),
        // As a client of this version sends them: the headers repeat the body.
        _ => {
            set("mcp-protocol-version", MODERN);
            let text = |pointer: &str| message.and_then(|it| it.pointer(pointer)?.as_str());
            text("/method").into_iter().for_each(|it| set("mcp-method", it));
            text("/params/name").into_iter().for_each(|it| set("mcp-name", it));
        }
    }
    request
}

fn assert_answers(response: &Response<Bytes>, message: Option<&Value>) {
    let status = response.status();
    assert!(matches!(status.as_u16(), 200 | 202 | 400 | 404), "{status}");
    if status == StatusCode::ACCEPTED {
        assert!(response.body().is_empty(), "a notification has no answer");
        return;
    }
    let answer: Value = serde_json::from_slice(response.body()).expect("the body is JSON");
    assert_eq!(answer["jsonrpc"], "2.0");
    let (result, error) = (answer.get("result"), answer.get("error"));
    assert!(result.is_some() != error.is_some(), "a result or an error: {answer}");
    if let Some(error) = error {
        assert!(error["code"].is_i64() && error["message"].is_string(), "{error}");
    }
    let id = message.and_then(|it| it.get("id")).filter(|it| it.is_string() || it.is_i64() || it.is_u64());
    assert_eq!(&answer["id"], id.unwrap_or(&Value::Null));
    if let (Some(result), "tools/call") =
        (result, message.map_or("", |it| it["method"].as_str().unwrap_or("")))
    {
        assert_tool_result(result);
    }
}

fn assert_tool_result(result: &Value) {
    let text = result.pointer("/content/0/text").and_then(Value::as_str);
    assert!(text.is_some_and(|it| !it.is_empty()), "a result has a text: {result}");
    let is_error = result["isError"].as_bool().unwrap_or(false);
    assert!(is_error || result["structuredContent"].is_object(), "{result}");
}
