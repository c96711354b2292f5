//! The protocol over HTTP, both eras, stateless, always JSON: one request in, one answer out.
//!
//! In scope: methods, media types, bodies, headers against bodies, status codes. Elsewhere (`web`): whose endpoint
//! it is, origins, sizes, rates.
//!
//! <https://modelcontextprotocol.io/specification/2026-07-28/basic/transports>

mod message;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use rmcp::{
    ErrorData, RoleServer, ServerHandler, Service,
    model::{
        ClientJsonRpcMessage, ClientNotification, ClientRequest, ErrorCode, GetExtensions, GetMeta,
        InitializedNotification, JsonRpcMessage, ProtocolVersion, RequestId, ServerJsonRpcMessage,
        ServerResult,
    },
    service::{Peer, RequestContext, serve_directly},
    transport::OneshotTransport,
};
use serde_json::{Value, json};

pub use message::Era;
use message::{Message, Refusal};
use tempo_mcp_core::{tools::StructuredContent, upstream::telemetry::RequestTelemetry};

/// What a trail may name.
const METHODS: [&str; 5] = ["initialize", "ping", "server/discover", "tools/call", "tools/list"];

/// Answers one HTTP request at the endpoint.
pub async fn answer<H: Endpoint>(handler: &H, request: &Request<Bytes>) -> Response<Bytes> {
    if request.method() != Method::POST {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
        return response;
    }
    match message::read(request.headers(), request.body(), &handler.supported_protocol_versions()) {
        Ok(Message::Notification) => plain(StatusCode::ACCEPTED),
        Ok(Message::Request { id, era, value }) => {
            let telemetry = request.extensions().get::<Arc<RequestTelemetry>>();
            if let Some(telemetry) = telemetry {
                let method = value.get("method").and_then(Value::as_str).unwrap_or_default();
                telemetry.set_method(METHODS.into_iter().find(|it| *it == method).unwrap_or("other"));
            }
            // A version after this one may list otherwise.
            let known = era == Era::Legacy || message::version(request.headers()) == Some("2026-07-28");
            let list = if known { handler.encoded_list(era) } else { None };
            dispatch(handler, Asked { id, era, list }, value, telemetry).await
        }
        Err(refusal) => refused(&refusal),
    }
}

/// An error that `web` answers with before a message is read: too fast, too large, too busy.
#[must_use]
pub fn error(status: StatusCode, message: &str) -> Response<Bytes> {
    let code = if status.is_server_error() { ErrorCode::INTERNAL_ERROR } else { ErrorCode::INVALID_REQUEST };
    refused(&Refusal { status, code, message: message.into(), data: None, id: Value::Null })
}

/// A server over HTTP.
pub trait Endpoint: ServerHandler + Clone {
    /// Where the result of `tools/list` is kept once it was encoded; `None`: it is encoded each time.
    fn encoded_list(&self, _: Era) -> Option<&OnceLock<Bytes>> {
        None
    }
}

/// The structured content of a result, beside rmcp's own: in one piece, where rmcp would take it apart and put it
/// together again.
#[derive(Default)]
pub(super) struct Apart(OnceLock<StructuredContent>);

impl Apart {
    pub(super) fn put(&self, structured: StructuredContent) {
        // One call gives one result.
        let _ = self.0.set(structured);
    }

    /// Into the encoded result, which is an object.
    fn insert(&self, result: &mut Vec<u8>) {
        let Some(structured) = self.0.get() else { return };
        if result.pop() == Some(b'}') {
            result.extend_from_slice(b",\"structuredContent\":");
            result.extend_from_slice(structured.as_json().as_bytes());
            result.push(b'}');
        }
    }
}

/// A request, apart from its params.
struct Asked<'a> {
    id: Value,
    era: Era,
    list: Option<&'a OnceLock<Bytes>>,
}

async fn dispatch<H: Endpoint>(
    handler: &H,
    Asked { id, era, list }: Asked<'_>,
    value: Value,
    telemetry: Option<&Arc<RequestTelemetry>>,
) -> Response<Bytes> {
    let refuse = |code: ErrorCode, message: &str| {
        refused(&Refusal {
            status: status(era, code),
            code,
            message: message.into(),
            data: None,
            id: id.clone(),
        })
    };
    let request = match serde_json::from_value::<ClientJsonRpcMessage>(value) {
        Ok(JsonRpcMessage::Request(request)) => request,
        Ok(_) => return refuse(ErrorCode::INVALID_REQUEST, "not a request"),
        Err(_) => return refuse(ErrorCode::INVALID_PARAMS, "the params do not fit the method"),
    };
    let mut inner = request.request;
    let list = list.filter(|_| is_whole_list(&inner));
    if let Some(known) = list.and_then(OnceLock::get) {
        return with_result(&id, known);
    }
    let apart = Arc::<Apart>::default();
    let mut context = context(handler, request.id.clone(), &mut inner, telemetry);
    context.extensions.insert(apart.clone());
    match Service::<RoleServer>::handle_request(handler, inner, context).await {
        Ok(result) => succeeded(&id, &result, &apart, list)
            .unwrap_or_else(|_| refuse(ErrorCode::INTERNAL_ERROR, "the result cannot be encoded")),
        Err(error) => {
            if let Some(telemetry) = telemetry {
                telemetry.set_outcome("protocol error");
            }
            failed(era, request.id, error)
        }
    }
}

