//! MCP over HTTP in both eras: stateless, always JSON, one response for each request.
//!
//! In scope: methods, media types, bodies, headers against bodies, status codes. Elsewhere (`tempo-mcp-service`): whose
//! endpoint it is, origins, sizes, rates.
//!
//! rmcp's own HTTP service needs a driven tokio runtime, which Workers do not have, so this layer replaces it.
//!
//! <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports>

mod accept;
mod detached_peer;
mod message;
mod pre_encoded;
mod response;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use rmcp::{
    RoleServer, ServerHandler, Service,
    model::{
        ClientJsonRpcMessage, ClientRequest, ErrorCode, GetExtensions, GetMeta, JsonRpcMessage, RequestId,
    },
    service::RequestContext,
};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};
use tempo_mcp_core::upstream::telemetry::RequestTelemetry;

use detached_peer::detached_peer;
use message::{Message, Rejection};
use response::{empty, failure, rejection, success};

pub use crate::era::Era;
pub use pre_encoded::PreEncodedContent;

/// The methods that telemetry names; a client can make up others.
const KNOWN_METHODS: [&str; 5] = ["initialize", "ping", "server/discover", "tools/call", "tools/list"];

/// An MCP server that is reached over HTTP.
pub trait HttpHandler: ServerHandler + Clone {
    /// Where the result of `tools/list` is stored once it was encoded; `None`: it is encoded each time.
    fn encoded_tool_list(&self, _: Era) -> Option<&OnceLock<Box<RawValue>>> {
        None
    }
}

/// Responds to one HTTP request at the endpoint.
pub async fn respond<H: HttpHandler>(handler: &H, request: &Request<Bytes>) -> Response<Bytes> {
    if request.method() != Method::POST {
        let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
        return response;
    }
    match message::read(request.headers(), request.body(), &handler.supported_protocol_versions()) {
        Ok(Message::Notification) => empty(StatusCode::ACCEPTED),
        Ok(Message::Request { id, era, value }) => {
            let telemetry = request.extensions().get::<Arc<RequestTelemetry>>();
            if let Some(telemetry) = telemetry {
                let method = value.get("method").and_then(Value::as_str).unwrap_or_default();
                telemetry.set_method(KNOWN_METHODS.into_iter().find(|it| *it == method).unwrap_or("other"));
            }
            // The stored list is that of 2026-07-28; a later version may list otherwise.
            let is_known = era == Era::Legacy || message::version(request.headers()) == Some("2026-07-28");
            let encoded_list = if is_known { handler.encoded_tool_list(era) } else { None };
            dispatch(handler, Pending { id, era, encoded_list, telemetry }, value).await
        }
        Err(why) => rejection(&why),
    }
}

/// The response to a request that is refused before its message is read: too fast, too large, too busy.
#[must_use]
pub fn error_response(status: StatusCode, message: &str) -> Response<Bytes> {
    let code = if status.is_server_error() { ErrorCode::INTERNAL_ERROR } else { ErrorCode::INVALID_REQUEST };
    rejection(&Rejection::new(status, code, message, &Value::Null))
}

/// A request that waits for its result, apart from its params.
struct Pending<'a> {
    id: Value,
    era: Era,
    encoded_list: Option<&'a OnceLock<Box<RawValue>>>,
    telemetry: Option<&'a Arc<RequestTelemetry>>,
}

async fn dispatch<H: HttpHandler>(handler: &H, pending: Pending<'_>, value: Value) -> Response<Bytes> {
    let Pending { id, era, encoded_list, telemetry } = pending;
    let reject =
        |code: ErrorCode, why: &str| rejection(&Rejection::new(response::status(era, code), code, why, &id));
    let request = match serde_json::from_value::<ClientJsonRpcMessage>(value) {
        Ok(JsonRpcMessage::Request(request)) => request,
        Ok(_) => return reject(ErrorCode::INVALID_REQUEST, "not a request"),
        Err(_) => return reject(ErrorCode::INVALID_PARAMS, "the params do not fit the method"),
    };
    let mut inner = request.request;
    let encoded_list = encoded_list.filter(|_| is_whole_list(&inner));
    if let Some(list) = encoded_list.and_then(OnceLock::get) {
        return success(&id, list);
    }
    let pre_encoded = Arc::<PreEncodedContent>::default();
    let mut context = context(handler, request.id.clone(), &mut inner, telemetry);
    context.extensions.insert(pre_encoded.clone());
    match Service::<RoleServer>::handle_request(handler, inner, context).await {
        Ok(result) => match to_raw_value(&pre_encoded.beside(&result)) {
            Ok(encoded) => {
                let response = success(&id, &encoded);
                if let Some(list) = encoded_list {
                    // A request that was faster has stored the same.
                    let _ = list.set(encoded);
                }
                response
            }
            Err(_) => reject(ErrorCode::INTERNAL_ERROR, "the result cannot be encoded"),
        },
        Err(error) => {
            if let Some(telemetry) = telemetry {
                telemetry.set_outcome("protocol error");
            }
            failure(era, request.id, error)
        }
    }
}

fn context<H: HttpHandler>(
    handler: &H,
    id: RequestId,
    request: &mut ClientRequest,
    telemetry: Option<&Arc<RequestTelemetry>>,
) -> RequestContext<RoleServer> {
    let mut context = RequestContext::new(id, detached_peer(handler));
    context.meta = std::mem::take(request.get_meta_mut());
    context.extensions = std::mem::take(request.extensions_mut());
    if let Some(telemetry) = telemetry {
        context.extensions.insert(telemetry.clone());
    }
    context
}

/// Whether it is `tools/list` from the beginning: the server itself judges a cursor.
fn is_whole_list(request: &ClientRequest) -> bool {
    let ClientRequest::ListToolsRequest(list) = request else { return false };
    list.params.as_ref().is_none_or(|it| it.cursor.is_none())
}
