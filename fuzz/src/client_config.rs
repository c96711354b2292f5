//! The files of the binary that edit a client's configuration, compiled here a second time: a binary has no library.

#![expect(dead_code, reason = "the binary uses more of these files than the target does")]

#[path = "../../crates/tempo-mcp/src/client_config/document.rs"]
pub(crate) mod document;
#[path = "../../crates/tempo-mcp/src/client_config/entry.rs"]
pub(crate) mod entry;
