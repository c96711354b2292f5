//! What pages and their files tell a browser about other sites.

use axum::body::Body;
use http::{Method, Request};

use crate::support::hosted::plain;

/// The value of a header, empty where it is missing.
fn header<'a>(response: &'a axum::http::Response<bytes::Bytes>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |it| it.to_str().unwrap())
}

#[tokio::test(start_paused = true)]
async fn pages_share_nothing_with_other_sites() {
    let hosted = plain().await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/setup"),
        (Method::GET, "/manage"),
        (Method::GET, "/nothing"),
        (Method::DELETE, "/setup"),
        (Method::POST, "/manage"),
    ] {
        let request = Request::builder().method(&method).uri(path).body(Body::empty()).unwrap();
        let page = hosted.send(request).await;
        assert_eq!(header(&page, "cross-origin-opener-policy"), "same-origin", "{method} {path}");
        assert_eq!(header(&page, "cross-origin-resource-policy"), "same-origin", "{method} {path}");
        let policy = header(&page, "permissions-policy");
        for feature in ["camera", "clipboard-read", "geolocation", "microphone", "payment", "usb"] {
            let is_off = policy.split(", ").any(|it| it == format!("{feature}=()"));
            assert!(is_off, "{feature} at {method} {path}: {policy}");
        }
        assert!(!policy.contains("clipboard-write"), "the copy buttons need it: {policy}");
    }
}

#[tokio::test(start_paused = true)]
async fn other_sites_cannot_load_the_files_of_pages() {
    let hosted = plain().await;
    for path in ["/style.css", "/copy.js", "/icon.svg"] {
        let file = hosted.send(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(
            (header(&file, "cross-origin-resource-policy"), header(&file, "x-content-type-options")),
            ("same-origin", "nosniff"),
            "{path}"
        );
    }
}
