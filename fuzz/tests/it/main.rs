//! Runs the fuzz targets without a fuzzer: first the seeds in `fuzz/corpus`, then mutations of them.
//!
//! `TEMPO_MCP_FUZZ_SECONDS` is how long each target runs (otherwise a fixed number of inputs). `TEMPO_MCP_FUZZ_SEED`
//! is where the mutations begin: the same seed gives the same inputs, and without one it is 1. A failing input is made
//! smaller and printed as a byte string.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod mutation;
mod run;

// `./check fuzz` chooses these tests by the name of the module.
mod fuzz {
    use tempo_mcp_fuzz::{config_edits, durations_and_dates, error_bodies, mcp_messages};

    use crate::run::target;

    #[test]
    fn durations_and_dates_are_bounded_and_read_back() {
        target("durations_and_dates", durations_and_dates, 20_000);
    }

    #[test]
    fn vendor_error_bodies_become_short_safe_messages() {
        target("error_bodies", error_bodies, 300);
    }

    #[test]
    fn every_mcp_message_gets_one_matching_answer() {
        target("mcp_messages", mcp_messages, 300);
    }

    #[test]
    fn config_edits_leave_everything_else_untouched() {
        target("config_edits", config_edits, 2_000);
    }
}
