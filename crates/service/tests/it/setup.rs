//! Signing up at a hosted service: both tokens are tried, and the URL is shown once.

use axum::{body::Body, http::Response};
use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::json;
use tempo_mcp_core::config::jira_hosts::JiraHosts;
use tempo_mcp_service::{
    store::tenants::Which,
    web::{ClientAddress, Options},
};
use tempo_sandbox::{
    Effect, Fault, JIRA_SCOPED_TOKEN, JIRA_TOKEN, MAIN_EMAIL, TEMPO_TOKEN, TEMPO_WORKLOGS_TOKEN,
};

use crate::browser::shown_id;
use crate::hosted::{Hosted, hosted, options, plain};

const FIELDS: [(&str, &str); 5] = [
    ("jiraBaseUrl", "http://sandbox.localhost/jira/software/projects/WEB"),
    ("jiraEmail", MAIN_EMAIL),
    ("jiraApiToken", JIRA_TOKEN),
    ("tempoApiToken", TEMPO_TOKEN),
    ("jiraTempoAccountCustomFieldId", ""),
];

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

/// Opens the form and sends it with `changes`.
async fn sign_up(hosted: &Hosted, changes: &[(&str, &str)]) -> Response<Bytes> {
    let form = hosted.send(Request::get("/setup").body(Body::empty()).unwrap()).await;
    let cookie = form.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let token = cookie.split_once('=').unwrap().1.to_owned();
    hosted.send(posted(&cookie, &token, changes)).await
}

fn posted(cookie: &str, token: &str, changes: &[(&str, &str)]) -> Request<Body> {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("token", token);
    for (name, value) in FIELDS {
        let value = changes.iter().find(|(known, _)| *known == name).map_or(value, |(_, it)| it);
        body.append_pair(name, value);
    }
    let mut request = Request::post("/setup")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie)
        .header("origin", "null")
        .body(Body::from(body.finish()))
        .unwrap();
    request.extensions_mut().insert(ClientAddress("192.0.2.1".into()));
    request
}

