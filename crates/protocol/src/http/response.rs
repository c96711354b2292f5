//! The HTTP responses: JSON-RPC results and errors with the status that each era expects.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use rmcp::{
    ErrorData,
    model::{ErrorCode, RequestId, ServerJsonRpcMessage},
};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use super::message::Rejection;
use crate::era::Era;

#[derive(Serialize)]
struct Success<'a> {
    jsonrpc: &'static str,
    id: &'a Value,
    result: &'a RawValue,
}

pub(super) fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

pub(super) fn success(id: &Value, result: &RawValue) -> Response<Bytes> {
    json_response(StatusCode::OK, &Success { jsonrpc: "2.0", id, result })
}

/// An error of the server itself.
pub(super) fn failure(era: Era, id: RequestId, error: ErrorData) -> Response<Bytes> {
    json_response(status(era, error.code), &ServerJsonRpcMessage::error(error, Some(id)))
}

/// An error of the transport: the message does not reach the server.
pub(super) fn rejection(rejection: &Rejection) -> Response<Bytes> {
    let Rejection { status, code, message, data, id } = rejection;
    let error = match data {
        Some(data) => json!({ "code": code.0, "message": message, "data": data }),
        None => json!({ "code": code.0, "message": message }),
    };
    json_response(*status, &json!({ "jsonrpc": "2.0", "id": id, "error": error }))
}

/// A legacy client reads every error out of a 200; since 2026-07-28 some errors have a status of their own.
pub(super) fn status(era: Era, code: ErrorCode) -> StatusCode {
    match (era, code) {
        (Era::Legacy, _) => StatusCode::OK,
        (Era::Modern, ErrorCode::METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
        (
            Era::Modern,
            ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
            | ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY
            | ErrorCode::HEADER_MISMATCH
            | ErrorCode::INVALID_REQUEST,
        ) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

fn json_response(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    let mut response = empty(status);
    *response.body_mut() = serde_json::to_vec(body).unwrap_or_default().into();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
