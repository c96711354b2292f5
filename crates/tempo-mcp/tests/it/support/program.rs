//! Starts the program with an environment for one test.

use std::process::{Command, Stdio};

use tempo_mcp_core::config::VARIABLES;

const OTHERS: [&str; 13] = [
    "BROWSER",
    "TEMPO_MCP_LOG",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
];

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program with none of its variables set.
pub(crate) fn program() -> Command {
    let mut res = Command::new(env!("CARGO_BIN_EXE_tempo-mcp"));
    for name in VARIABLES.iter().map(|it| it.name).chain(OTHERS) {
        res.env_remove(name);
    }
    // Without a reader, a full pipe would block the program.
    res.env("TEMPO_MCP_LOG", "warn");
    res.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    res
}

pub(crate) fn run(arguments: &[&str]) -> Run {
    finish(program().args(arguments))
}

pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
