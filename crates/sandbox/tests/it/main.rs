//! The sandbox's own tests: one per endpoint family and per fault, in process with paused time, and a few over
//! a socket.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail by panicking, and a check that is skipped says so"
)]

mod access;
mod bulk;
mod control;
mod data;
mod faults;
mod jira;
mod jql;
mod login;
mod reading;
mod rules;
mod site;
mod socket;
mod spec;
mod surroundings;
mod writing;
