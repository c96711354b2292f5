//! Starts the command that a client is configured to start, and asks it for its version over MCP.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempo_mcp_core::config::VARIABLES;
use tokio::sync::oneshot;

use super::entry::{Entry, is_placeholder};

const DEADLINE: Duration = Duration::from_secs(10);

/// The version that the started server reports.
///
/// # Errors
/// The command does not start or does not speak MCP; says how far it got.
pub(crate) async fn version(entry: &Entry) -> Result<String, String> {
    let mut child = spawn(entry)?;
    let (sender, receiver) = oneshot::channel();
    let stdout = child.stdout.take();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = stdout.map(|it| BufReader::new(it).read_line(&mut line));
        let _ = sender.send(line);
    });
    // If the process ends, the reader gets an empty line.
    let written =
        child.stdin.as_mut().map(|it| it.write_all(initialize().as_bytes()).and_then(|()| it.flush()));
    let response = tokio::time::timeout(DEADLINE, receiver).await;
    let _ = child.kill();
    let _ = child.wait();
    let Ok(Ok(line)) = response else { return Err("starts, but does not respond within 10 seconds".into()) };
    if !matches!(written, Some(Ok(()))) || line.is_empty() {
        return Err("exits at once instead of responding".into());
    }
    let response: Value = serde_json::from_str(&line).unwrap_or_default();
    let version = response["result"]["serverInfo"]["version"].as_str();
    version.map(str::to_owned).ok_or_else(|| "starts, but does not speak MCP".into())
}

/// Starts the command with the variables of the entry alone: those of this terminal would hide what is missing there.
fn spawn(entry: &Entry) -> Result<Child, String> {
    let mut command = Command::new(entry.command.as_deref().unwrap_or_default());
    for variable in VARIABLES {
        command.env_remove(variable.name);
    }
    let variables = entry.env.iter().filter(|(_, value)| !is_placeholder(value));
    command.args(&entry.args).envs(variables.map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().map_err(|error| format!("cannot be started: {error}"))
}

fn initialize() -> String {
    let client = json!({"name": "tempo-mcp doctor", "version": env!("CARGO_PKG_VERSION")});
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
    format!("{}\n", json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}))
}
