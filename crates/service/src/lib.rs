//! The hosted service: tenants in a database, the pages where people set up, and one axum router for every HTTP edge.
//!
//! In scope: whose endpoint a request is for, who may call from where and how often, and what a page or a client
//! receives. Elsewhere: the tools (`tempo-mcp-core`), the protocol (`tempo-mcp-protocol`), and listeners, TLS and
//! database drivers (the edges).
//!
//! Modules are listed in dependency order: a module uses those above it. Only `http::router` also names the pages.
#![warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unreachable)]
#![cfg_attr(not(test), warn(clippy::string_slice))]

pub mod audit;
pub mod options;
pub mod ports;
pub mod store;

mod metrics;
mod refusals;
mod tenants;

pub mod http;
pub mod pages;

pub use tenants::isolate_cache::IsolateCache;
