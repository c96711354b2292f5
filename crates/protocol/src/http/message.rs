//! Reading a message: what it is, which era it belongs to, and whether its headers and its body agree.

use http::{HeaderMap, StatusCode, header};
use rmcp::model::{ErrorCode, ProtocolVersion};
use serde_json::{Map, Value, json};

use super::accept::accepts_json;
use crate::era::{Era, is_modern_version};

const VERSION: &str = "mcp-protocol-version";
const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";
const META_PREFIX: &str = "io.modelcontextprotocol/";
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

pub(super) enum Message {
    /// Also a response to a request, which this server never sends.
    Notification,
    Request {
        id: Value,
        era: Era,
        value: Value,
    },
}

/// Why a message does not reach the server.
pub(super) struct Rejection {
    pub(super) status: StatusCode,
    pub(super) code: ErrorCode,
    pub(super) message: String,
    pub(super) data: Option<Value>,
    pub(super) id: Value,
}

impl Rejection {
    pub(super) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>, id: &Value) -> Self {
        Self { status, code, message: message.into(), data: None, id: id.clone() }
    }

    fn bad_request(code: ErrorCode, message: impl Into<String>, id: &Value) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message, id)
    }
}

pub(super) fn read(
    headers: &HeaderMap,
    body: &[u8],
    supported: &[ProtocolVersion],
) -> Result<Message, Rejection> {
    check_media_types(headers)?;
    let none = Value::Null;
    let value: Value = serde_json::from_slice(body)
        .map_err(|_| Rejection::bad_request(ErrorCode::PARSE_ERROR, "the body is not JSON", &none))?;
    let Value::Object(map) = &value else {
        let why = if value.is_array() { "batches are not supported" } else { "not a JSON-RPC message" };
        return Err(Rejection::bad_request(ErrorCode::INVALID_REQUEST, why, &none));
    };
    let id = map.get("id").filter(|it| it.is_string() || it.is_i64() || it.is_u64()).cloned();
    let id_or_null = id.clone().unwrap_or(Value::Null);
    if map.get("jsonrpc").is_none_or(|it| it != "2.0") {
        return Err(Rejection::bad_request(
            ErrorCode::INVALID_REQUEST,
            "jsonrpc must be \"2.0\"",
            &id_or_null,
        ));
    }
    let method = map.get("method").and_then(Value::as_str);
    let is_response = map.contains_key("result") || map.contains_key("error");
    match (method, id) {
        (Some(_), None) if !map.contains_key("id") => notification(headers, supported),
        (None, Some(_)) if is_response => notification(headers, supported),
        (Some(method), Some(id)) => {
            let era = check(headers, method, map, &id, supported)?;
            Ok(Message::Request { id, era, value })
        }
        _ => Err(Rejection::bad_request(ErrorCode::INVALID_REQUEST, "not a JSON-RPC request", &id_or_null)),
    }
}

fn check_media_types(headers: &HeaderMap) -> Result<(), Rejection> {
    let (status, why) = if !is_json(headers) {
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "the content type must be application/json")
    } else if !accepts_json(headers) {
        (StatusCode::NOT_ACCEPTABLE, "the response is application/json, which Accept does not allow")
    } else {
        return Ok(());
    };
    Err(Rejection::new(status, ErrorCode::INVALID_REQUEST, why, &Value::Null))
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|it| it.to_str().ok())
}

pub(super) fn version(headers: &HeaderMap) -> Option<&str> {
    text(headers, VERSION)
}

fn check(
    headers: &HeaderMap,
    method: &str,
    map: &Map<String, Value>,
    id: &Value,
    supported: &[ProtocolVersion],
) -> Result<Era, Rejection> {
    let params = map.get("params");
    let meta = params.and_then(|it| it.get("_meta")).and_then(Value::as_object);
    let version = text(headers, VERSION);
    let known = version.is_some_and(|it| versions(supported).contains(&it));
    let is_modern = version.is_some_and(|it| known && is_modern_version(it))
        || version.is_some_and(|it| !known && (headers.contains_key(METHOD) || is_modern_version(it)))
        || meta.is_some_and(|it| it.keys().any(|key| key.starts_with(META_PREFIX)))
        || method == "server/discover";
    if is_modern {
        modern(headers, method, params, meta, id, supported)?;
        return Ok(Era::Modern);
    }
    if version.is_some() && !known {
        return Err(unsupported(supported, id));
    }
    Ok(Era::Legacy)
}

