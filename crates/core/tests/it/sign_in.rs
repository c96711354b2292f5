//! The tokens of a sign-in, on the simulated login: when they are renewed, by whom, and what is told otherwise.

use std::time::Duration;

use expect_test::expect;
use futures::future::join_all;
use serde_json::{Value, json};
use tempo_mcp_core::{
    ports::TokenStore,
    tokens::error,
    tools::{Audience, Error},
    upstream::SignIn as Why,
};
use tempo_sandbox::{CLOUD_ID, Effect};

use tempo_test_support::{
    oauth_fixture::{BASE, Memory, OauthFixture},
    site::{Site, TODAY},
};

#[tokio::test(start_paused = true)]
async fn the_store_in_memory_keeps_to_the_story() {
    tempo_test_support::token_store_contract::tell(&Memory::default()).await;
}

async fn search(site: &Site) -> Value {
    site.ok("searchIssues", json!({"text": "login"})).await.structured
}

async fn search_fails(site: &Site) -> String {
    site.err("searchIssues", json!({"text": "login"})).await
}

#[tokio::test(start_paused = true)]
async fn the_first_call_that_needs_jira_asks_somebody_and_is_answered() {
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
async fn two_requests_of_one_call_may_both_find_nobody() {
    let fixture = OauthFixture::new();
    let call = json!({"issueKey": "WEB-12", "date": TODAY, "timeSpent": "1h"});
    fixture.site.ok("createWorklog", call).await;
    assert!(fixture.store.load(BASE).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn an_invalid_call_asks_nobody() {
    let fixture = OauthFixture::new();
    fixture.site.err("createWorklog", json!({"issueKey": "WEB-12", "date": "2026-02-30"})).await;
    fixture.site.err("retrieveWorklogs", json!({"nonsense": true})).await;
    assert_eq!((fixture.asked(), fixture.site.requests().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_when_five_minutes_are_left() {
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
async fn a_token_of_two_minutes_is_renewed_when_a_fifth_is_left_by_every_process() {
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
async fn a_token_withdrawn_early_is_renewed_once_by_however_many_requests_meet_it() {
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
async fn a_refresh_token_that_has_ended_asks_somebody_again() {
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
    expect!["Nobody is signed in to Jira. Run `tempo-mcp login` in a terminal, with the same variables."]
        .assert_eq(&search_fails(&alone).await);
    assert!(fixture.store.load(BASE).await.unwrap().is_none(), "what has ended is not tried again");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_gets_no_answer_is_an_error_and_no_new_sign_in() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    fixture.token_requests();
    let mut told = Vec::new();
    for effect in [Effect::Refuse, Effect::ResetBefore, Effect::status(503), Effect::Html200] {
        fixture.site.fault("POST", "/oauth/token", None, effect);
        told.push(search_fails(&fixture.site).await);
        fixture.site.sandbox.clear_faults();
    }
    expect![[r#"
        Atlassian's login cannot be reached: no connection to its address. Check the network, ATLASSIAN_AUTH_URL, and HTTPS_PROXY if your network needs a proxy.
        The connection to Atlassian's login broke off. Try again.
        Atlassian's login is in trouble: it answered 503. Try again in a few minutes.
        Atlassian's login answered with a web page instead of data. Often a proxy or a sign-in page stands in between, or ATLASSIAN_AUTH_URL is wrong."#]]
    .assert_eq(&told.join("\n"));
    search(&fixture.site).await;
    assert_eq!(fixture.asked(), 1, "nobody was asked: the tokens are good");
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_jira_refuses_is_renewed_once_and_then_told() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    fixture.token_requests();
    fixture.site.fault("POST", "/ex/jira", None, Effect::status(401));
    expect!["Jira does not accept the sign-in although it was just renewed (401). Run `tempo-mcp login`; if that does not help, the app lacks read:jira-work or read:jira-user (developer.atlassian.com/console/myapps > Permissions)."]
        .assert_eq(&search_fails(&fixture.site).await);
    assert_eq!((fixture.token_requests(), fixture.asked()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_read_is_told_and_nobody_is_asked() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    *fixture.store.broken.lock().unwrap() = true;
    expect![
        "The stored sign-in cannot be used: it is broken. Mend that file, or delete it and sign in again."
    ]
    .assert_eq(&search_fails(&fixture.site).await);
    assert_eq!(fixture.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_another_refresh_gives_up_after_ten_seconds() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    let version = fixture.store.load(BASE).await.unwrap().unwrap().version;
    let held = fixture.store.claim(BASE, version).await.unwrap();
    fixture.token_requests();
    let before = tokio::time::Instant::now();
    let told = search_fails(&fixture.site).await;
    assert!((10..12).contains(&before.elapsed().as_secs()));
    expect!["Another tempo-mcp has been renewing the sign-in to Jira for 10 seconds. Try again in a minute."]
        .assert_eq(&told);
    drop(held);
    search(&fixture.site).await;
    assert_eq!(fixture.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_site_that_was_not_consented_to_is_told_with_those_that_were() {
    let fixture = OauthFixture::with(&[("JIRA_BASE_URL", "https://other.atlassian.net")]);
    expect![[r#"Signed in, but not for the site in JIRA_BASE_URL. The account and the site that were chosen reach "http://sandbox.localhost". Set JIRA_BASE_URL to that, or sign in again and choose another."#]]
        .assert_eq(&search_fails(&fixture.site).await);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_address_is_signed_in_to_by_its_id() {
    let fixture = OauthFixture::with(&[("JIRA_BASE_URL", &format!("{BASE}/ex/jira/{CLOUD_ID}"))]);
    search(&fixture.site).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_told() {
    let fixture = OauthFixture::with(&[("JIRA_OAUTH_CLIENT_SECRET", "wrong")]);
    expect!["Atlassian's login does not accept JIRA_OAUTH_CLIENT_ID with JIRA_OAUTH_CLIENT_SECRET (401). Both stand in your app's settings at developer.atlassian.com/console/myapps."]
        .assert_eq(&search_fails(&fixture.site).await);
}

#[tokio::test(start_paused = true)]
async fn signing_out_forgets_the_tokens_once() {
    let fixture = OauthFixture::new();
    search(&fixture.site).await;
    assert!(fixture.source.sign_out().await.unwrap());
    assert!(!fixture.source.sign_out().await.unwrap());
    search(&fixture.site).await;
    assert_eq!(fixture.asked(), 2);
}

#[test]
fn every_other_end_of_a_sign_in_has_its_sentence() {
    let url = "https://auth.example/authorize?state=s".to_owned();
    let words = vec!["access_denied".into(), "User did not authorize the request".into()];
    let sentences: Vec<String> = [
        Why::Shown { url: url.clone() },
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
        Sign-in is waiting: open https://auth.example/authorize?state=s in a browser on this machine, agree there, then ask again.
        Sign-in is waiting: open https://auth.example/authorize?state=s in a browser on this machine, agree there, then ask again.
        Sign-in is waiting in a browser that another tempo-mcp on this machine opened: finish it there, then ask again.
        Sign-in to Jira was declined. The next call asks again.
        Sign-in to Jira was refused in the browser, in its words: "access_denied"; "User did not authorize the request". The next call asks again.
        Sign-in to Jira waited for 10 minutes, and nobody came. The next call asks again.
        Signed in, but this account reaches no Jira site through the app. Choose your site on Atlassian's consent page, and give the app the Jira API (developer.atlassian.com/console/myapps > Permissions).
        Sign-in to Jira needs port 7788 on this machine, and another program has it. End that program, or set JIRA_OAUTH_CALLBACK_PORT to a free port and register http://localhost:PORT/callback with your Atlassian app.
        Sign-in to Jira cannot listen for the browser: permission denied."#]].assert_eq(&sentences.join("\n"));
}
