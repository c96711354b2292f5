//! Whether what a client is configured to start does start, and speaks the protocol.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempo_mcp_core::config::VARIABLES;
use tokio::sync::oneshot;

use super::entry::{Entry, is_placeholder};

const LONGEST: Duration = Duration::from_secs(10);

/// The version that the started server tells of itself.
///
/// # Errors
/// How far it got.
pub(crate) async fn version(entry: &Entry) -> Result<String, String> {
    let mut child = spawn(entry)?;
    let (sender, receiver) = oneshot::channel();
    let stdout = child.stdout.take();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = stdout.map(|it| BufReader::new(it).read_line(&mut line));
        let _ = sender.send(line);
    });
    // Its end is seen by the reader, as an answer of no length.
    let asked =
        child.stdin.as_mut().map(|it| it.write_all(initialize().as_bytes()).and_then(|()| it.flush()));
    let answer = tokio::time::timeout(LONGEST, receiver).await;
    let _ = child.kill();
    let _ = child.wait();
    let Ok(Ok(line)) = answer else { return Err("starts, but does not answer within 10 seconds".into()) };
    if !matches!(asked, Some(Ok(()))) || line.is_empty() {
        return Err("ends at once instead of answering".into());
    }
    let answer: Value = serde_json::from_str(&line).unwrap_or_default();
    let version = answer["result"]["serverInfo"]["version"].as_str();
    version.map(str::to_owned).ok_or_else(|| "starts, but answers something else than MCP".into())
}

/// With the entry's variables alone: those of this terminal would hide what is missing there.
fn spawn(entry: &Entry) -> Result<Child, String> {
    let mut command = Command::new(entry.command.as_deref().unwrap_or_default());
    for variable in VARIABLES {
        command.env_remove(variable.name);
    }
    let given = entry.env.iter().filter(|(_, value)| !is_placeholder(value));
    command.args(&entry.args).envs(given.map(|(name, value)| (name, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().map_err(|error| format!("cannot be started: {error}"))
}

fn initialize() -> String {
    let client = json!({"name": "tempo-mcp doctor", "version": env!("CARGO_PKG_VERSION")});
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
    format!("{}\n", json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}))
}
