//! The endpoints of a hosted service: tenants, origins, hosts, limits and isolation.

use std::time::Duration;

use axum::{body::Body, http::Response};
use bytes::Bytes;
use futures::{StreamExt, future::join_all};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};
use tempo_mcp_service::{
    http::ClientAddress,
    options::{Options, Origins},
};
use tempo_sandbox::{Effect, Fault};

use crate::support::hosted::{hosted, options, plain, post};
use tempo_test_support::site::TODAY;

fn list(id: &str) -> Request<Body> {
    post(&format!("/mcp/{id}"), r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
}

fn with(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or(Value::Null)
}

fn week() -> Value {
    json!({ "startDate": "2026-03-16", "endDate": "2026-03-18" })
}

#[tokio::test(start_paused = true)]
async fn tenants_use_their_own_credentials() {
    let hosted = plain().await;
    let (alex, priya) = (
        hosted.call(&hosted.alex, 1, "retrieveWorklogs", week()).await,
        hosted.call(&hosted.priya, 1, "retrieveWorklogs", week()).await,
    );
    let zone = |it: &Response<Bytes>| json_of(it)["result"]["structuredContent"]["timeZone"].clone();
    assert_eq!((zone(&alex), zone(&priya)), (json!("Europe/Berlin"), json!("Asia/Kolkata")));
    assert_ne!(alex.body(), priya.body());
}

#[tokio::test(start_paused = true)]
async fn concurrent_equal_request_ids_get_their_own_responses() {
    let hosted = plain().await;
    let (alex, priya) = (&hosted.alex, &hosted.priya);
    let expected = [
        hosted.call(alex, 7, "retrieveWorklogs", week()).await,
        hosted.call(priya, 7, "retrieveWorklogs", week()).await,
    ];
    // A thousand calls of each tenant, eight at a time.
    for _ in 0..250 {
        let calls =
            (0..8).map(|i| hosted.call(if i % 2 == 0 { alex } else { priya }, 7, "retrieveWorklogs", week()));
        for (i, answer) in join_all(calls).await.iter().enumerate() {
            assert_eq!(answer.body(), expected[i % 2].body());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_malformed_and_deleted_ids_get_the_same_response() {
    let hosted = plain().await;
    let gone = hosted.priya.expose().to_owned();
    hosted.store.delete(&[TenantHash::of(&hosted.priya)]).await.unwrap();
    let unknown = TenantId::from_random([200; 16]);
    let first = hosted.send(list(unknown.expose())).await;
    assert_eq!(first.status(), StatusCode::NOT_FOUND);
    assert!(!first.headers().contains_key("www-authenticate"));
    let reads = hosted.database.reads();
    let malformed = [
        "u_",
        "u_short",
        "x",
        "..%2f..%2fhealthz",
        "u_%2e%2e",
        "u_0123456789012345678901/more",
        "%00",
        "U_0123456789012345678901",
    ];
    for id in malformed {
        let answer = hosted.send(list(id)).await;
        assert_eq!((answer.status(), answer.body()), (first.status(), first.body()), "{id}");
    }
    assert_eq!(hosted.database.reads(), reads, "a malformed id is not looked up");
    let deleted = hosted.send(list(&gone)).await;
    assert_eq!((deleted.status(), deleted.body()), (first.status(), first.body()));
}

#[tokio::test(start_paused = true)]
async fn deleted_tenant_ends_with_the_cache_lifetime() {
    let hosted = plain().await;
    assert_eq!(hosted.send(list(hosted.alex.expose())).await.status(), 200);
    hosted.store.delete(&[TenantHash::of(&hosted.alex)]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(hosted.send(list(hosted.alex.expose())).await.status(), 404);
}

#[tokio::test(start_paused = true)]
async fn cached_tenant_reads_no_row_and_keeps_its_caches() {
    let hosted = plain().await;
    hosted.call(&hosted.alex, 1, "retrieveWorklogs", week()).await;
    let reads = hosted.database.reads();
    hosted.sandbox.clear_requests();
    hosted.call(&hosted.alex, 2, "retrieveWorklogs", week()).await;
    assert_eq!((hosted.database.reads(), hosted.sandbox.requests().len()), (reads, 1));
    tokio::time::sleep(Duration::from_secs(61)).await;
    hosted.sandbox.clear_requests();
    hosted.call(&hosted.alex, 3, "retrieveWorklogs", week()).await;
    assert_eq!((hosted.database.reads(), hosted.sandbox.requests().len()), (reads + 1, 1));
}

#[tokio::test(start_paused = true)]
async fn trailing_slash_is_ignored_and_other_methods_get_405() {
    let hosted = plain().await;
    let id = hosted.alex.expose();
    assert_eq!(hosted.send(list(&format!("{id}/"))).await.status(), 200);
    for method in [Method::GET, Method::DELETE, Method::HEAD, Method::PUT] {
        let request =
            Request::builder().method(method.clone()).uri(format!("/mcp/{id}")).body(Body::empty()).unwrap();
        let answer = hosted.send(request).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["allow"]),
            (405, &"POST, OPTIONS".parse().unwrap()),
            "{method}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn any_origin_is_allowed_by_default() {
    let hosted = plain().await;
    let path = format!("/mcp/{}", hosted.alex.expose());
    let preflight = Request::builder().method(Method::OPTIONS).uri(&path).body(Body::empty()).unwrap();
    let answer = hosted.send(preflight).await;
    assert_eq!((answer.status(), answer.body().len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(answer.headers()["access-control-allow-methods"], "GET, POST, DELETE, OPTIONS");
    assert!(answer.headers()["access-control-allow-headers"].to_str().unwrap().contains("mcp-method"));
    for request in [list(hosted.alex.expose()), list("u_nobody"), post(&path, "{")] {
        let answer = hosted.send(request).await;
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{}", answer.status());
        assert!(answer.headers().contains_key("access-control-expose-headers"));
    }
}

#[tokio::test(start_paused = true)]
async fn only_listed_origins_are_allowed() {
    let only = Origins::parse("https://claude.example, https://other.example/");
    let hosted = hosted(Options { origins: only, ..options() }, usize::MAX).await;
    let request = || list(hosted.alex.expose());
    let allowed = hosted.send(with(request(), "origin", "https://claude.example")).await;
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://claude.example");
    assert_eq!((allowed.status().as_u16(), &allowed.headers()["vary"]), (200, &"Origin".parse().unwrap()));
    for origin in ["https://evil.example", "https://claude.example.evil.example", "null"] {
        let refused = hosted.send(with(request(), "origin", origin)).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{origin}");
        assert!(!refused.headers().contains_key("access-control-allow-origin"));
    }
    assert_eq!(hosted.send(request()).await.status(), 200, "no browser, no origin");
}

#[tokio::test(start_paused = true)]
async fn only_configured_hosts_are_served() {
    let hosted = hosted(Options { hosts: vec!["127.0.0.1:8787".into()], ..options() }, usize::MAX).await;
    let request = |host: &str| with(list(hosted.alex.expose()), "host", host);
    assert_eq!(hosted.send(request("127.0.0.1:8787")).await.status(), 200);
    assert_eq!(hosted.send(request("rebound.example")).await.status(), StatusCode::FORBIDDEN);
    for (host, status) in [("127.0.0.1:8787", 200), ("rebound.example", 403)] {
        for path in ["/", "/setup", "/manage"] {
            let page = Request::get(path).header("host", host).body(Body::empty()).unwrap();
            assert_eq!(hosted.send(page).await.status(), status, "{path} at {host}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn body_over_one_mebibyte_is_rejected() {
    let hosted = plain().await;
    let path = format!("/mcp/{}", hosted.alex.expose());
    let padded =
        |size: usize| format!("{}{}", " ".repeat(size), r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
    assert_eq!(hosted.send(post(&path, padded(1_000_000))).await.status(), 200);
    let answer = hosted.send(post(&path, padded(1 << 20))).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(json_of(&answer)["error"]["message"].as_str().unwrap().contains("1 MiB"));
}

#[tokio::test(start_paused = true)]
async fn endless_body_times_out_and_frees_its_permit() {
    let hosted = hosted(Options { calls_per_tenant: 1, ..options() }, usize::MAX).await;
    let path = format!("/mcp/{}", hosted.alex.expose());
    let first: Result<Bytes, std::io::Error> = Ok(Bytes::from_static(b"{\"jsonrpc\""));
    let endless = futures::stream::iter([first]).chain(futures::stream::pending());
    let slow = hosted.send(post(&path, Body::from_stream(endless))).await;
    assert_eq!(slow.status(), StatusCode::REQUEST_TIMEOUT);
    assert!(json_of(&slow)["error"]["message"].as_str().unwrap().contains("took too long"));
    assert_eq!(hosted.send(list(hosted.alex.expose())).await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn rate_limited_requests_say_how_long_to_wait() {
    let hosted = hosted(options(), 2).await;
    for expected in [200, 200, 429] {
        let answer = hosted.send(list(hosted.alex.expose())).await;
        assert_eq!(answer.status().as_u16(), expected);
        if expected == 429 {
            assert_eq!(answer.headers()["retry-after"], "2");
            assert_eq!(json_of(&answer)["jsonrpc"], "2.0");
        }
    }
    // Guessing is counted separately, and limits no tenant at the same address.
    let unknown = TenantId::from_random([200; 16]);
    let statuses = [unknown.expose(), "u_x", unknown.expose()].map(|id| hosted.send(list(id)));
    let statuses: Vec<u16> = join_all(statuses).await.iter().map(|it| it.status().as_u16()).collect();
    assert_eq!(statuses, [404, 404, 429]);
    assert_eq!(hosted.send(list(hosted.priya.expose())).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn sign_in_discovery_does_not_count_as_guessing() {
    let hosted = hosted(options(), 2).await;
    let id = hosted.alex.expose();
    for path in [
        "/.well-known/oauth-protected-resource".to_owned(),
        format!("/.well-known/oauth-protected-resource/mcp/{id}"),
        format!("/mcp/{id}/.well-known/openid-configuration"),
        format!("/mcp/{id}/.well-known/oauth-authorization-server"),
    ] {
        for method in [Method::GET, Method::OPTIONS] {
            let mut probe = Request::builder().method(&method).uri(&path).body(Body::empty()).unwrap();
            probe.extensions_mut().insert(ClientAddress("192.0.2.1".into()));
            let answer = hosted.send(probe).await;
            let expected = if method == Method::GET { 404 } else { 204 };
            assert_eq!(answer.status().as_u16(), expected, "{method} {path}");
            assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{method} {path}");
        }
    }
    let unknown = TenantId::from_random([200; 16]);
    assert_eq!(hosted.send(list(unknown.expose())).await.status(), 404, "the probes do not count");
}

#[tokio::test(start_paused = true)]
async fn hanging_vendor_blocks_its_own_tenant_only() {
    let hosted = hosted(Options { calls_per_tenant: 2, ..options() }, usize::MAX).await;
    hosted.sandbox.add_faults(vec![Fault::on("GET", "*/myself", Effect::Hang).times(2)]);
    let slow = || hosted.call(&hosted.alex, 1, "retrieveWorklogs", week());
    let others = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let full = slow().await;
        let priya = hosted.call(&hosted.priya, 1, "retrieveWorklogs", week()).await;
        (full, priya)
    };
    let (_, _, (full, priya)) = futures::join!(slow(), slow(), others);
    assert_eq!((full.status(), priya.status()), (StatusCode::SERVICE_UNAVAILABLE, StatusCode::OK));
    assert!(full.headers().contains_key("retry-after"));
    assert_eq!(slow().await.status(), 200, "the permits are free again");
}

#[tokio::test(start_paused = true)]
async fn hanging_vendor_leaves_permits_for_other_requests() {
    let hosted = hosted(Options { calls_per_tenant: 12, ..options() }, usize::MAX).await;
    hosted.call(&hosted.alex, 1, "retrieveWorklogs", week()).await;
    hosted.sandbox.add_faults(vec![Fault::on("POST", "/4/worklogs/search", Effect::Hang)]);
    let stuck = join_all((0..30).map(|_| hosted.call(&hosted.alex, 1, "retrieveWorklogs", week())));
    let others = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let listed = hosted.send(list(hosted.alex.expose())).await;
        (listed, hosted.call(&hosted.alex, 1, "searchIssues", json!({ "text": "checkout" })).await)
    };
    let (_, (listed, found)) = futures::join!(stuck, others);
    assert_eq!(listed.status(), 200);
    assert_eq!(json_of(&found)["result"]["isError"], false, "Jira responds");
}

#[tokio::test(start_paused = true)]
async fn hanging_vendor_leaves_permits_for_other_tenants() {
    let hosted = hosted(Options { calls: 3, ..options() }, usize::MAX).await;
    for id in [&hosted.alex, &hosted.priya] {
        hosted.call(id, 1, "retrieveWorklogs", week()).await;
    }
    hosted.sandbox.add_faults(vec![Fault::on("POST", "/4/worklogs/search", Effect::Hang)]);
    let stuck = join_all((0..2).map(|_| hosted.call(&hosted.alex, 1, "retrieveWorklogs", week())));
    let others = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let third = hosted.call(&hosted.priya, 1, "retrieveWorklogs", week()).await;
        (third, hosted.send(list(hosted.priya.expose())).await)
    };
    let (_, (third, listed)) = futures::join!(stuck, others);
    assert!(json_of(&third).to_string().contains("Too many calls are waiting for Tempo"), "{third:?}");
    assert_eq!(listed.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn disconnect_cancels_reads_and_finishes_writes() {
    let hosted = plain().await;
    hosted.sandbox.settings(|it| it.latency_ms = 1000);
    let before = hosted.sandbox.worklogs().len();
    let read = hosted.call(&hosted.alex, 1, "retrieveWorklogs", week());
    assert!(tokio::time::timeout(Duration::from_millis(500), read).await.is_err());
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(hosted.sandbox.requests().len(), 1, "the call sends no more reads");

    let entry = json!({ "issueKey": "WEB-12", "date": TODAY, "timeSpent": "15m" });
    let write = hosted.call(&hosted.alex, 1, "createWorklog", entry);
    assert!(tokio::time::timeout(Duration::from_millis(1500), write).await.is_err());
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(hosted.sandbox.worklogs().len(), before + 1, "the write is finished");
    let writes = hosted.store.writes(&hosted.alex).await.unwrap();
    let recorded: Vec<_> = writes.iter().map(|it| (it.tool.as_str(), it.outcome.as_str())).collect();
    assert_eq!(recorded, [("createWorklog", "created")], "and recorded");
}

#[tokio::test(start_paused = true)]
async fn day_of_last_use_is_stored_once() {
    let hosted = plain().await;
    let record = TenantHash::of(&hosted.alex);
    let before = hosted.database.writes();
    hosted.database.fail_next_write();
    for _ in 0..4 {
        hosted.send(list(hosted.alex.expose())).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(hosted.database.writes() - before, 2, "once, and again after it failed");
    let listed = hosted
        .store
        .list(&tempo_mcp_service::store::tenants::TenantFilter::ShortName(record.short().into()))
        .await
        .unwrap();
    assert_eq!(listed[0].used_on.as_deref(), Some(TODAY));
}

#[tokio::test(start_paused = true)]
async fn health_and_readiness_return_ok() {
    let hosted = plain().await;
    for path in ["/healthz", "/readyz"] {
        let answer = hosted.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (200, b"ok".as_slice()), "{path}");
    }
}
