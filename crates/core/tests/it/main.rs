//! The tests of core, in one binary: through the real tools and clients to the simulated vendors, in process,
//! without a socket and without waiting.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod arguments;
mod audiences;
mod both_forms;
mod browser;
mod budget;
mod cancel;
mod doctor;
mod faults;
mod former;
mod hosted;
mod house;
mod http;
mod identity;
mod layers;
mod ledger;
mod manage;
mod mutations;
mod older;
mod pacing;
mod reading;
mod replace;
mod sentences;
mod setup;
mod sign_in;
mod smoke;
mod spec;
mod sqlite;
mod stand_up;
mod static_tools;
mod store;
mod support;
mod token_story;
mod tools;
mod web;
mod wire;
mod writing;
