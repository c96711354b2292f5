//! The tests of core, in one binary: through the real tools and clients to the simulated vendors, in process,
//! without a socket and without waiting.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod arguments;
mod cancel;
mod doctor;
mod faults;
mod hostile_text;
mod identity;
mod layers;
mod lost_responses;
mod pacing;
mod reading;
mod messages;
mod not_responding;
mod sign_in;
mod smoke;
mod spec;
mod text_vs_structured;
mod time_limits;
mod tools;
mod writing;
