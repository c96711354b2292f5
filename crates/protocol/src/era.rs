//! The two eras of the protocol, and what only the modern one carries.

use rmcp::{
    RoleServer,
    model::{Implementation, MetaObject, ProtocolVersion},
    service::RequestContext,
};

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// Since 2026-07-28 every request carries its version and capabilities; before that, a session negotiated them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    Legacy,
    Modern,
}

/// Versions are dates, so they compare as text.
pub(crate) fn is_modern_version(version: &str) -> bool {
    version >= ProtocolVersion::V_2026_07_28.as_str()
}

pub(crate) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|it| is_modern_version(it.as_str()))
}

pub(crate) fn server_info() -> Implementation {
    Implementation::new("tempo-mcp", env!("CARGO_PKG_VERSION")).with_title("Tempo Timesheets")
}

/// Puts the server's name and version into a modern result, which has to carry them.
pub(crate) fn add_server_info(meta: &mut Option<MetaObject>, is_modern: bool) {
    if is_modern && let Ok(info) = serde_json::to_value(server_info()) {
        meta.get_or_insert_default().0.insert(SERVER_INFO.into(), info);
    }
}
