//! The tests of the hosted service, in one binary: its router on the simulated vendors, in process, without a socket.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod cookies;
mod endpoint;
mod error_audiences;
mod key_rotation;
mod legacy_import;
mod limits;
mod manage;
mod mutated_messages;
mod replace;
mod request_budget;
mod response_headers;
mod revoke_previous;
mod security_txt;
mod setup;
mod store;
mod support;
mod url_limit;
