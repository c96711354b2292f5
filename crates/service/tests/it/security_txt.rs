//! `/.well-known/security.txt`, which says where to report a vulnerability of a service.

use axum::{body::Body, http::Response};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use jiff::civil::Date;
use tempo_mcp_service::options::{Options, SecurityContact};
use tempo_test_support::site::TODAY;

use crate::support::hosted::{Hosted, hosted, options, plain};

const PATH: &str = "/.well-known/security.txt";

async fn service(contact: &str, public_url: Option<&str>) -> Hosted {
    let security_contact = Some(contact.parse().unwrap());
    let public_url = public_url.map(str::to_owned);
    hosted(Options { security_contact, public_url, ..options() }, usize::MAX).await
}

async fn get(hosted: &Hosted, path: &str) -> Response<Bytes> {
    hosted.send(Request::get(path).body(Body::empty()).unwrap()).await
}

/// The values of one field.
fn field<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    text.lines().filter_map(|it| it.split_once(": ")).filter(|it| it.0 == name).map(|it| it.1).collect()
}

#[tokio::test(start_paused = true)]
async fn security_txt_names_the_contact_and_has_not_expired() {
    let hosted = service("security@example.com", Some("https://tempo.example.com")).await;
    let answer = get(&hosted, PATH).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    assert_eq!(field(&text, "Contact"), ["mailto:security@example.com"]);
    assert_eq!(field(&text, "Canonical"), [format!("https://tempo.example.com{PATH}")]);
    let [expires] = field(&text, "Expires")[..] else { panic!("{text}") };
    let (today, expires): (Date, jiff::Timestamp) = (TODAY.parse().unwrap(), expires.parse().unwrap());
    let days = (expires.to_zoned(jiff::tz::TimeZone::UTC).date() - today).get_days();
    assert!((1..365).contains(&days), "RFC 9116 recommends less than a year: {text}");
}

#[tokio::test(start_paused = true)]
async fn security_txt_without_https_names_no_canonical_url() {
    for public_url in [None, Some("http://tempo.example.com")] {
        let answer = get(&service("https://example.com/report", public_url).await, PATH).await;
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        assert_eq!(field(&text, "Contact"), ["https://example.com/report"]);
        assert_eq!((field(&text, "Canonical").len(), text.lines().count()), (0, 2), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn security_txt_is_404_without_a_contact() {
    let answer = get(&plain().await, PATH).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(String::from_utf8_lossy(answer.body()).contains("Page not found"));
}

/// The other well-known addresses belong to the sign-in that clients look for.
#[tokio::test(start_paused = true)]
async fn security_txt_leaves_sign_in_discovery_as_it_is() {
    let hosted = service("tel:+49-30-1234567", None).await;
    let answer = get(&hosted, "/.well-known/oauth-protected-resource").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let posted = Request::builder().method(Method::POST).uri(PATH).body(Body::empty()).unwrap();
    assert_eq!(hosted.send(posted).await.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn contact_without_an_address_is_refused() {
    for text in ["", "operator", "example.com/report", "http://example.com", "javascript:alert(1)", "mailto:"]
    {
        assert!(text.parse::<SecurityContact>().is_err(), "{text:?}");
        let lookup = |name: &str| (name == "TEMPO_MCP_SECURITY_CONTACT").then(|| text.to_owned());
        let refused = Options::from_lookup(&lookup).is_err_and(|it| it.starts_with("TEMPO_MCP_SECURITY_"));
        assert_eq!(refused, !text.is_empty(), "{text:?}");
    }
}

#[test]
fn contact_cannot_add_a_line_to_the_file() {
    let text = "mailto:security@example.com\nEncryption: https://evil.example.com\r\n\t";
    let contact: SecurityContact = text.parse().unwrap();
    assert!(contact.as_str().chars().all(|it| !it.is_control()), "{contact:?}");
}
