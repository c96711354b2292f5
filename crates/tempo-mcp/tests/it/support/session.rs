//! The server as an MCP client starts it: JSON-RPC lines over real pipes.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread::JoinHandle,
};

use serde_json::{Value, json};

use crate::program::{Run, program};

pub(crate) struct Session {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    stderr: Option<JoinHandle<String>>,
    pub(crate) newline: &'static str,
    last_id: u64,
}

/// A failing test leaves no process behind.
impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

impl Session {
    /// On the simulation inside the process.
    pub(crate) fn simulated() -> Self {
        Self::start(program().args(["--sandbox", "stdio"]))
    }

    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        // A full pipe would block a server that logs much.
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        Self {
            stdin: child.stdin.take(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            stderr: Some(stderr),
            newline: "\n",
            last_id: 0,
            child,
        }
    }

    /// How many threads the server has now.
    #[cfg(target_os = "linux")]
    pub(crate) fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().count()
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_line(&message.to_string());
    }

    pub(crate) fn send_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(format!("{line}{}", self.newline).as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Sends a request without waiting for its response, and returns its id.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.last_id += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params}));
        self.last_id
    }

    /// The whole response, result or error. Other messages on the way are skipped.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        loop {
            let message = self.receive().expect("the server closed its output");
            if message["id"] == id {
                return message;
            }
        }
    }

    /// One line of standard output, which must be the protocol.
    pub(crate) fn receive(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = self.stdout.read_line(&mut line).unwrap();
        (read > 0).then(|| protocol(&line))
    }

    pub(crate) fn initialize(&mut self) -> Value {
        let client = json!({"name": "a test", "version": "0"});
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        let answer = self.request("initialize", params);
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        answer["result"].clone()
    }

    /// The result of a tool call; a protocol error ends the test.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.request("tools/call", json!({"name": tool, "arguments": arguments}));
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    /// Ends the input and waits for the process; `out` is the output not read so far.
    pub(crate) fn end(mut self) -> Run {
        self.stdin = None;
        self.finish()
    }

    #[cfg(unix)]
    pub(crate) fn end_by(mut self, signal: &str) -> Run {
        let kill = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        self.finish()
    }

    fn finish(&mut self) -> Run {
        let mut out = String::new();
        self.stdout.read_to_string(&mut out).unwrap();
        out.lines().for_each(|line| drop(protocol(line)));
        let code = self.child.wait().unwrap().code();
        let err = self.stderr.take().unwrap().join().unwrap();
        Run { code, out, err }
    }
}

fn protocol(line: &str) -> Value {
    let message: Value = serde_json::from_str(line)
        .unwrap_or_else(|error| panic!("standard output carries more than the protocol: {error}: {line:?}"));
    assert_eq!(message["jsonrpc"], "2.0", "{line}");
    message
}
