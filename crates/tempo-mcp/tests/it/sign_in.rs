//! Signing in to Jira through the built program: the callback, the file of tokens, and processes side by side.

mod commands;
mod crash;
mod elicitation;
mod home;

use std::net::TcpListener;

use expect_test::expect;
use serde_json::{Value, json};

use crate::site::Site;
use home::{Home, agree, get, http, search};

#[test]
fn a_first_call_waits_for_the_sign_in_and_is_answered() {
    let (site, home) = (Site::start(), Home::new());
    let mut session = home.session(&site);
    let (id, url) = home.ask(&mut session);
    let page = agree(&url);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("You are signed in"), "{}", page.body);
    let answer = home::answer(&mut session, id);
    assert_eq!(answer["structuredContent"]["issues"][0]["issueKey"], "WEB-12");
    search(&mut session);
    assert_eq!(home::token_requests(&site), 1);
    let written: Value = home.tokens();
    let (_, entry) = written.as_object().unwrap().iter().next().unwrap();
    let names: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["accessToken", "cloudId", "expiresAt", "refreshToken"]);
    let ended = session.end();
    assert!(ended.err.contains(url.as_str()), "the address is on standard error: {}", ended.err);
    // Another process of the same person is signed in already.
    search(&mut home.session(&site));
}