fn context<H: Endpoint>(
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

/// Whether it is `tools/list` from the beginning: a cursor is looked at by the server.
fn is_whole_list(request: &ClientRequest) -> bool {
    let ClientRequest::ListToolsRequest(list) = request else { return false };
    list.params.as_ref().is_none_or(|it| it.cursor.is_none())
}

/// A result that is encoded already.
fn with_result(id: &Value, result: &[u8]) -> Response<Bytes> {
    let mut body = Vec::with_capacity(result.len() + 64);
    body.extend_from_slice(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":").as_bytes());
    body.extend_from_slice(result);
    body.push(b'}');
    json_body(StatusCode::OK, body)
}

fn succeeded(
    id: &Value,
    result: &ServerResult,
    apart: &Apart,
    list: Option<&OnceLock<Bytes>>,
) -> serde_json::Result<Response<Bytes>> {
    let mut encoded = serde_json::to_vec(result)?;
    apart.insert(&mut encoded);
    let response = with_result(id, &encoded);
    if let Some(list) = list {
        // Somebody else may have been first, with the same.
        let _ = list.set(encoded.into());
    }
    Ok(response)
}

fn failed(era: Era, id: RequestId, error: ErrorData) -> Response<Bytes> {
    json(status(era, error.code), &ServerJsonRpcMessage::error(error, Some(id)))
}

/// A legacy client reads every error out of a 200; since 2026-07-28 some have a status of their own.
fn status(era: Era, code: ErrorCode) -> StatusCode {
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

fn plain(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

fn json(status: StatusCode, body: &impl serde::Serialize) -> Response<Bytes> {
    json_body(status, serde_json::to_vec(body).unwrap_or_default())
}

fn json_body(status: StatusCode, body: Vec<u8>) -> Response<Bytes> {
    let mut response = plain(status);
    *response.body_mut() = body.into();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn refused(refusal: &Refusal) -> Response<Bytes> {
    let Refusal { status, code, message, data, id } = refusal;
    let error = match data {
        Some(data) => json!({ "code": code.0, "message": message, "data": data }),
        None => json!({ "code": code.0, "message": message }),
    };
    json(*status, &json!({ "jsonrpc": "2.0", "id": id, "error": error }))
}

/// The supported versions, as an error tells them.
fn versions(supported: &[ProtocolVersion]) -> Vec<&str> {
    supported.iter().map(ProtocolVersion::as_str).collect()
}

/// A peer that reaches nobody: notifications through it fail as closed.
///
/// rmcp keeps `Peer::new` to itself; serving a transport that is already at its end yields one. The runtime is only
/// entered, never driven, and `shutdown_background` ends it, since a plain drop panics inside async code.
fn detached_peer<H: ServerHandler + Clone>(handler: &H) -> Peer<RoleServer> {
    #[expect(clippy::expect_used, reason = "a runtime without drivers asks the system for nothing")]
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers");
    let peer = {
        let _entered = runtime.enter();
        let nothing = ClientNotification::InitializedNotification(InitializedNotification::default());
        let (transport, _answers) =
            OneshotTransport::<RoleServer>::new(ClientJsonRpcMessage::notification(nothing));
        let running = serve_directly(handler.clone(), transport, None);
        running.peer().clone()
    };
    runtime.shutdown_background();
    peer
}

/// Whether the client takes JSON: it says so, takes anything, or says nothing. The most exact range decides, and a
/// weight of zero refuses (RFC 9110, section 12.5.1).
fn accepts_json(headers: &HeaderMap) -> bool {
    let said: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok()).collect();
    let ranges = || said.iter().flat_map(|it| it.split(','));
    let weight = |kind: &str| ranges().find_map(|it| weight_of(it, kind));
    said.is_empty()
        || ["application/json", "application/*", "*/*"].iter().find_map(|it| weight(it)).unwrap_or(0.0) > 0.0
}

fn weight_of(range: &str, kind: &str) -> Option<f32> {
    let mut parts = range.split(';').map(str::trim);
    parts.next().filter(|it| it.eq_ignore_ascii_case(kind))?;
    let weight = parts.find_map(|it| it.strip_prefix("q=").or_else(|| it.strip_prefix("Q=")));
    Some(weight.map_or(1.0, |it| it.parse().unwrap_or(0.0)))
}
