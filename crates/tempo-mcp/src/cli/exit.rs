//! Exit codes other than success. The reason goes to standard error: standard output may be the protocol's.

use std::process::ExitCode;

/// Exit code 1: the command was refused or failed.
pub(crate) fn fail(message: &str) -> ExitCode {
    eprintln!("tempo-mcp: {message}");
    ExitCode::FAILURE
}

/// Exit code 2: invalid usage, or the program is not set up.
pub(crate) fn usage(message: &str) -> ExitCode {
    eprintln!("tempo-mcp: {message}");
    ExitCode::from(2)
}
