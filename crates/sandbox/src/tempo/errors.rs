//! Tempo's error responses. Its documentation shows `{"errors":{"message":…}}`; production sends an array of such
//! objects. 401 and 403 are HTML pages (Tempo, "Responses" of the worklog calls), 400 and 404 are JSON.

use serde_json::{Value, json};

use crate::{
    response::Response,
    settings::{ErrorShape, Settings},
};

pub(crate) fn with_messages(settings: &Settings, status: u16, messages: &[String]) -> Response {
    Response::json(status, &json!({"errors": errors(settings.error_shape, messages)}))
}

fn errors(shape: ErrorShape, messages: &[String]) -> Value {
    match shape {
        ErrorShape::Array => messages.iter().map(|message| json!({"message": message})).collect(),
        ErrorShape::Object => json!({"message": messages.join("; ")}),
        ErrorShape::String => messages.join("; ").into(),
    }
}

pub(crate) fn bad_request(settings: &Settings, message: &str) -> Response {
    with_messages(settings, 400, &[message.to_owned()])
}

pub(crate) fn not_found(settings: &Settings, message: &str) -> Response {
    with_messages(settings, 404, &[message.to_owned()])
}

pub(crate) fn no_such_path(settings: &Settings) -> Response {
    not_found(settings, "HTTP 404 Not Found")
}

pub(crate) fn unauthorized() -> Response {
    Response::html(401, "The access token is missing, expired or not valid.")
}

pub(crate) fn forbidden(settings: &Settings, message: &str) -> Response {
    if settings.forbidden_as_json {
        return with_messages(settings, 403, &[message.to_owned()]);
    }
    Response::html(403, message)
}

/// The body and headers are not documented (Tempo, "Rate limiting").
pub(crate) fn too_many_requests() -> Response {
    let body = json!({"errors": [{"message": "Too many requests, please try again later."}]});
    Response::json(429, &body).with_header("retry-after", "1".to_owned())
}

/// The response with a status that a fault injects.
pub(crate) fn any_status(status: u16) -> Response {
    match status {
        401 => unauthorized(),
        403 => Response::html(403, "Access to this resource is forbidden."),
        429 => too_many_requests(),
        500.. => Response::html(status, "The server could not respond."),
        300..=399 => Response { status, ..Response::no_content() },
        _ => Response::json(status, &json!({"errors": [{"message": format!("HTTP {status}")}]})),
    }
}
