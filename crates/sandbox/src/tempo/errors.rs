//! Tempo's refusals. Its documentation shows `{"errors":{"message":…}}`, production sends an array of such
//! objects; 401 and 403 are HTML pages ("Responses" of the worklog calls), 400 and 404 JSON.

use serde_json::{Value, json};

use crate::{
    answer::Answer,
    settings::{ErrorShape, Settings},
};

pub(crate) fn refuse(settings: &Settings, status: u16, messages: &[String]) -> Answer {
    Answer::json(status, &json!({"errors": errors(settings.error_shape, messages)}))
}

fn errors(shape: ErrorShape, messages: &[String]) -> Value {
    match shape {
        ErrorShape::Array => messages.iter().map(|message| json!({"message": message})).collect(),
        ErrorShape::Object => json!({"message": messages.join("; ")}),
        ErrorShape::String => messages.join("; ").into(),
    }
}

pub(crate) fn bad_request(settings: &Settings, message: &str) -> Answer {
    refuse(settings, 400, &[message.to_owned()])
}

pub(crate) fn not_found(settings: &Settings, message: &str) -> Answer {
    refuse(settings, 404, &[message.to_owned()])
}

pub(crate) fn no_such_path(settings: &Settings) -> Answer {
    not_found(settings, "HTTP 404 Not Found")
}

pub(crate) fn unauthorized() -> Answer {
    Answer::html(401, "The access token is missing, expired or not valid.")
}

pub(crate) fn forbidden(settings: &Settings, message: &str) -> Answer {
    if settings.forbidden_as_json {
        return refuse(settings, 403, &[message.to_owned()]);
    }
    Answer::html(403, message)
}

/// The rate limit's body and headers are not documented ("Rate limiting").
pub(crate) fn too_many_requests() -> Answer {
    let body = json!({"errors": [{"message": "Too many requests, please try again later."}]});
    Answer::json(429, &body).with("retry-after", "1".to_owned())
}

/// A status nobody asked for, as a fault plays it.
pub(crate) fn plain_status(status: u16) -> Answer {
    match status {
        401 => unauthorized(),
        403 => Answer::html(403, "Access to this resource is forbidden."),
        429 => too_many_requests(),
        500.. => Answer::html(status, "The server could not answer."),
        300..=399 => Answer { status, ..Answer::no_content() },
        _ => Answer::json(status, &json!({"errors": [{"message": format!("HTTP {status}")}]})),
    }
}
