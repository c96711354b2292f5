//! The Atlassian login, from consent to token rotation.

use std::time::Duration;

use http::Request;
use serde_json::{Value, json};
use tempo_sandbox::{CLOUD_ID, OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET};
use url::Url;

use crate::support::{Response, Site, site};

const REDIRECT: &str = "http://127.0.0.1:8123/callback";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SCOPE: &str = "read:jira-work read:jira-user offline_access";

fn authorize(extra: &[(&str, &str)]) -> String {
    let pairs = [
        ("audience", "api.atlassian.com"),
        ("client_id", OAUTH_CLIENT_ID),
        ("scope", SCOPE),
        ("redirect_uri", REDIRECT),
        ("state", "a state"),
        ("response_type", "code"),
        ("prompt", "consent"),
    ];
    let unchanged = pairs.iter().filter(|(name, _)| !extra.iter().any(|(other, _)| other == name));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(unchanged)
        .extend_pairs(extra)
        .finish();
    format!("/authorize?{query}")
}

fn location(response: &Response) -> Url {
    assert_eq!(response.status, 302, "{}", response.text());
    Url::parse(response.header("location")).unwrap()
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn code(site: &Site, extra: &[(&str, &str)]) -> String {
    let mut pairs = vec![("sandbox_consent", "auto")];
    pairs.extend(extra);
    let to = location(&site.send_as("", "GET", &authorize(&pairs), None).await);
    assert_eq!(query(&to, "state").as_deref(), Some("a state"));
    query(&to, "code").unwrap()
}

async fn token(site: &Site, changes: Value) -> Response {
    let mut body = json!({
        "client_id": OAUTH_CLIENT_ID, "client_secret": OAUTH_CLIENT_SECRET, "grant_type": "authorization_code",
        "redirect_uri": REDIRECT,
    });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    site.send_as("", "POST", "/oauth/token", Some(body)).await
}

async fn refresh(site: &Site, token_text: &Value) -> Response {
    token(site, json!({"grant_type": "refresh_token", "refresh_token": token_text})).await
}

#[tokio::test(start_paused = true)]
async fn consent_page_can_be_accepted_or_denied() {
    let site = site();
    let page = site.send_as("", "GET", &authorize(&[("scope", "<b>")]), None).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Alex Novak") && page.text().contains("&lt;b&gt;"));
    let decide = async |decision: &str| {
        let request = Request::builder()
            .method("POST")
            .uri(authorize(&[]))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("decision={decision}").into());
        let response = site.sandbox.call(request.unwrap()).await.unwrap();
        Url::parse(response.headers()["location"].to_str().unwrap()).unwrap()
    };
    assert!(query(&decide("accept").await, "code").is_some());
    let denied = decide("deny").await;
    assert_eq!(query(&denied, "error").as_deref(), Some("access_denied"));
    assert_eq!(query(&denied, "state").as_deref(), Some("a state"));
}

#[tokio::test(start_paused = true)]
async fn untrusted_authorization_request_is_not_redirected() {
    let site = site();
    site.sandbox.settings(|settings| settings.redirect_uris = vec![REDIRECT.to_owned()]);
    let other_port = REDIRECT.replace("8123", "8124");
    let bad =
        [("client_id", "x"), ("redirect_uri", other_port.as_str()), ("redirect_uri", "x"), ("audience", "x")];
    for pair in bad {
        assert_eq!(site.send_as("", "GET", &authorize(&[pair]), None).await.status, 400, "{pair:?}");
    }
    let plain = authorize(&[("code_challenge", "x"), ("code_challenge_method", "plain")]);
    let to = location(&site.send_as("", "GET", &plain, None).await);
    assert_eq!(query(&to, "error").as_deref(), Some("invalid_request"));
}

#[tokio::test(start_paused = true)]
async fn code_gives_gateway_tokens_once() {
    let site = site();
    let code = code(&site, &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]).await;
    let response = token(&site, json!({"code": code, "code_verifier": VERIFIER})).await;
    assert_eq!(response.status, 200, "{}", response.text());
    let tokens = response.json();
    assert_eq!((&tokens["expires_in"], &tokens["scope"]), (&json!(3600), &json!(SCOPE)));
    assert_eq!(token(&site, json!({"code": code, "code_verifier": VERIFIER})).await.status, 403);

    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let resources = site.send_as(&bearer, "GET", "/oauth/token/accessible-resources", None).await.json();
    assert_eq!(resources[0]["id"], CLOUD_ID);
    assert_eq!(resources[0]["scopes"], json!(["read:jira-work", "read:jira-user"]));
    let gateway = format!("/ex/jira/{CLOUD_ID}/rest/api/3/myself");
    assert_eq!(site.send_as(&bearer, "GET", &gateway, None).await.status, 200);
    assert_eq!(
        site.send_as(&bearer, "GET", "/rest/api/3/myself", None).await.status,
        401,
        "the site does not accept it"
    );
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(site.send_as(&bearer, "GET", &gateway, None).await.status, 401, "expired");
}

#[tokio::test(start_paused = true)]
async fn code_needs_its_verifier_secret_and_redirect_uri() {
    let site = site();
    let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    for (changes, status, error) in [
        (json!({}), 403, "invalid_grant"),
        (json!({"code_verifier": "wrong"}), 403, "invalid_grant"),
        (
            json!({"code_verifier": VERIFIER, "redirect_uri": "http://localhost:8123/callback"}),
            403,
            "invalid_grant",
        ),
        (json!({"code_verifier": VERIFIER, "client_secret": null}), 401, "access_denied"),
        (json!({"code_verifier": VERIFIER, "grant_type": "password"}), 403, "unsupported_grant_type"),
    ] {
        let mut changes = changes;
        changes["code"] = code(&site, &challenge).await.into();
        let response = token(&site, changes.clone()).await;
        assert_eq!(
            (response.status, response.json()["error"].as_str().unwrap()),
            (status, error),
            "{changes}"
        );
    }
    let late = code(&site, &[]).await;
    tokio::time::advance(Duration::from_secs(301)).await;
    assert_eq!(token(&site, json!({"code": late})).await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn reused_refresh_token_can_revoke_its_family() {
    let site = site();
    let code = code(&site, &[]).await;
    let first = token(&site, json!({"code": code})).await.json();
    let second = refresh(&site, &first["refresh_token"]).await.json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let reused = refresh(&site, &first["refresh_token"]).await;
    assert_eq!(reused.status, 403);
    assert_eq!(
        reused.json(),
        json!({"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."})
    );
    let third = refresh(&site, &second["refresh_token"]).await.json();
    site.sandbox.settings(|settings| settings.refresh_reuse_revokes_family = true);
    refresh(&site, &first["refresh_token"]).await;
    assert_eq!(refresh(&site, &third["refresh_token"]).await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn access_token_works_only_within_its_scopes() {
    let site = site();
    site.sandbox.settings(|settings| settings.auto_consent = true);
    let narrow = authorize(&[("scope", "read:jira-user")]);
    let to = location(&site.send_as("", "GET", &narrow, None).await);
    let tokens = token(&site, json!({"code": query(&to, "code")})).await.json();
    assert_eq!(tokens.get("refresh_token"), None, "the scope has no offline_access");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let gateway = |path: &str| format!("/ex/jira/{CLOUD_ID}/rest/api/3/{path}");
    assert_eq!(site.send_as(&bearer, "GET", &gateway("myself"), None).await.status, 200);
    let rejected = site.send_as(&bearer, "GET", &gateway("issue/WEB-1"), None).await;
    assert_eq!(rejected.json(), json!({"code": 401, "message": "Unauthorized; scope does not match"}));
}