#[test]
fn what_is_none_of_the_sign_in_gets_a_4xx_page_and_the_wait_goes_on() {
    let (site, home) = (Site::start(), Home::new());
    let mut session = home.session(&site);
    let (id, url) = home.ask(&mut session);
    let callback = home::redirect_of(&url);
    let base = callback.trim_end_matches("/callback");
    let state = home::query(&url, "state");
    let mut seen = Vec::new();
    for (method, target) in [
        ("GET", "/".to_owned()),
        ("GET", "/favicon.ico".to_owned()),
        ("GET", "/callback".to_owned()),
        ("GET", "/callback?code=x&state=wrong".to_owned()),
        ("GET", "/callback?error=access_denied&state=wrong".to_owned()),
        ("GET", format!("/callback?state={state}")),
        ("POST", format!("/callback?code=x&state={state}")),
        ("HEAD", format!("/callback?code=x&state={state}")),
    ] {
        let reply = http(method, &format!("{base}{target}"));
        assert!(reply.head.contains("content-security-policy: default-src 'none'; style-src 'sha256-"));
        seen.push(format!("{method} {} {}", target.replace(&state, "STATE"), reply.status));
    }
    expect![[r#"
        GET / 404
        GET /favicon.ico 404
        GET /callback 400
        GET /callback?code=x&state=wrong 400
        GET /callback?error=access_denied&state=wrong 400
        GET /callback?state=STATE 400
        POST /callback?code=x&state=STATE 404
        HEAD /callback?code=x&state=STATE 404"#]]
    .assert_eq(&seen.join("\n"));
    assert_eq!(agree(&url).status, 200);
    assert_eq!(home::answer(&mut session, id)["isError"], false);
}

#[test]
fn a_denial_ends_it_with_its_reason_and_the_next_call_asks_again() {
    let (site, home) = (Site::start(), Home::new());
    let mut session = home.session(&site);
    let (id, url) = home.ask(&mut session);
    let state = home::query(&url, "state");
    let denied = format!(
        "{}?error=access_denied&error_description=User+did+not+%3Cb%3Eauthorize%3C%2Fb%3E&state={state}",
        home::redirect_of(&url)
    );
    let page = get(&denied);
    assert_eq!(page.status, 400);
    assert!(page.body.contains("&#60;b&#62;") && !page.body.contains("<b>"), "{}", page.body);
    let answer = home::answer(&mut session, id);
    assert_eq!(answer["isError"], true);
    expect![[r#"Sign-in to Jira was refused in the browser: "access_denied"; "User did not <b>authorize</b>". The next call asks again."#]]
        .assert_eq(answer["content"][0]["text"].as_str().unwrap());
    let (id, again) = home.ask(&mut session);
    assert_ne!(url, again);
    agree(&again);
    assert_eq!(home::answer(&mut session, id)["isError"], false);
}

#[test]
fn a_code_that_the_login_refuses_is_told_in_the_browser_and_in_the_answer() {
    let (site, home) = (Site::start(), Home::new());
    let mut session = home.session(&site);
    let (id, url) = home.ask(&mut session);
    let target = format!("{}?code=made-up&state={}", home::redirect_of(&url), home::query(&url, "state"));
    let page = get(&target);
    assert_eq!(page.status, 400);
    assert!(page.body.contains("You are not signed in"), "{}", page.body);
    let answer = home::answer(&mut session, id);
    let text = answer["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("Atlassian's login does not accept this sign-in: \"invalid_grant\""), "{text}");
    assert!(!text.contains("made-up"), "{text}");
}

#[test]
fn a_token_that_is_withdrawn_early_is_renewed_once() {
    let (site, home) = (Site::start(), Home::new());
    let mut session = home.session(&site);
    home.sign_in(&mut session);
    site.control("POST", "revoke-access-tokens", &json!(null));
    search(&mut session);
    assert_eq!(home::token_requests(&site), 2);
}

#[test]
fn two_processes_and_eight_callers_refresh_once() {
    let (site, home) = (Site::start(), Home::new());
    site.settings(json!({"refresh_reuse_revokes_family": true}));
    let mut sessions = [home.session(&site), home.session(&site)];
    home.sign_in(&mut sessions[0]);
    search(&mut sessions[1]);
    home.change(|entry| entry["expiresAt"] = 1.into());
    site.faults(
        json!([{"method": "POST", "path": "/oauth/token", "effect": {"type": "latency", "ms": 300}}]),
    );
    let call = json!({"name": "searchIssues", "arguments": {"text": "login"}});
    let asked = sessions.each_mut().map(|it| [0; 4].map(|_| it.ask("tools/call", call.clone())));
    for (session, mut ids) in sessions.iter_mut().zip(asked.map(Vec::from)) {
        while !ids.is_empty() {
            let message = session.receive().unwrap();
            let Some(at) = ids.iter().position(|it| message["id"] == *it) else { continue };
            ids.remove(at);
            assert_eq!(message["result"]["isError"], false, "{message}");
        }
    }
    assert_eq!(home::token_requests(&site), 2, "one for the code, one refresh");
}

#[test]
fn a_second_process_waits_for_the_sign_in_of_the_first() {
    let (site, home) = (Site::start(), Home::new());
    let (mut first, mut second) = (home.session(&site), home.session(&site));
    let (id, url) = home.ask(&mut first);
    let other = home::ask_with_progress(&mut second);
    let message = home::progress(&mut second);
    assert_eq!(message["params"]["message"], "Waiting for a sign-in to Jira");
    agree(&url);
    assert_eq!(home::answer(&mut first, id)["isError"], false);
    assert_eq!(home::answer(&mut second, other)["isError"], false);
    assert_eq!(home::token_requests(&site), 1);
}

#[test]
fn a_port_that_a_stranger_has_is_told_with_the_variable_to_change() {
    let (site, home) = (Site::start(), Home::new());
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = stranger.local_addr().unwrap().port().to_string();
    let mut session = home.session_with(&site, &[("JIRA_OAUTH_CALLBACK_PORT", &port)]);
    let refused = session.call("searchIssues", json!({"text": "login"}));
    let text = refused["content"][0]["text"].as_str().unwrap().replace(&port, "PORT");
    expect!["Sign-in to Jira needs port PORT on this machine, but another program uses it. Stop that program, or set JIRA_OAUTH_CALLBACK_PORT to a free port and register http://localhost:PORT/callback with your Atlassian app."]
        .assert_eq(&text);
}

#[test]
fn a_call_that_is_wrong_starts_nothing() {
    let (site, home) = (Site::start(), Home::new());
    let mut session = home.session(&site);
    session.request("tools/list", json!({}));
    session.call("createWorklog", json!({"issueKey": "WEB-12", "date": "2026-02-30", "timeSpent": "1h"}));
    assert_eq!(session.end().err, "");
    assert!(!home.path("tokens.json").exists() && site.requests().is_empty());
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_left_alone() {
    let (site, home) = (Site::start(), Home::new());
    home.write("{\"half");
    let mut session = home.session(&site);
    let refused = session.call("searchIssues", json!({"text": "login"}));
    let text = refused["content"][0]["text"].as_str().unwrap();
    assert!(
        text.starts_with("The stored sign-in cannot be used: ") && text.contains("it is not JSON"),
        "{text}"
    );
    assert_eq!(std::fs::read_to_string(home.path("tokens.json")).unwrap(), "{\"half");
}