async fn tenants(hosted: &Hosted) -> usize {
    hosted.store.list(&Which::All).await.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn right_tokens_give_a_url_that_works() {
    let hosted = plain().await;
    let done = sign_up(&hosted, &[]).await;
    let page = text(&done);
    assert_eq!(done.status(), 200, "{page}");
    let id = shown_id(&page);
    let answer = hosted.call(&id, 1, "searchIssues", json!({ "text": "WEB-12" })).await;
    assert!(String::from_utf8_lossy(answer.body()).contains("WEB-12"));
    assert!(page.contains("Alex Novak") && page.contains("Europe/Berlin"));
    assert_eq!(page.matches("class=\"yes\"").count(), 5);
    assert_eq!(tenants(&hosted).await, 3);
    // What the page asked to find that out is counted, and of no tool.
    let metrics = hosted.metrics().await;
    for vendor in ["Tempo", "Jira"] {
        let line = format!("seconds_count{{tool=\"none\",vendor=\"{vendor}\",outcome=\"ok\"}}");
        assert!(metrics.contains(&line), "{metrics}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_scope_is_told_and_can_be_lived_with() {
    let hosted = plain().await;
    let page = text(&sign_up(&hosted, &[("tempoApiToken", TEMPO_WORKLOGS_TOKEN)]).await);
    assert_eq!(
        (page.matches("class=\"yes\"").count(), page.matches("class=\"no\"").count()),
        (3, 2),
        "{page}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_is_told_at_its_field_and_nothing_is_stored() {
    let hosted = plain().await;
    for (field, id, says) in [
        ("jiraApiToken", "jira-fault", "Jira does not accept"),
        ("tempoApiToken", "tempo-fault", "Tempo does not accept"),
    ] {
        let answer = sign_up(&hosted, &[(field, "wrong-token-1234")]).await;
        let page = text(&answer);
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let fault = page.split(&format!("id=\"{id}\">")).nth(1).unwrap_or_default();
        assert!(fault.starts_with(says), "{page}");
        for secret in ["wrong-token-1234", TEMPO_TOKEN, JIRA_TOKEN] {
            assert!(!page.contains(secret), "a token comes back");
        }
        assert!(page.contains(MAIN_EMAIL), "what is no secret need not be typed again");
    }
    assert_eq!(tenants(&hosted).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_is_down_stores_nothing() {
    let hosted = plain().await;
    hosted.sandbox.add_faults(vec![Fault::on("GET", "*/4/work-attributes", Effect::status(503))]);
    assert_eq!(sign_up(&hosted, &[]).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(tenants(&hosted).await, 2);
}

#[tokio::test(start_paused = true)]
async fn everything_wrong_with_the_form_is_told_at_once_before_any_request() {
    let hosted = hosted(Options { jira_hosts: JiraHosts::parse("").unwrap(), ..options() }, usize::MAX).await;
    hosted.sandbox.clear_requests();
    let changes = [
        ("jiraBaseUrl", "https://169.254.169.254/"),
        ("jiraEmail", "nobody"),
        ("jiraApiToken", ""),
        ("jiraTempoAccountCustomFieldId", "Account"),
    ];
    let answer = sign_up(&hosted, &changes).await;
    let page = text(&answer);
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    for fault in [
        "not an IP address",
        "is not an e-mail address",
        "id=\"jira-fault\">This is required.",
        "must be the number of a custom field",
        "<title>Error: ",
        "href=\"#site\">Jira site<",
    ] {
        assert!(page.contains(fault), "{fault}: {page}");
    }
    assert_eq!(page.matches("autofocus").count(), 1, "{page}");
    let site = page.split("id=\"site\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(
        site.contains("aria-describedby=\"site-fault site-help\" aria-invalid=\"true\" autofocus"),
        "{site}"
    );
    assert_eq!(hosted.sandbox.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn whatever_address_of_jira_was_pasted_is_reduced_to_the_site() {
    let hosted = plain().await;
    for pasted in ["http://sandbox.localhost", "http://sandbox.localhost/browse/WEB-12?focusedId=1#x"] {
        assert_eq!(sign_up(&hosted, &[("jiraBaseUrl", pasted)]).await.status(), 200, "{pasted}");
    }
    let hosts = hosted.store.list(&Which::All).await.unwrap();
    assert!(hosts.iter().all(|it| it.jira_host == "sandbox.localhost"), "{hosts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_token_with_scopes_is_found_out_by_itself() {
    let hosted = plain().await;
    let done = sign_up(&hosted, &[("jiraApiToken", JIRA_SCOPED_TOKEN)]).await;
    assert_eq!(done.status(), 200, "{}", text(&done));
}

#[tokio::test(start_paused = true)]
async fn a_jira_token_that_reads_no_issues_is_told() {
    let hosted = plain().await;
    hosted.sandbox.add_faults(vec![Fault::on("POST", "*/search/jql", Effect::status(403))]);
    let page = text(&sign_up(&hosted, &[("jiraApiToken", JIRA_SCOPED_TOKEN)]).await);
    assert!(page.contains("<span class=\"no\">missing</span> Jira · Issues"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn what_works_is_told_beside_what_does_not() {
    let hosted = plain().await;
    let page = text(&sign_up(&hosted, &[("tempoApiToken", "wrong-token-1234")]).await);
    assert!(page.contains("You are Alex Novak, time zone Europe/Berlin"), "{page}");
    assert_eq!(page.matches("class=\"no\"").count(), 0, "a fault is told once: {page}");
}

#[tokio::test(start_paused = true)]
async fn the_page_with_the_url_can_be_copied_from_and_runs_our_script_alone() {
    let hosted = plain().await;
    let done = sign_up(&hosted, &[]).await;
    let page = text(&done);
    let policy = done.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    let script = format!("<script src=\"/copy.js?{}\" defer></script>", env!("CARGO_PKG_VERSION"));
    assert!(page.contains(&script), "{page}");
    assert_eq!(page.matches("<script").count(), 1);
    let buttons = page.matches("data-copy=").count();
    assert_eq!(
        (buttons, page.matches("\" hidden>Copy</button>").count()),
        (4, 4),
        "hidden without the script"
    );
    for link in ["cursor://anysphere.cursor-deeplink/mcp/install?name=tempo&", "vscode:mcp/install?%7B%22"] {
        assert!(page.contains(link), "{link}: {page}");
    }
    for (path, kind) in
        [("/copy.js", "text/javascript"), ("/style.css", "text/css"), ("/icon.svg", "image/svg")]
    {
        let file = hosted.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(
            (file.status().as_u16(), &file.headers()["x-content-type-options"]),
            (200, &"nosniff".parse().unwrap())
        );
        assert!(file.headers()["content-type"].to_str().unwrap().starts_with(kind), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_our_own_form_signs_anybody_up() {
    let hosted = plain().await;
    let token = "0123456789abcdef0123456789abcdef";
    let cookie = format!("setup={token}");
    let foreign = |site: &str| {
        let mut request = posted(&cookie, token, &[]);
        request.headers_mut().insert("sec-fetch-site", site.parse().unwrap());
        request
    };
    let other = "fedcba9876543210fedcba9876543210";
    for request in [
        posted("", token, &[]),
        posted(&cookie, other, &[]),
        posted("setup=", "", &[]),
        foreign("cross-site"),
        foreign("same-site"),
    ] {
        assert_eq!(hosted.send(request).await.status(), StatusCode::BAD_REQUEST);
    }
    assert_eq!(tenants(&hosted).await, 2);
    assert_eq!(hosted.send(foreign("same-origin")).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn too_many_attempts_are_told_to_wait() {
    let hosted = hosted(options(), 2).await;
    let statuses = [sign_up(&hosted, &[]).await, sign_up(&hosted, &[]).await, sign_up(&hosted, &[]).await];
    let statuses = statuses.map(|it| (it.status().as_u16(), it.headers().contains_key("retry-after")));
    assert_eq!(statuses, [(200, false), (200, false), (429, true)]);
}

#[tokio::test(start_paused = true)]
async fn every_page_carries_its_headers_and_no_script() {
    let hosted =
        hosted(Options { public_url: Some("https://tempo.example.com".into()), ..options() }, usize::MAX)
            .await;
    for path in ["/", "/setup"] {
        let page = hosted.send(Request::get(path).body(Body::empty()).unwrap()).await;
        let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert_eq!(
            (header("cache-control").as_str(), header("referrer-policy").as_str()),
            ("no-store", "no-referrer")
        );
        assert_eq!(
            (header("x-content-type-options").as_str(), header("strict-transport-security").as_str()),
            ("nosniff", "max-age=31536000")
        );
        assert!(!text(&page).contains("<script") && !text(&page).contains("style="), "{path}");
    }
    let form = hosted.send(Request::get("/setup").body(Body::empty()).unwrap()).await;
    let cookie = form.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-setup=")
            && cookie.contains("HttpOnly; SameSite=Strict")
            && cookie.ends_with("; Secure"),
        "{cookie}"
    );
    for (path, allowed) in [("/setup", "GET,HEAD,POST"), ("/manage", "GET,HEAD,POST"), ("/", "GET,HEAD")] {
        let wrong = hosted.send(Request::delete(path).body(Body::empty()).unwrap()).await;
        assert_eq!(
            (wrong.status().as_u16(), &wrong.headers()["allow"]),
            (405, &allowed.parse().unwrap()),
            "{path}"
        );
        assert!(wrong.headers().contains_key("content-security-policy"), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_does_not_exist_says_so_with_the_headers_of_every_page() {
    let hosted = plain().await;
    for path in ["/nothing", "/setup/", "/mcp", "/favicon.ico", "/..%2f..%2fetc/passwd"] {
        let page = hosted.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(
            text(&page).contains("There is no such page") && !text(&page).contains("nothing\""),
            "{path}"
        );
        assert!(
            page.headers()["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'")
        );
    }
}
