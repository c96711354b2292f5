//! The kind of a vendor's error, decided once and only here: by status, and by body where the status says too little.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

use super::{ErrorKind, Vendor, error_body::messages, retry::retry_after};

/// Tempo documents no `Retry-After`, and advises to wait at least a second.
const DEFAULT_WAIT: Duration = Duration::from_secs(1);

/// The kind of error that `response` is, or `None` for a success.
pub(super) fn error_kind(
    vendor: Vendor,
    response: &Response<Bytes>,
    secrets: &[SecretString],
    now: Timestamp,
) -> Option<ErrorKind> {
    let status = response.status();
    if status.is_success() {
        return None;
    }
    let words = || messages(response.body(), secrets);
    Some(match status {
        StatusCode::UNAUTHORIZED => ErrorKind::Unauthorized,
        StatusCode::FORBIDDEN => forbidden(vendor, response.body(), words()),
        StatusCode::NOT_FOUND | StatusCode::GONE => ErrorKind::NotFound(words()),
        StatusCode::CONFLICT => ErrorKind::Busy(words()),
        StatusCode::TOO_MANY_REQUESTS => {
            ErrorKind::RateLimited { wait: retry_after(response.headers(), now).unwrap_or(DEFAULT_WAIT) }
        }
        it if it.is_redirection() => ErrorKind::Redirected,
        it if it.is_server_error() || it == StatusCode::REQUEST_TIMEOUT => {
            ErrorKind::Unavailable { status: it.as_u16() }
        }
        _ if is_invalid_grant(vendor, response.body()) => ErrorKind::InvalidGrant(words()),
        _ => ErrorKind::Invalid(words()),
    })
}

fn forbidden(vendor: Vendor, body: &[u8], words: Vec<String>) -> ErrorKind {
    match vendor {
        Vendor::Tempo if is_closed_period(&words) => ErrorKind::PeriodClosed(words),
        Vendor::Login if is_invalid_grant(vendor, body) => ErrorKind::InvalidGrant(words),
        _ => ErrorKind::Forbidden(words),
    }
}

/// Tempo has no error code for a closed period: it responds with 403 and a page that says "Period is closed".
fn is_closed_period(words: &[String]) -> bool {
    let text = words.join(" ").to_lowercase();
    text.contains("period") && text.contains("closed")
}

/// Atlassian sends `{"error":"invalid_grant"}` with 403; RFC 6749, section 5.2, asks for 400.
fn is_invalid_grant(vendor: Vendor, body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Body {
        error: String,
    }
    vendor == Vendor::Login
        && serde_json::from_slice::<Body>(body).is_ok_and(|it| it.error == "invalid_grant")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn classified(vendor: Vendor, status: u16, body: &'static str) -> String {
        let mut response = Response::new(Bytes::from_static(body.as_bytes()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        error_kind(vendor, &response, &[], Timestamp::UNIX_EPOCH)
            .map_or_else(|| "ok".into(), |it| it.name().to_owned())
    }

    #[test]
    fn kind_follows_from_vendor_status_and_body() {
        const CLOSED: &str = "<html><body>Forbidden <p>Period is closed</p></body></html>";
        const GRANT: &str =
            r#"{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}"#;
        let lines: Vec<String> = [
            (Vendor::Tempo, 200, ""),
            (Vendor::Tempo, 403, CLOSED),
            (Vendor::Tempo, 403, "Forbidden"),
            (Vendor::Tempo, 400, CLOSED),
            (Vendor::Jira, 403, CLOSED),
            (Vendor::Login, 403, GRANT),
            (Vendor::Login, 400, GRANT),
            (Vendor::Login, 400, r#"{"error":"invalid_request"}"#),
            (Vendor::Login, 403, "invalid_grant"),
            (Vendor::Jira, 400, GRANT),
            (Vendor::Jira, 302, ""),
            (Vendor::Jira, 408, ""),
            (Vendor::Jira, 410, ""),
            (Vendor::Jira, 429, ""),
        ]
        .into_iter()
        .map(|(vendor, status, body)| format!("{vendor} {status}: {}", classified(vendor, status, body)))
        .collect();
        expect![[r#"
            Tempo 200: ok
            Tempo 403: period closed
            Tempo 403: forbidden
            Tempo 400: invalid
            Jira 403: forbidden
            Atlassian's login 403: invalid grant
            Atlassian's login 400: invalid grant
            Atlassian's login 400: invalid
            Atlassian's login 403: forbidden
            Jira 400: invalid
            Jira 302: redirected
            Jira 408: unavailable
            Jira 410: not found
            Jira 429: rate limited"#]]
        .assert_eq(&lines.join("\n"));
    }
}
