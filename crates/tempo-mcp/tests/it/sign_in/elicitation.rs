//! Clients that show an address themselves (URL-mode elicitation), in both eras.

use serde_json::{Value, json};
use url::Url;

use super::token_home::{TokenHome, answer, consent};
use crate::{session::Session, site::Site};

fn call() -> Value {
    json!({"name": "searchIssues", "arguments": {"text": "login"}})
}

fn capabilities() -> Value {
    json!({"elicitation": {"url": {}}})
}

/// The question that a client of a version before 2026-07-28 gets during its call.
fn question(home: &TokenHome, site: &Site) -> (Session, u64, Value, Url) {
    let mut session = Session::start(home.program(site).arg("stdio"));
    let client = json!({"name": "a test", "version": "0"});
    let params =
        json!({"protocolVersion": "2025-11-25", "capabilities": capabilities(), "clientInfo": client});
    session.request("initialize", params);
    session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    let id = session.ask("tools/call", call());
    let asked = session.receive().unwrap();
    assert_eq!((&asked["method"], &asked["params"]["mode"]), (&json!("elicitation/create"), &json!("url")));
    assert!(!asked["params"]["elicitationId"].as_str().unwrap().is_empty(), "{asked}");
    let url = asked["params"]["url"].as_str().unwrap().parse().unwrap();
    (session, id, asked["id"].clone(), url)
}

#[test]
fn legacy_client_is_asked_during_its_call() {
    let (site, home) = (Site::start(), TokenHome::new());
    let (mut session, id, question, url) = question(&home, &site);
    session.send(&json!({"jsonrpc": "2.0", "id": question, "result": {"action": "accept"}}));
    consent(&url);
    assert_eq!(answer(&mut session, id)["isError"], false);
}

#[test]
fn legacy_client_may_finish_before_it_answers() {
    let (site, home) = (Site::start(), TokenHome::new());
    let (mut session, id, _, url) = question(&home, &site);
    consent(&url);
    assert_eq!(answer(&mut session, id)["isError"], false);
}

#[test]
fn declining_legacy_client_gets_an_error() {
    let (site, home) = (Site::start(), TokenHome::new());
    let (mut session, id, question, _) = question(&home, &site);
    session.send(&json!({"jsonrpc": "2.0", "id": question, "result": {"action": "decline"}}));
    let result = answer(&mut session, id);
    assert_eq!(result["isError"], true);
    assert!(
        result["content"][0]["text"].as_str().unwrap().starts_with("Sign-in to Jira was declined"),
        "{result}"
    );
}

/// One call of protocol version 2026-07-28, with the answers to the question of the previous call.
fn modern_call(session: &mut Session, answers: Value) -> Value {
    let mut params = call();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": capabilities(),
    });
    params.as_object_mut().unwrap().extend(answers.as_object().unwrap().clone());
    session.request("tools/call", params)["result"].clone()
}

#[test]
fn modern_client_gets_the_address_and_calls_again() {
    let (site, home) = (Site::start(), TokenHome::new());
    let mut session = Session::start(home.program(&site).arg("stdio"));
    let asking = modern_call(&mut session, json!({}));
    assert_eq!(asking["resultType"], "input_required", "{asking}");
    let question = &asking["inputRequests"]["sign-in"];
    assert_eq!(
        (&question["method"], &question["params"]["mode"]),
        (&json!("elicitation/create"), &json!("url"))
    );
    assert_eq!(asking["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "tempo-mcp");
    let url: Url = question["params"]["url"].as_str().unwrap().parse().unwrap();
    consent(&url);
    let accepted = json!({
        "inputResponses": {"sign-in": {"action": "accept"}}, "requestState": asking["requestState"],
    });
    let answer = modern_call(&mut session, accepted);
    assert_eq!((&answer["resultType"], &answer["isError"]), (&json!("complete"), &json!(false)), "{answer}");
}

#[test]
fn declining_modern_client_gets_an_error() {
    let (site, home) = (Site::start(), TokenHome::new());
    let mut session = Session::start(home.program(&site).arg("stdio"));
    let asking = modern_call(&mut session, json!({}));
    let old =
        json!({"inputResponses": {"sign-in": {"action": "accept"}}, "requestState": "https://old.example/"});
    assert_eq!(modern_call(&mut session, old)["inputRequests"], asking["inputRequests"]);
    let declined = json!({
        "inputResponses": {"sign-in": {"action": "decline"}}, "requestState": asking["requestState"],
    });
    let result = modern_call(&mut session, declined);
    assert!(
        result["content"][0]["text"].as_str().unwrap().starts_with("Sign-in to Jira was declined"),
        "{result}"
    );
}
