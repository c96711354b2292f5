//! Signing up again: the older URLs of the same account can be revoked.

use http::StatusCode;
use serde_json::json;
use tempo_mcp_core::domain::tenant::TenantId;
use tempo_mcp_service::store::tenants::Which;

use crate::{
    browser::{Browser, hidden},
    hosted::{Hosted, plain},
};

async fn status(hosted: &Hosted, id: &TenantId) -> u16 {
    hosted.call(id, 1, "searchIssues", json!({ "text": "WEB-12" })).await.status().as_u16()
}

#[tokio::test(start_paused = true)]
async fn the_older_urls_of_the_same_account_end_and_no_other() {
    let hosted = plain().await;
    let (_, second, _) = Browser::sign_up(&hosted).await;
    let (mut browser, third, page) = Browser::sign_up(&hosted).await;
    assert!(page.contains("2 older addresses") && !page.contains(second.expose()), "{page}");
    let older = hidden(&page, "older").unwrap();
    let (_, fourth, _) = Browser::sign_up(&hosted).await;
    for (id, code) in [(&hosted.alex, 200), (&second, 200), (&third, 200), (&hosted.priya, 200)] {
        assert_eq!(status(&hosted, id).await, code, "offered is not done");
    }
    for _ in 0..2 {
        let (code, page) = browser.post(&[("action", "revoke-older"), ("older", &older)]).await;
        assert!(code == 200 && page.contains("do not work any more"), "{page}");
        let ids = [&hosted.alex, &second, &third, &fourth, &hosted.priya].map(|id| status(&hosted, id));
        assert_eq!(futures::future::join_all(ids).await, [404, 404, 200, 200, 200]);
    }
    assert_eq!(hosted.store.list(&Which::All).await.unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_first_sign_up_of_an_account_has_nothing_to_revoke() {
    let hosted = plain().await;
    let rows = hosted.store.list(&Which::All).await.unwrap();
    let rows: Vec<_> = rows.into_iter().map(|it| it.record).collect();
    hosted.store.delete(&rows).await.unwrap();
    let (_, _, page) = Browser::sign_up(&hosted).await;
    assert!(!page.contains("older address"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn only_our_own_offer_revokes_and_only_for_an_hour() {
    let hosted = plain().await;
    let (mut browser, _, page) = Browser::sign_up(&hosted).await;
    let older = hidden(&page, "older").unwrap();
    let sealed_for_elsewhere = {
        let mut other = Browser::open(&hosted, "/manage").await;
        other.open_url(&hosted.priya).await;
        other.cookies.iter().find(|(name, _)| name == "manage").unwrap().1.clone()
    };
    for forged in ["", "forged", &older[..older.len() - 4], &sealed_for_elsewhere] {
        let (code, _) = browser.post(&[("action", "revoke-older"), ("older", forged)]).await;
        assert_eq!(code, StatusCode::BAD_REQUEST);
    }
    let token = std::mem::replace(&mut browser.token, "0123456789abcdef0123456789abcdef".into());
    let (code, _) = browser.post(&[("action", "revoke-older"), ("older", &older)]).await;
    assert_eq!(code, StatusCode::BAD_REQUEST, "another form's token");
    browser.token = token;
    tokio::time::sleep(std::time::Duration::from_secs(3601)).await;
    let (code, _) = browser.post(&[("action", "revoke-older"), ("older", &older)]).await;
    assert_eq!(code, StatusCode::BAD_REQUEST, "too late");
    assert_eq!(status(&hosted, &hosted.alex).await, 200);
}
