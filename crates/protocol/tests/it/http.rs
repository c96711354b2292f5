//! The protocol over HTTP: every case of the transport, in both eras.

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tempo_mcp_protocol::{http::respond, server::Server};

use tempo_test_support::site::Site;

const MODERN: &str = "2026-07-28";

fn server() -> Server {
    Server::new(Site::new().context)
}

fn post(headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = Request::post("/mcp/u_x").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// A legacy request.
fn legacy(method: &str, params: Value) -> Request<Bytes> {
    post(&[], json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string())
}

/// A modern request whose headers and body agree.
fn modern(method: &str, params: Value) -> Request<Bytes> {
    modern_with(method, params, |_| ())
}

fn modern_with(method: &str, mut params: Value, change: impl FnOnce(&mut Request<Bytes>)) -> Request<Bytes> {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params }).to_string();
    let mut request = post(&[("mcp-protocol-version", MODERN), ("mcp-method", method)], body);
    if let Some(name) = params["name"].as_str() {
        request.headers_mut().insert("mcp-name", name.parse().unwrap());
    }
    change(&mut request);
    request
}

fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or(Value::Null)
}

/// Status and JSON-RPC error code (0 where there is none).
async fn outcome(request: Request<Bytes>) -> (u16, i64) {
    let response = respond(&server(), &request).await;
    (response.status().as_u16(), body(&response)["error"]["code"].as_i64().unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn a_tool_is_called_in_both_eras() {
    let call = json!({ "name": "searchIssues", "arguments": { "text": "WEB-12" } });
    for request in [legacy("tools/call", call.clone()), modern("tools/call", call)] {
        let response = respond(&server(), &request).await;
        assert_eq!(response.headers()["content-type"], "application/json");
        let body = body(&response);
        assert_eq!((body["id"].as_i64(), body["jsonrpc"].as_str()), (Some(7), Some("2.0")));
        assert_eq!(body["result"]["structuredContent"]["issues"][0]["issueKey"], "WEB-12");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_was_never_given_is_refused() {
    let server = server();
    for request in [legacy, modern] {
        // Also where the list is known by heart, which is how it is answered the second time.
        let (first, again) = (request("tools/list", json!({})), request("tools/list", json!({})));
        assert_eq!(body(&respond(&server, &first).await), body(&respond(&server, &again).await));
        let refused = respond(&server, &request("tools/list", json!({ "cursor": "page 2" }))).await;
        assert_eq!(body(&refused)["error"]["code"], -32602);
    }
}

#[tokio::test(start_paused = true)]
async fn modern_results_are_signed_and_cacheable_and_legacy_ones_are_plain() {
    let list = body(&respond(&server(), &modern("tools/list", json!({}))).await);
    let result = &list["result"];
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "tempo-mcp");
    assert!(result["ttlMs"].as_u64() > Some(0) && result["cacheScope"] == "private");

    let list = body(&respond(&server(), &legacy("tools/list", json!({}))).await);
    let keys: Vec<&String> = list["result"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["tools"]);
}

#[tokio::test(start_paused = true)]
async fn the_server_introduces_itself_in_both_eras() {
    let hello = json!({ "protocolVersion": MODERN, "capabilities": {}, "clientInfo": { "name": "x", "version": "1" } });
    let initialized = body(&respond(&server(), &legacy("initialize", hello)).await);
    assert_eq!(initialized["result"]["protocolVersion"], "2025-11-25");
    let discovered = body(&respond(&server(), &modern("server/discover", json!({}))).await);
    let result = &discovered["result"];
    assert!(result["supportedVersions"].as_array().unwrap().contains(&json!(MODERN)));
    assert_eq!(result["instructions"], initialized["result"]["instructions"]);
}

#[tokio::test(start_paused = true)]
async fn methods_media_types_and_bodies() {
    let get = Request::get("/").body(Bytes::new()).unwrap();
    let response = respond(&server(), &get).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["allow"]),
        (405, &"POST, OPTIONS".parse().unwrap())
    );
    let request = |headers: &[(&str, &str)]| {
        let mut request = legacy("tools/list", json!({}));
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    };
    for accept in ["*/*", "application/json", "text/event-stream, application/json", "application/*;q=0.5"] {
        assert_eq!(outcome(request(&[("accept", accept)])).await, (200, 0), "{accept}");
    }
    for accept in ["text/event-stream", "application/json;q=0, */*", "*/*; q=0.0"] {
        assert_eq!(outcome(request(&[("accept", accept)])).await, (406, -32600), "{accept}");
    }
    assert_eq!(outcome(request(&[("content-type", "text/plain")])).await, (415, -32600));
    assert_eq!(outcome(request(&[("content-type", "application/json; charset=utf-8")])).await, (200, 0));
    for (text, code) in [
        ("{", -32700),
        ("", -32700),
        ("\u{0}", -32700),
        ("[]", -32600),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600),
        ("{}", -32600),
        ("7", -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1}"#, -32600),
    ] {
        assert_eq!(outcome(post(&[], text.to_owned())).await, (400, code), "{text}");
    }
    assert_eq!(outcome(post(&[], vec![b'"', 0xff, b'"'])).await, (400, -32700));
}

