//! Fixtures that the tests of several crates share: a tenant on the simulated vendors, in process and on paused time.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::new_without_default, reason = "a fixture is set up by name")]

pub mod oauth_fixture;
pub mod site;
pub mod token_store_contract;
pub mod wire;
pub mod worklog_snapshot;
