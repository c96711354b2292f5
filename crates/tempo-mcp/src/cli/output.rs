//! What a command prints on standard output.

use std::{io::Write, process::ExitCode};

use super::exit::fail;

/// Writes `text` as it is. `println!` would panic where standard output is closed or its disk is full.
///
/// # Errors
/// Standard output cannot be written to; says so for a person.
pub(crate) fn write(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| format!("standard output is closed: {error}"))
}

/// Writes `text` and ends with exit code 0, or with 1 where it cannot be written.
pub(crate) fn print(text: &str) -> ExitCode {
    match write(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(&reason),
    }
}

/// The exit code of a command that either prints a text or fails with a reason.
pub(crate) fn finish(outcome: Result<String, String>) -> ExitCode {
    match outcome {
        Ok(text) => print(&text),
        Err(reason) => fail(&reason),
    }
}
