//! Clients that show an address themselves (URL-mode elicitation), in both eras.

use serde_json::{Value, json};
use url::Url;

use super::home::{Home, agree, answer};
use crate::{session::Session, site::Site};

fn call() -> Value {
    json!({"name": "searchIssues", "arguments": {"text": "login"}})
}

fn capabilities() -> Value {
    json!({"elicitation": {"url": {}}})
}

/// The question that a client of before 2026-07-28 gets in the middle of its call.
fn question(home: &Home, site: &Site) -> (Session, u64, Value, Url) {
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
fn a_legacy_client_is_asked_in_the_middle_of_its_call() {
    let (site, home) = (Site::start(), Home::new());
    let (mut session, id, question, url) = question(&home, &site);
    session.send(&json!({"jsonrpc": "2.0", "id": question, "result": {"action": "accept"}}));
    agree(&url);
    assert_eq!(answer(&mut session, id)["isError"], false);
}

#[test]
fn a_legacy_client_may_finish_in_the_browser_before_it_answers() {
    let (site, home) = (Site::start(), Home::new());
    let (mut session, id, _, url) = question(&home, &site);
    agree(&url);
    assert_eq!(answer(&mut session, id)["isError"], false);
}

#[test]
fn a_legacy_client_that_declines_is_told_so() {
    let (site, home) = (Site::start(), Home::new());
    let (mut session, id, question, _) = question(&home, &site);
    session.send(&json!({"jsonrpc": "2.0", "id": question, "result": {"action": "decline"}}));
    let told = answer(&mut session, id);
    assert_eq!(told["isError"], true);
    assert!(
        told["content"][0]["text"].as_str().unwrap().starts_with("Sign-in to Jira was declined"),
        "{told}"
    );
}

/// One call of 2026-07-28, with what the client answers to the question of the call before.
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
fn a_modern_client_gets_the_address_as_an_answer_and_calls_again() {
    let (site, home) = (Site::start(), Home::new());
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
    agree(&url);
    let accepted = json!({
        "inputResponses": {"sign-in": {"action": "accept"}}, "requestState": asking["requestState"],
    });
    let answer = modern_call(&mut session, accepted);
    assert_eq!((&answer["resultType"], &answer["isError"]), (&json!("complete"), &json!(false)), "{answer}");
}

#[test]
fn a_modern_client_that_declines_is_told_so_and_an_old_acceptance_does_not_count() {
    let (site, home) = (Site::start(), Home::new());
    let mut session = Session::start(home.program(&site).arg("stdio"));
    let asking = modern_call(&mut session, json!({}));
    let old =
        json!({"inputResponses": {"sign-in": {"action": "accept"}}, "requestState": "https://old.example/"});
    assert_eq!(modern_call(&mut session, old)["inputRequests"], asking["inputRequests"]);
    let declined = json!({
        "inputResponses": {"sign-in": {"action": "decline"}}, "requestState": asking["requestState"],
    });
    let told = modern_call(&mut session, declined);
    assert!(
        told["content"][0]["text"].as_str().unwrap().starts_with("Sign-in to Jira was declined"),
        "{told}"
    );
}
