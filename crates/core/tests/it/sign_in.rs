//! The tokens of a sign-in, with the simulated login: when they are renewed, by which process, and the errors.

use std::time::Duration;

use expect_test::expect;
use futures::future::join_all;
use serde_json::{Value, json};
use tempo_mcp_core::{
    ports::TokenStore,
    tokens::error,
    tools::{Audience, Error},
    upstream::SignInError as Why,
};
use tempo_sandbox::{CLOUD_ID, Effect};

use tempo_test_support::{
    oauth_fixture::{BASE, Memory, OauthFixture},
    site::{Site, TODAY},
};

#[tokio::test(start_paused = true)]
async fn memory_store_keeps_the_token_store_contract() {
    tempo_test_support::token_store_contract::check(&Memory::default()).await;
}

async fn search(site: &Site) -> Value {
    site.ok("searchIssues", json!({"text": "login"})).await.structured
}

async fn search_fails(site: &Site) -> String {
    site.err("searchIssues", json!({"text": "login"})).await
}

#[tokio::test(start_paused = true)]
async fn first_call_that_needs_jira_asks_to_sign_in_and_succeeds() {
    let fixture = OauthFixture::new();
    assert_eq!(search(&fixture.site).await["issues"][0]["issueKey"], "WEB-12");
    search(&fixture.site).await;
    assert_eq!((fixture.asked(), fixture.token_requests()), (1, 1));
    let exchanges = fixture.site.sandbox.requests();
    let jira = exchanges.iter().filter(|it| it.path.contains("/rest/api/3/"));
    let gateway = format!("/ex/jira/{CLOUD_ID}/");
    for it in jira {
        assert!(it.path.starts_with(&gateway) && it.authorization.as_deref() == Some("Bearer"), "{it:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_requests_of_one_call_may_both_need_a_sign_in() {
    let fixture = OauthFixture::new();
    let call = json!({"issueKey": "WEB-12", "date": TODAY, "timeSpent": "1h"});
    fixture.site.ok("createWorklog", call).await;
    assert!(fixture.store.load(BASE).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn invalid_call_does_not_ask_to_sign_in() {
    let fixture = OauthFixture::new();
    fixture.site.err("createWorklog", json!({"issueKey": "WEB-12", "date": "2026-02-30"})).await;
    fixture.site.err("retrieveWorklogs", json!({"nonsense": true})).await;
    assert_eq!((fixture.asked(), fixture.site.requests().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn token_is_renewed_when_five_minutes_are_left() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    fixture.token_requests();
    tokio::time::advance(Duration::from_secs(3600 - 302)).await;
    search(&fixture.site).await;
    assert_eq!(fixture.token_requests(), 0);
    tokio::time::advance(Duration::from_secs(3)).await;
    search(&fixture.site).await;
    assert_eq!((fixture.token_requests(), fixture.asked()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn short_lived_token_is_renewed_when_a_fifth_is_left() {
    let fixture = OauthFixture::new();
    fixture.site.sandbox.settings(|it| it.token_lifetime = 120);
    search(&fixture.site).await;
    fixture.token_requests();
    let other = OauthFixture::over(&fixture.site.sandbox, fixture.store.clone(), &[]);
    tokio::time::advance(Duration::from_secs(94)).await;
    search(&other.site).await;
    assert_eq!(fixture.token_requests(), 0);
    tokio::time::advance(Duration::from_secs(3)).await;
    search(&other.site).await;
    search(&fixture.site).await;
    assert_eq!((fixture.token_requests(), fixture.asked(), other.asked()), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn revoked_token_is_renewed_once_by_concurrent_requests() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    for _ in 0..2 {
        fixture.site.sandbox.revoke_access_tokens();
        fixture.token_requests();
        let callers = (0..8).map(|_| search(&fixture.site));
        assert_eq!(join_all(callers).await.len(), 8);
        assert_eq!(fixture.token_requests(), 1);
    }
    assert_eq!(fixture.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn eight_callers_in_two_processes_refresh_once() {
    let fixture = OauthFixture::new();
    fixture.site.sandbox.settings(|it| {
        it.latency_ms = 700;
        it.refresh_reuse_revokes_family = true;
    });
    search(&fixture.site).await;
    let other = OauthFixture::over(&fixture.site.sandbox, fixture.store.clone(), &[]);
    tokio::time::advance(Duration::from_secs(3600)).await;
    fixture.token_requests();
    let callers = (0..8).map(|i| search(if i % 2 == 0 { &fixture.site } else { &other.site }));
    join_all(callers).await;
    assert_eq!((fixture.token_requests(), fixture.asked(), other.asked()), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn expired_refresh_token_asks_to_sign_in_again() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    let ended = json!({"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."});
    let effect = Effect::Status {
        status: 403,
        retry_after: None,
        body: Some(ended.to_string()),
        media_type: Some("application/json".into()),
    };
    tokio::time::advance(Duration::from_secs(3600)).await;
    fixture.site.fault("POST", "/oauth/token", Some(1), effect.clone());
    search(&fixture.site).await;
    assert_eq!(fixture.asked(), 2);

    tokio::time::advance(Duration::from_secs(3600)).await;
    fixture.site.fault("POST", "/oauth/token", Some(1), effect);
    let alone = fixture.alone();
    expect!["You are not signed in to Jira. Run `tempo-mcp login` in a terminal, with the same variables."]
        .assert_eq(&search_fails(&alone).await);
    assert!(fixture.store.load(BASE).await.unwrap().is_none(), "expired tokens are deleted");
}

#[tokio::test(start_paused = true)]
async fn failed_refresh_is_an_error_and_no_new_sign_in() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    fixture.token_requests();
    let mut messages = Vec::new();
    for effect in [Effect::Refuse, Effect::ResetBefore, Effect::status(503), Effect::Html200] {
        fixture.site.fault("POST", "/oauth/token", None, effect);
        messages.push(search_fails(&fixture.site).await);
        fixture.site.sandbox.clear_faults();
    }
    expect![[r#"
        Atlassian's login cannot be reached: no connection to its address. Check the network, ATLASSIAN_AUTH_URL, and HTTPS_PROXY if your network needs a proxy.
        The connection to Atlassian's login was interrupted. Try again.
        Atlassian's login is unavailable: it responded with 503. Try again in a few minutes.
        Atlassian's login responded with a web page instead of data. Often a proxy or a sign-in page responds instead, or ATLASSIAN_AUTH_URL is wrong."#]]
    .assert_eq(&messages.join("\n"));
    search(&fixture.site).await;
    assert_eq!(fixture.asked(), 1, "no one was asked, because the tokens are valid");
}

#[tokio::test(start_paused = true)]
async fn sign_in_that_jira_refuses_is_renewed_once() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    fixture.token_requests();
    fixture.site.fault("POST", "/ex/jira", None, Effect::status(401));
    expect!["Jira does not accept the sign-in although it was just renewed (401). Run `tempo-mcp login`. If that does not help, the app lacks read:jira-work or read:jira-user (developer.atlassian.com/console/myapps > Permissions)."]
        .assert_eq(&search_fails(&fixture.site).await);
    assert_eq!((fixture.token_requests(), fixture.asked()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn unreadable_store_is_an_error_and_no_new_sign_in() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    *fixture.store.broken.lock().unwrap() = true;
    expect![
        "The stored sign-in cannot be used: it is broken. Repair that file, or delete it and sign in again."
    ]
    .assert_eq(&search_fails(&fixture.site).await);
    assert_eq!(fixture.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_another_refresh_ends_after_ten_seconds() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    let version = fixture.store.load(BASE).await.unwrap().unwrap().version;
    let held = fixture.store.claim(BASE, version).await.unwrap();
    fixture.token_requests();
    let before = tokio::time::Instant::now();
    let message = search_fails(&fixture.site).await;
    assert!((10..12).contains(&before.elapsed().as_secs()));
    expect!["Another tempo-mcp has been renewing the sign-in to Jira for 10 seconds. Try again in a minute."]
        .assert_eq(&message);
    drop(held);
    search(&fixture.site).await;
    assert_eq!(fixture.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn site_without_access_is_reported_with_accessible_sites() {
    let fixture = OauthFixture::with(&[("JIRA_BASE_URL", "https://other.atlassian.net")]);
    expect![[r#"You are signed in, but not to the site in JIRA_BASE_URL. The account and site that you chose give access to "http://sandbox.localhost". Set JIRA_BASE_URL to that address, or sign in again and choose another site."#]]
        .assert_eq(&search_fails(&fixture.site).await);
}

#[tokio::test(start_paused = true)]
async fn gateway_address_is_signed_in_to_by_its_id() {
    let fixture = OauthFixture::with(&[("JIRA_BASE_URL", &format!("{BASE}/ex/jira/{CLOUD_ID}"))]);
    search(&fixture.site).await;
}

#[tokio::test(start_paused = true)]
async fn wrong_client_secret_is_reported() {
    let fixture = OauthFixture::with(&[("JIRA_OAUTH_CLIENT_SECRET", "wrong")]);
    expect!["Atlassian's login does not accept JIRA_OAUTH_CLIENT_ID with JIRA_OAUTH_CLIENT_SECRET (401). Copy both from your app's settings at developer.atlassian.com/console/myapps."]
        .assert_eq(&search_fails(&fixture.site).await);
}

#[tokio::test(start_paused = true)]
async fn signing_out_deletes_the_tokens_once() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    assert!(fixture.source.sign_out().await.unwrap());
    assert!(!fixture.source.sign_out().await.unwrap());
    search(&fixture.site).await;
    assert_eq!(fixture.asked(), 2);
}

#[test]
fn every_other_sign_in_error_has_a_message() {
    let url = "https://auth.example/authorize?state=s".to_owned();
    let words = vec!["access_denied".into(), "User did not authorize the request".into()];
    let messages: Vec<String> = [
        Why::OpenUrl { url: url.clone() },
        Why::Waiting { url: Some(url) },
        Why::Waiting { url: None },
        Why::Declined,
        Why::Denied(words),
        Why::TimedOut,
        Why::OtherSites { reachable: Vec::new() },
        Why::PortTaken { port: 7788 },
        Why::NoCallback { why: "permission denied".into() },
    ]
    .into_iter()
    .map(|why| Error::from(error(why)).message(&Audience::Local))
    .collect();
    expect![[r#"
        Sign-in is waiting for you. Open https://auth.example/authorize?state=s in a browser on this machine and agree there, then try again.
        Sign-in is waiting for you. Open https://auth.example/authorize?state=s in a browser on this machine and agree there, then try again.
        Sign-in is waiting in a browser that another tempo-mcp on this machine opened. Finish it there, then try again.
        Sign-in to Jira was declined. The next call asks again.
        Sign-in to Jira was refused in the browser: "access_denied"; "User did not authorize the request". The next call asks again.
        Sign-in to Jira was not finished within 10 minutes. The next call asks again.
        You are signed in, but your account has no access to a Jira site through the app. Choose your site on Atlassian's consent page, and give the app the Jira API (developer.atlassian.com/console/myapps > Permissions).
        Sign-in to Jira needs port 7788 on this machine, but another program uses it. Stop that program, or set JIRA_OAUTH_CALLBACK_PORT to a free port and register http://localhost:PORT/callback with your Atlassian app.
        Sign-in to Jira cannot listen for the browser's return: permission denied."#]].assert_eq(&messages.join("\n"));
}
