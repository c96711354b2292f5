//! The tests of the hosted service, in one binary: its router on the simulated vendors, in process, without a socket.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod audiences;
mod browser;
mod budget;
mod legacy_import;
mod hosted;
mod manage;
mod mutations;
mod revoke_previous;
mod replace;
mod setup;
mod sqlite_database;
mod store;
mod web;
