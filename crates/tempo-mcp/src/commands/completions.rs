//! `tempo-mcp completions`: a completion script for a shell.

use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::{arguments::Cli, output};

pub(crate) fn run(shell: Shell) -> ExitCode {
    // Into memory first: clap panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tempo-mcp", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
