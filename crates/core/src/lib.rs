//! What a timesheet is, and how Tempo and Jira are asked: values, configuration, the vendors' clients and the tools.
//!
//! In scope: every rule of the product that does not depend on how it is reached. Out of scope: the protocol
//! (`tempo-mcp-protocol`), the hosted service (`tempo-mcp-service`), and sockets, files, the clock and the environment,
//! which come in through [`ports`]. The modules are listed in dependency order: each may use those above it, none below.
#![warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unreachable)]
#![cfg_attr(not(test), warn(clippy::string_slice))]

pub mod domain;
pub mod ttl_cache;
pub mod config;
pub mod ports;
pub mod seal;
pub mod upstream;
pub mod tempo;
pub mod jira;
pub mod oauth;
pub mod tokens;
pub mod tools;
