//! The built program: its streams, exit codes and sentences, alone and against the simulated site in another process.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod call;
mod command_line;
#[cfg(target_os = "linux")]
mod conversation;
mod demo;
mod docs;
#[cfg(unix)]
mod docs_commands;
mod docs_consistency;
mod docs_generated;
mod docs_links;
mod doctor;
mod home;
mod malformed_http;
mod install;
mod installed;
mod lost_responses;
mod network;
mod not_set_up;
mod program;
mod serve;
mod service;
mod session;
mod sign_in;
mod site;
mod stdio;
mod storage;
mod encryption_at_rest;
mod observability;
