//! Replacing the tokens behind a personal URL.

use http::StatusCode;
use serde_json::json;
use tempo_mcp_core::config::credentials::Credentials;
use tempo_mcp_service::store::tenants::{Person, TenantFilter};
use tempo_sandbox::{
    COLLEAGUE_EMAIL, COLLEAGUE_JIRA_TOKEN, Effect, Fault, JIRA_SCOPED_TOKEN, JIRA_TOKEN, MAIN_ACCOUNT_ID,
    MAIN_EMAIL, TEMPO_TOKEN, TEMPO_WORKLOGS_TOKEN,
};

use crate::support::{
    browser::Browser,
    hosted::{Hosted, hosted, options, plain},
};

/// Whether the stored Tempo token has the scope Schemes, which finding missing days needs.
async fn has_schemes(hosted: &Hosted) -> bool {
    let week = json!({ "startDate": "2026-03-16", "endDate": "2026-03-18" });
    let answer = hosted.call(&hosted.alex, 1, "getMissingWorklogDays", week).await;
    assert_eq!(answer.status(), 200);
    !String::from_utf8_lossy(answer.body()).contains("\"isError\":true")
}

async fn opened(hosted: &Hosted) -> Browser<'_> {
    let mut browser = Browser::open(hosted, "/manage").await;
    assert_eq!(browser.open_url(&hosted.alex).await.0, 200);
    browser
}

async fn credentials(hosted: &Hosted) -> Credentials {
    hosted.store.load(&hosted.alex).await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn new_token_is_used_at_once_under_the_same_url() {
    let hosted = plain().await;
    assert!(has_schemes(&hosted).await);
    let mut browser = opened(&hosted).await;
    let (code, page) = browser.post(&[("action", "replace"), ("tempoApiToken", TEMPO_WORKLOGS_TOKEN)]).await;
    assert!(code == 200 && page.contains("id=\"replaced\"") && page.contains("Alex Novak"), "{page}");
    assert_eq!((page.matches("class=\"yes\"").count(), page.matches("class=\"no\"").count()), (3, 2));
    assert!(!has_schemes(&hosted).await, "the old token is no longer used");
    let (code, _) = browser.post(&[("action", "replace"), ("tempoApiToken", TEMPO_TOKEN)]).await;
    assert!(code == 200 && has_schemes(&hosted).await);
}

#[tokio::test(start_paused = true)]
async fn jira_token_can_be_replaced_by_a_scoped_one() {
    let hosted = plain().await;
    let mut browser = opened(&hosted).await;
    let (code, page) = browser.post(&[("action", "replace"), ("jiraApiToken", JIRA_SCOPED_TOKEN)]).await;
    assert_eq!(code, 200, "{page}");
    assert!(has_schemes(&hosted).await);
}

#[tokio::test(start_paused = true)]
async fn token_of_another_person_is_rejected() {
    let hosted = plain().await;
    let mut browser = opened(&hosted).await;
    let before = credentials(&hosted).await;
    let pairs =
        [("action", "replace"), ("jiraApiToken", COLLEAGUE_JIRA_TOKEN), ("jiraEmail", COLLEAGUE_EMAIL)];
    let (code, page) = browser.post(&pairs).await;
    assert!(code == StatusCode::BAD_REQUEST && page.contains("another Jira account"), "{page}");
    assert!(!page.contains(COLLEAGUE_JIRA_TOKEN));
    assert_eq!(shown(&before), shown(&credentials(&hosted).await));
}

fn shown(it: &Credentials) -> (String, String, Option<String>) {
    use secrecy::ExposeSecret;
    let email = it.jira_email.as_ref().map(|it| it.expose_secret().to_owned());
    (it.tempo_api_token.expose_secret().into(), it.jira_api_token.expose_secret().into(), email)
}

#[tokio::test(start_paused = true)]
async fn wrong_value_is_reported_at_its_field_and_changes_nothing() {
    let hosted = plain().await;
    let mut browser = opened(&hosted).await;
    let before = credentials(&hosted).await;
    for (name, value, id, says) in [
        ("tempoApiToken", "wrong-token-1234", "tempo-error", "Tempo does not accept this token"),
        ("jiraApiToken", "wrong-token-1234", "jira-error", "Jira does not accept this token"),
        ("jiraApiToken", "two words", "jira-error", "This contains a space"),
        ("jiraEmail", "no-address", "email-error", "This is not an e-mail address"),
        ("jiraEmail", "", "jira-error", "Enter at least one new token"),
    ] {
        let (code, page) = browser.post(&[("action", "replace"), (name, value)]).await;
        assert_eq!(code, StatusCode::BAD_REQUEST, "{page}");
        let error = page.split(&format!("id=\"{id}\">")).nth(1).unwrap_or_default();
        assert!(error.starts_with(says), "{page}");
        assert!(page.contains("Nothing was changed") && page.contains("aria-invalid=\"true\" autofocus"));
        for secret in ["wrong-token-1234", TEMPO_TOKEN, JIRA_TOKEN, MAIN_EMAIL] {
            assert!(!page.contains(secret), "{secret} is on the page");
        }
    }
    assert_eq!(shown(&before), shown(&credentials(&hosted).await));
}

#[tokio::test(start_paused = true)]
async fn unavailable_vendor_changes_nothing() {
    let hosted = plain().await;
    let mut browser = opened(&hosted).await;
    hosted.sandbox.add_faults(vec![Fault::on("GET", "*/4/work-attributes", Effect::status(503))]);
    let (code, page) = browser.post(&[("action", "replace"), ("tempoApiToken", TEMPO_WORKLOGS_TOKEN)]).await;
    assert!(code == StatusCode::SERVICE_UNAVAILABLE && page.contains("Tempo is unavailable"), "{page}");
    assert_eq!(shown(&credentials(&hosted).await).0, TEMPO_TOKEN);
}

#[tokio::test(start_paused = true)]
async fn guessing_tokens_is_rate_limited() {
    let hosted = hosted(options(), 2).await;
    let mut browser = opened(&hosted).await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(browser.post(&[("action", "replace"), ("tempoApiToken", "wrong")]).await.0.as_u16());
    }
    assert_eq!(codes, [400, 400, 429]);
}