/// A notification gets no response, but its version is checked all the same.
fn notification(headers: &HeaderMap, supported: &[ProtocolVersion]) -> Result<Message, Rejection> {
    match text(headers, VERSION) {
        Some(it) if !versions(supported).contains(&it) => Err(unsupported(supported, &Value::Null)),
        _ => Ok(Message::Notification),
    }
}

fn unsupported(supported: &[ProtocolVersion], id: &Value) -> Rejection {
    let why = format!("unsupported MCP-Protocol-Version; supported: {}", versions(supported).join(", "));
    Rejection::bad_request(ErrorCode::INVALID_REQUEST, why, id)
}

fn modern(
    headers: &HeaderMap,
    method: &str,
    params: Option<&Value>,
    meta: Option<&Map<String, Value>>,
    id: &Value,
    supported: &[ProtocolVersion],
) -> Result<(), Rejection> {
    check_version(headers, meta, id, supported)?;
    match text(headers, METHOD) {
        Some(it) if it == method => {}
        Some(_) => {
            return Err(mismatch("the Mcp-Method header does not match the method in the body", id));
        }
        None => return Err(mismatch("the Mcp-Method header is missing", id)),
    }
    if matches!(method, "initialize" | "ping") {
        let why = format!("{method} does not exist since {}", ProtocolVersion::V_2026_07_28.as_str());
        return Err(Rejection::new(StatusCode::NOT_FOUND, ErrorCode::METHOD_NOT_FOUND, why, id));
    }
    let Some(field) = name_parameter(method) else { return Ok(()) };
    let name = params.and_then(|it| it.get(field)).and_then(Value::as_str);
    match (text(headers, NAME).map(decoded), name) {
        (Some(header), Some(name)) if header == name => Ok(()),
        (None, _) => Err(mismatch("the Mcp-Name header is missing", id)),
        _ => Err(mismatch(format!("the Mcp-Name header does not match the {field} in the body"), id)),
    }
}

fn mismatch(why: impl Into<String>, id: &Value) -> Rejection {
    Rejection::bad_request(ErrorCode::HEADER_MISMATCH, why, id)
}

/// The version in the header and in the body: both are there, they agree, and the version is supported.
fn check_version(
    headers: &HeaderMap,
    meta: Option<&Map<String, Value>>,
    id: &Value,
    supported: &[ProtocolVersion],
) -> Result<(), Rejection> {
    let version = meta.and_then(|it| it.get(META_VERSION)).and_then(Value::as_str);
    let capable = meta.and_then(|it| it.get(META_CAPABILITIES)).is_some_and(Value::is_object);
    let header_version = text(headers, VERSION);
    if header_version.is_none() && version.is_some() {
        return Err(mismatch("the MCP-Protocol-Version header is missing", id));
    }
    let (Some(version), true) = (version, capable) else {
        let why = format!("params._meta must carry {META_VERSION} and {META_CAPABILITIES}");
        return Err(Rejection::bad_request(ErrorCode::INVALID_PARAMS, why, id));
    };
    if header_version != Some(version) {
        let why = "the MCP-Protocol-Version header and params._meta name different versions";
        return Err(mismatch(why, id));
    }
    if !versions(supported).contains(&version) {
        let mut rejection = Rejection::bad_request(
            ErrorCode::UNSUPPORTED_PROTOCOL_VERSION,
            "unsupported protocol version",
            id,
        );
        rejection.data = Some(json!({ "supported": versions(supported), "requested": version }));
        return Err(rejection);
    }
    Ok(())
}

/// The parameter whose value `Mcp-Name` repeats.
fn name_parameter(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        _ => None,
    }
}

/// Decodes a name that a header cannot carry as it is, and that comes as `=?base64?…?=`.
fn decoded(text: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let inner = text.strip_prefix("=?base64?").and_then(|it| it.strip_suffix("?="));
    let bytes = inner.and_then(|it| BASE64_STANDARD.decode(it).ok());
    bytes.and_then(|it| String::from_utf8(it).ok()).unwrap_or_else(|| text.to_owned())
}

/// The supported versions, as text.
fn versions(supported: &[ProtocolVersion]) -> Vec<&str> {
    supported.iter().map(ProtocolVersion::as_str).collect()
}
