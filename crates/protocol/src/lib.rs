//! The Model Context Protocol (MCP) in both of its eras, over any transport.
//!
//! In scope: how tools are listed and called, what a client is asked during a call, and MCP over HTTP. Elsewhere: what a
//! tool does (`tempo-mcp-core`), and whose server handles a request (`tempo-mcp-service`). With the binary's stdio
//! transport and the conformance example, this crate is the only place that names rmcp or JSON-RPC.
#![warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unreachable)]
#![cfg_attr(not(test), warn(clippy::string_slice))]

mod era;
mod progress;
mod sign_in_prompt;
pub mod tool_list;
pub mod http;
pub mod server;
