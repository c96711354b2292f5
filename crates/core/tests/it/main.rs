//! The tests of core, in one binary: through the real tools and clients to the simulated vendors, in process,
//! without a socket and without waiting.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod layers;
mod smoke;
mod support;
