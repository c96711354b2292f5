//! Reading a message: what it is, which era it belongs to, and whether its headers and its body agree.

use http::{HeaderMap, StatusCode, header};
use rmcp::model::{ErrorCode, ProtocolVersion};
use serde_json::{Map, Value, json};

use super::{accepts_json, versions};

const VERSION: &str = "mcp-protocol-version";
const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";
const META_PREFIX: &str = "io.modelcontextprotocol/";
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// Since 2026-07-28 every request carries its version and capabilities; before it, a session negotiated them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    Legacy,
    Modern,
}

pub(super) enum Message {
    /// Also answers to requests that this server never sends.
    Notification,
    Request {
        id: Value,
        era: Era,
        value: Value,
    },
}

/// Why a message is not handed on.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: ErrorCode,
    pub(super) message: String,
    pub(super) data: Option<Value>,
    pub(super) id: Value,
}

impl Refusal {
    fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>, id: &Value) -> Self {
        Self { status, code, message: message.into(), data: None, id: id.clone() }
    }

    fn bad(code: ErrorCode, message: impl Into<String>, id: &Value) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message, id)
    }
}

pub(super) fn read(
    headers: &HeaderMap,
    body: &[u8],
    supported: &[ProtocolVersion],
) -> Result<Message, Refusal> {
    let none = Value::Null;
    if !is_json(headers) {
        let why = "the content type must be application/json";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::INVALID_REQUEST, why, &none));
    }
    if !accepts_json(headers) {
        let why = "the answer is application/json, which Accept does not allow";
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, ErrorCode::INVALID_REQUEST, why, &none));
    }
    let value: Value = serde_json::from_slice(body)
        .map_err(|_| Refusal::bad(ErrorCode::PARSE_ERROR, "the body is not JSON", &none))?;
    let Value::Object(map) = &value else {
        let why = if value.is_array() { "batches are not supported" } else { "not a JSON-RPC message" };
        return Err(Refusal::bad(ErrorCode::INVALID_REQUEST, why, &none));
    };
    let id = map.get("id").filter(|it| it.is_string() || it.is_i64() || it.is_u64()).cloned();
    let shown = id.clone().unwrap_or(Value::Null);
    if map.get("jsonrpc").is_none_or(|it| it != "2.0") {
        return Err(Refusal::bad(ErrorCode::INVALID_REQUEST, "jsonrpc must be \"2.0\"", &shown));
    }
    let method = map.get("method").and_then(Value::as_str);
    let is_answer = map.contains_key("result") || map.contains_key("error");
    match (method, id) {
        (Some(_), None) if !map.contains_key("id") => notification(headers, supported),
        (None, Some(_)) if is_answer => notification(headers, supported),
        (Some(method), Some(id)) => {
            let era = check(headers, method, map, &id, supported)?;
            Ok(Message::Request { id, era, value })
        }
        _ => Err(Refusal::bad(ErrorCode::INVALID_REQUEST, "not a JSON-RPC request", &shown)),
    }
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

/// Versions are dates, so they compare as text.
fn is_modern_version(version: &str) -> bool {
    version >= ProtocolVersion::V_2026_07_28.as_str()
}

fn check(
    headers: &HeaderMap,
    method: &str,
    map: &Map<String, Value>,
    id: &Value,
    supported: &[ProtocolVersion],
) -> Result<Era, Refusal> {
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

/// Nobody waits for an answer to it, but its version is held to all the same.
fn notification(headers: &HeaderMap, supported: &[ProtocolVersion]) -> Result<Message, Refusal> {
    match text(headers, VERSION) {
        Some(it) if !versions(supported).contains(&it) => Err(unsupported(supported, &Value::Null)),
        _ => Ok(Message::Notification),
    }
}

fn unsupported(supported: &[ProtocolVersion], id: &Value) -> Refusal {
    let why = format!("unsupported MCP-Protocol-Version; supported: {}", versions(supported).join(", "));
    Refusal::bad(ErrorCode::INVALID_REQUEST, why, id)
}

fn modern(
    headers: &HeaderMap,
    method: &str,
    params: Option<&Value>,
    meta: Option<&Map<String, Value>>,
    id: &Value,
    supported: &[ProtocolVersion],
) -> Result<(), Refusal> {
    let mismatch = |why: String| Err(Refusal::bad(ErrorCode::HEADER_MISMATCH, why, id));
    let said = meta.and_then(|it| it.get(META_VERSION)).and_then(Value::as_str);
    let capable = meta.and_then(|it| it.get(META_CAPABILITIES)).is_some_and(Value::is_object);
    let header_version = text(headers, VERSION);
    if header_version.is_none() && said.is_some() {
        return mismatch("the MCP-Protocol-Version header is missing".into());
    }
    let (Some(said), true) = (said, capable) else {
        let why = format!("params._meta must carry {META_VERSION} and {META_CAPABILITIES}");
        return Err(Refusal::bad(ErrorCode::INVALID_PARAMS, why, id));
    };
    if header_version != Some(said) {
        return mismatch("the MCP-Protocol-Version header and params._meta name different versions".into());
    }
    if !versions(supported).contains(&said) {
        let mut refusal =
            Refusal::bad(ErrorCode::UNSUPPORTED_PROTOCOL_VERSION, "unsupported protocol version", id);
        refusal.data = Some(json!({ "supported": versions(supported), "requested": said }));
        return Err(refusal);
    }
    match text(headers, METHOD) {
        Some(it) if it == method => {}
        Some(_) => return mismatch("the Mcp-Method header names another method than the body".into()),
        None => return mismatch("the Mcp-Method header is missing".into()),
    }
    if matches!(method, "initialize" | "ping") {
        let why = format!("there is no {method} since {}", ProtocolVersion::V_2026_07_28.as_str());
        return Err(Refusal::new(StatusCode::NOT_FOUND, ErrorCode::METHOD_NOT_FOUND, why, id));
    }
    let Some(field) = named_by(method) else { return Ok(()) };
    let name = params.and_then(|it| it.get(field)).and_then(Value::as_str);
    match (text(headers, NAME).map(decoded), name) {
        (Some(header), Some(name)) if header == name => Ok(()),
        (None, _) => mismatch("the Mcp-Name header is missing".into()),
        _ => mismatch(format!("the Mcp-Name header names another {field} than the body")),
    }
}

/// The parameter that `Mcp-Name` repeats.
fn named_by(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        _ => None,
    }
}

/// A name that a header cannot carry as it is comes as `=?base64?…?=`.
fn decoded(text: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let inner = text.strip_prefix("=?base64?").and_then(|it| it.strip_suffix("?="));
    let bytes = inner.and_then(|it| BASE64_STANDARD.decode(it).ok());
    bytes.and_then(|it| String::from_utf8(it).ok()).unwrap_or_else(|| text.to_owned())
}
