//! Everything of `tempo-mcp` that thinks: values, configuration, the two vendors, the tools and the protocol.
//!
//! In scope: every rule of the product. Out of scope: sockets, files, the clock and the environment; those
//! come in through [`ports`]. The modules stand in dependency order: each may use those above it, none below.
#![warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unreachable)]
#![cfg_attr(not(test), warn(clippy::string_slice))]

pub mod domain;
pub mod config;
pub mod ports;
pub mod upstream;
pub mod tempo;
pub mod jira;
pub mod oauth;
pub mod store;
pub mod tokens;
pub mod tools;
pub mod mcp;
pub mod web;