#[tokio::test(start_paused = true)]
async fn notifications_and_answers_are_taken_without_a_word() {
    for text in [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
    ] {
        let response = respond(&server(), &post(&[], text.to_owned())).await;
        assert_eq!((response.status().as_u16(), response.body().len()), (202, 0), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_version_is_refused_on_a_notification_too() {
    let text = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let sent = async |version| {
        let request = post(&[("mcp-protocol-version", version)], text.to_owned());
        respond(&server(), &request).await.status().as_u16()
    };
    assert_eq!(sent("2025-11-25").await, 202);
    assert_eq!(sent("2026-07-28").await, 202);
    assert_eq!(sent("2024-01-01").await, 400);
    assert_eq!(sent("2030-01-01").await, 400);
}

#[tokio::test(start_paused = true)]
async fn headers_and_body_of_a_modern_request_agree() {
    let call = || json!({ "name": "searchIssues", "arguments": {} });
    let with = |change: fn(&mut Request<Bytes>)| modern_with("tools/call", call(), change);
    assert_eq!(outcome(with(|it| drop(it.headers_mut().remove("mcp-method")))).await, (400, -32020));
    assert_eq!(outcome(with(|it| drop(it.headers_mut().remove("mcp-name")))).await, (400, -32020));
    assert_eq!(
        outcome(with(|it| drop(it.headers_mut().remove("mcp-protocol-version")))).await,
        (400, -32020)
    );
    let other = |name: &'static str, value: &'static str| {
        modern_with("tools/call", call(), move |it| {
            drop(it.headers_mut().insert(name, value.parse().unwrap()))
        })
    };
    assert_eq!(outcome(other("mcp-method", "tools/list")).await, (400, -32020));
    assert_eq!(outcome(other("mcp-name", "createWorklog")).await, (400, -32020));
    assert_eq!(outcome(other("mcp-protocol-version", "2025-11-25")).await, (400, -32020));
    assert_eq!(outcome(other("mcp-name", "=?base64?c2VhcmNoSXNzdWVz?=")).await, (200, 0));
}

#[tokio::test(start_paused = true)]
async fn a_modern_request_carries_its_version_and_capabilities() {
    let headers = [("mcp-protocol-version", MODERN), ("mcp-method", "tools/list")];
    let bare = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} }).to_string();
    assert_eq!(outcome(post(&headers, bare)).await, (400, -32602));
    let half = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta":
        { "io.modelcontextprotocol/protocolVersion": MODERN } } });
    assert_eq!(outcome(post(&headers, half.to_string())).await, (400, -32602));
    let discover = json!({ "jsonrpc": "2.0", "id": 1, "method": "server/discover" }).to_string();
    assert_eq!(outcome(post(&[], discover)).await, (400, -32602));
}

#[tokio::test(start_paused = true)]
async fn an_unknown_version_is_told_which_ones_there_are() {
    let future = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2099-01-01", "io.modelcontextprotocol/clientCapabilities": {} } } });
    let headers = [("mcp-protocol-version", "2099-01-01"), ("mcp-method", "tools/list")];
    let response = respond(&server(), &post(&headers, future.to_string())).await;
    assert_eq!(response.status(), 400);
    let error = &body(&response)["error"];
    assert_eq!(
        (error["code"].as_i64(), error["data"]["requested"].as_str()),
        (Some(-32022), Some("2099-01-01"))
    );
    assert!(error["data"]["supported"].as_array().unwrap().contains(&json!(MODERN)));

    let mut old = legacy("tools/list", json!({}));
    old.headers_mut().insert("mcp-protocol-version", "2001-01-01".parse().unwrap());
    assert_eq!(outcome(old).await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn unknown_methods_and_what_is_not_offered() {
    for method in
        ["nosuch/method", "prompts/list", "resources/list", "resources/templates/list", "completion/complete"]
    {
        assert_eq!(outcome(legacy(method, json!({}))).await, (200, -32601), "{method}");
        assert_eq!(outcome(modern(method, json!({}))).await, (404, -32601), "{method}");
    }
    for method in ["initialize", "ping"] {
        assert_eq!(outcome(modern(method, json!({}))).await, (404, -32601), "{method}");
    }
    assert_eq!(outcome(legacy("ping", json!({}))).await, (200, 0));
    assert_eq!(outcome(legacy("tools/call", json!({ "name": "createWorklgo" }))).await, (200, -32602));
    assert_eq!(outcome(legacy("tools/call", json!({ "arguments": {} }))).await, (200, -32602));
}

#[test]
fn a_peer_can_be_had_inside_and_outside_a_runtime() {
    let request = modern("tools/list", json!({}));
    let response = futures::executor::block_on(respond(&server(), &request));
    assert_eq!(response.status(), 200);
}
