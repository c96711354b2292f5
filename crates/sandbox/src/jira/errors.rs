//! Jira's error responses, `{"errorMessages":[…],"errors":{…}}`, and the gateway's, `{"code":…,"message":…}`.

use jiff::Timestamp;
use serde_json::json;

use crate::{request::Request, response::Response, settings::Settings};

pub(crate) fn with_messages(status: u16, messages: &[String]) -> Response {
    Response::json(status, &json!({"errorMessages": messages, "errors": {}}))
}

pub(crate) fn with_message(status: u16, message: &str) -> Response {
    with_messages(status, &[message.to_owned()])
}

pub(crate) fn bad_request(message: &str) -> Response {
    with_message(400, message)
}

pub(crate) fn unauthorized(settings: &Settings) -> Response {
    let response = if settings.unauthorized_as_html {
        Response::html(401, "Client must be authenticated to access this resource.")
    } else {
        unauthorized_json()
    };
    response.with_header("www-authenticate", "OAuth realm=\"https%3A%2F%2Fsandbox.invalid\"".to_owned())
}

fn unauthorized_json() -> Response {
    let message = "Client must be authenticated to access this resource.";
    Response::json(401, &json!({"message": message, "status-code": 401}))
}

pub(crate) fn gateway(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"code": status, "message": message}))
}

pub(crate) fn no_such_path(request: &Request) -> Response {
    let message = format!("null for uri: {}{}", request.origin, request.path);
    Response::json(404, &json!({"message": message, "status-code": 404}))
}

/// The body and headers that Jira documents ("Rate limiting"). The reset time is ISO 8601 without seconds.
pub(crate) fn too_many_requests(now: Timestamp) -> Response {
    let reset = now.checked_add(jiff::SignedDuration::from_secs(60)).unwrap_or(now);
    let body = json!({
        "errorMessages": ["The request has been rate-limited. Please try again later."],
        "errors": {},
        "status": 429,
    });
    Response::json(429, &body)
        .with_header("retry-after", "1".to_owned())
        .with_header("x-ratelimit-limit", "100".to_owned())
        .with_header("x-ratelimit-remaining", "0".to_owned())
        .with_header("x-ratelimit-reset", reset.strftime("%Y-%m-%dT%H:%MZ").to_string())
        .with_header("x-ratelimit-nearlimit", "true".to_owned())
        .with_header("ratelimit-reason", "jira-burst-based".to_owned())
}

/// The response with a status that a fault injects.
pub(crate) fn any_status(status: u16, now: Timestamp) -> Response {
    match status {
        401 => unauthorized_json(),
        429 => too_many_requests(now),
        500.. => Response::html(status, "The server could not respond."),
        300..=399 => Response { status, ..Response::no_content() },
        _ => with_message(status, &format!("HTTP {status}")),
    }
}
