//! The built program: its streams, exit codes and messages, alone and against a simulated site in another process.
#![expect(clippy::unwrap_used, reason = "test helpers fail by panicking")]

mod audit;
mod call;
mod command_line;
#[cfg(target_os = "linux")]
mod conversation;
#[cfg(target_os = "linux")]
mod core_dump;
mod demo;
mod docs;
#[cfg(unix)]
mod docs_commands;
mod docs_consistency;
mod docs_generated;
mod docs_links;
mod doctor;
mod encryption_at_rest;
mod install;
mod installed;
mod key_file;
#[cfg(unix)]
mod key_rotation;
mod lost_responses;
mod malformed_http;
mod network;
mod not_set_up;
mod observability;
mod readiness;
mod serve;
mod sign_in;
#[cfg(target_os = "linux")]
mod soak;
mod stdio;
mod storage;
mod support;

use support::{home, program, service, session, site};
