//! The hosted service: tenants in a database, the pages on which people set up, and one axum router for every HTTP edge.
//!
//! In scope: whose endpoint it is, who may ask from where and how often, what a page or a client is answered. Elsewhere:
//! the tools (`tempo-mcp-core`), the protocol (`tempo-mcp-protocol`), listeners, TLS and database drivers (the edges).
#![warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unreachable)]
#![cfg_attr(not(test), warn(clippy::string_slice))]

pub mod ports;
pub mod store;
pub mod web;
