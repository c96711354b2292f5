//! The tests of the protocol, in one binary: the listed tools, and the HTTP layer over the real tools, in process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod http;
mod static_tools;
