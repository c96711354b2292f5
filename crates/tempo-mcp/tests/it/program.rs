//! Starting the program with an environment of the test's own.

use std::process::{Command, Stdio};

use tempo_mcp_core::config::VARIABLES;

const OTHERS: [&str; 11] = [
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
];

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program with nothing set that it reads.
pub(crate) fn program() -> Command {
    let mut res = Command::new(env!("CARGO_BIN_EXE_tempo-mcp"));
    for name in VARIABLES.iter().map(|it| it.name).chain(OTHERS) {
        res.env_remove(name);
    }
    // Nobody reads what it says: a full pipe would stop it.
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
