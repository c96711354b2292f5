//! The fuzz targets: functions that take any bytes and panic where an invariant does not hold.
//!
//! Two programs run them: cargo-fuzz (`scripts/fuzz`, nightly Rust, guided by coverage), and `tests/it`
//! (stable Rust, mutations of the seed corpus in `fuzz/corpus`), which is part of `cargo test`.

mod client_config;
mod config_edits;
mod durations_and_dates;
mod error_bodies;
mod mcp_messages;
mod site;

pub use config_edits::config_edits;
pub use durations_and_dates::durations_and_dates;
pub use error_bodies::error_bodies;
pub use mcp_messages::mcp_messages;
