//! Which cookies of a browser are accepted.

use axum::body::Body;
use http::{Request, StatusCode};
use tempo_mcp_service::{http::ClientAddress, options::Options};

use crate::support::{
    browser::Browser,
    hosted::{Hosted, hosted, options, plain},
};

/// What a neighbouring host may plant for the whole domain, and repeat in a form of its own.
const PLANTED: &str = "0123456789abcdef0123456789abcdef";
const NOT_OUR_FORM: &str = "it came from another site";

async fn over_https() -> Hosted {
    hosted(Options { public_url: Some("https://tempo.example.com".into()), ..options() }, usize::MAX).await
}

/// The page after a form with this field and these cookies was sent to `path`.
async fn sent(hosted: &Hosted, path: &str, token: &str, cookies: &str) -> (StatusCode, String) {
    let mut request = Request::post(path)
        .header("cookie", cookies)
        .body(Body::from(format!("token={token}&action=open&url=nothing")))
        .unwrap();
    request.extensions_mut().insert(ClientAddress("192.0.2.1".into()));
    let response = hosted.send(request).await;
    (response.status(), String::from_utf8(response.body().to_vec()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn over_https_only_cookies_of_this_host_count() {
    let hosted = over_https().await;
    for path in ["/setup", "/manage"] {
        let token = Browser::open(&hosted, path).await.token;
        let own = format!("setup={PLANTED}; __Host-setup={token}");
        let (_, page) = sent(&hosted, path, &token, &own).await;
        assert!(!page.contains(NOT_OUR_FORM), "{path}: {page}");
        for cookies in [format!("setup={PLANTED}"), own] {
            let (status, page) = sent(&hosted, path, PLANTED, &cookies).await;
            assert_eq!(status, 400, "{path}, {cookies}");
            assert!(page.contains(NOT_OUR_FORM), "{path}: {page}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn url_is_not_opened_by_a_planted_cookie() {
    let hosted = over_https().await;
    let mut browser = Browser::open(&hosted, "/manage").await;
    browser.open_url(&hosted.alex).await;
    let sealed = browser.cookies.iter_mut().find(|(name, _)| name != "__Host-setup").unwrap();
    sealed.0 = sealed.0.strip_prefix("__Host-").unwrap().to_owned();
    let (_, page) = browser.post(&[("action", "delete")]).await;
    assert!(!page.contains("sandbox.localhost"), "nothing is open: {page}");
    assert_eq!(hosted.call(&hosted.alex, 1, "searchIssues", serde_json::json!({})).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn without_https_cookies_have_no_prefix() {
    let hosted = plain().await;
    let token = Browser::open(&hosted, "/setup").await.token;
    let (_, page) = sent(&hosted, "/setup", &token, &format!("setup={token}")).await;
    assert!(!page.contains(NOT_OUR_FORM), "{page}");
}
