//! Jira's refusals: `{"errorMessages":[…],"errors":{…}}`; the gateway's: `{"code":…,"message":…}`.

use jiff::Timestamp;
use serde_json::json;

use crate::{answer::Answer, call::Call, settings::Settings};

pub(crate) fn refuse(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"errorMessages": [message], "errors": {}}))
}

pub(crate) fn bad_request(message: &str) -> Answer {
    refuse(400, message)
}

pub(crate) fn unauthorized(settings: &Settings) -> Answer {
    let answer = if settings.unauthorized_as_html {
        Answer::html(401, "Client must be authenticated to access this resource.")
    } else {
        unauthorized_json()
    };
    answer.with("www-authenticate", "OAuth realm=\"https%3A%2F%2Fsandbox.invalid\"".to_owned())
}

fn unauthorized_json() -> Answer {
    let message = "Client must be authenticated to access this resource.";
    Answer::json(401, &json!({"message": message, "status-code": 401}))
}

pub(crate) fn gateway(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"code": status, "message": message}))
}

pub(crate) fn no_such_path(call: &Call) -> Answer {
    let message = format!("null for uri: {}{}", call.origin, call.path);
    Answer::json(404, &json!({"message": message, "status-code": 404}))
}

/// The body and headers of "Rate limiting": the reset time is ISO 8601 without seconds.
pub(crate) fn too_many_requests(now: Timestamp) -> Answer {
    let reset = now.checked_add(jiff::SignedDuration::from_secs(60)).unwrap_or(now);
    let body = json!({
        "errorMessages": ["The request has been rate-limited. Please try again later."],
        "errors": {},
        "status": 429,
    });
    Answer::json(429, &body)
        .with("retry-after", "1".to_owned())
        .with("x-ratelimit-limit", "100".to_owned())
        .with("x-ratelimit-remaining", "0".to_owned())
        .with("x-ratelimit-reset", reset.strftime("%Y-%m-%dT%H:%MZ").to_string())
        .with("x-ratelimit-nearlimit", "true".to_owned())
        .with("ratelimit-reason", "jira-burst-based".to_owned())
}

/// A status nobody asked for, as a fault plays it.
pub(crate) fn plain_status(status: u16, now: Timestamp) -> Answer {
    match status {
        401 => unauthorized_json(),
        429 => too_many_requests(now),
        500.. => Answer::html(status, "The server could not answer."),
        300..=399 => Answer { status, ..Answer::no_content() },
        _ => refuse(status, &format!("HTTP {status}")),
    }
}