#[tokio::test(start_paused = true)]
async fn one_of_two_concurrent_changes_wins() {
    let hosted = plain().await;
    let store = &hosted.store;
    let opened = store.open_row(&hosted.alex).await.unwrap().unwrap();
    let other = Credentials { tempo_api_token: "other".to_owned().into(), ..opened.credentials.clone() };
    let alex = Person::of(&MAIN_ACCOUNT_ID.parse().unwrap(), &other);
    assert!(store.replace(&hosted.alex, &opened, &other, &alex).await.unwrap());
    assert!(
        !store.replace(&hosted.alex, &opened, &opened.credentials, &alex).await.unwrap(),
        "the row has changed"
    );
    assert_eq!(shown(&credentials(&hosted).await).0, "other");
    let opened = store.open_row(&hosted.alex).await.unwrap().unwrap();
    let new = store.new_id().unwrap();
    assert!(store.rotate(&hosted.alex, &new).await.unwrap());
    assert!(!store.replace(&hosted.alex, &opened, &other, &alex).await.unwrap(), "the row has been moved");
    assert_eq!(shown(&store.load(&new).await.unwrap().unwrap()).0, "other", "the new URL has the new token");
    assert_eq!(store.list(&TenantFilter::All).await.unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn account_name_is_shown_when_jira_responds() {
    let hosted = plain().await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    let (_, page) = browser.open_url(&hosted.alex).await;
    assert!(page.contains("<dd>Alex Novak</dd>") && page.contains("<dd>sandbox.localhost</dd>"), "{page}");
    for (effect, says) in [
        (Effect::Hang, None),
        (Effect::status(500), None),
        (Effect::status(401), Some("Jira no longer accepts the token")),
    ] {
        hosted.sandbox.add_faults(vec![Fault::on("GET", "*/myself", effect)]);
        let (code, page) = browser.open_url(&hosted.alex).await;
        assert!(
            code == 200 && page.contains("<dd>sandbox.localhost</dd>") && !page.contains("Alex"),
            "{page}"
        );
        assert!(says.is_none_or(|it| page.contains(it)), "{page}");
        hosted.sandbox.clear_faults();
    }
}
