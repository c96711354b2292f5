//! The sandbox's own tests: one for each family of endpoints and each fault, in process with paused time, and a few
//! over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "test helpers fail by panicking, and a skipped check reports that it was skipped"
)]

mod api_tokens;
mod bulk_create;
mod control;
mod dataset;
mod faults;
mod http_server;
mod jira;
mod jql;
mod oauth;
mod reference_data;
mod site_rules;
mod spec;
mod support;
mod worklog_reads;
mod worklog_writes;
