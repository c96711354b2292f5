//! `tempo-mcp sandbox` in a process of its own, and its control address.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command},
};

use serde_json::{Value, json};

use crate::program::{Run, finish, program};

/// A Wednesday.
pub(crate) const TODAY: &str = "2026-03-18";

pub(crate) struct Site {
    child: Child,
    /// The variables that it printed.
    pub(crate) environment: Vec<(String, String)>,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Site {
    pub(crate) fn start() -> Self {
        Self::run(&["--today", TODAY])
    }

    /// On the real clock, which the program compares with the vendors'.
    pub(crate) fn start_now() -> Self {
        Self::run(&[])
    }

    fn run(more: &[&str]) -> Self {
        let mut child = program().args(["sandbox", "--listen", "127.0.0.1:0"]).args(more).spawn().unwrap();
        let mut environment = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let pair = line.trim_start_matches("export ").trim_start_matches("set ");
            let (name, value) = pair.split_once('=').unwrap();
            environment.push((name.to_owned(), value.to_owned()));
            // The last one that is printed.
            if name == "TEMPO_MCP_PACING" {
                break;
            }
        }
        Self { child, environment }
    }

    /// The printed value of a variable.
    pub(crate) fn value(&self, name: &str) -> &str {
        let found = self.environment.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap()
    }

    /// The program with the variables that the sandbox printed.
    pub(crate) fn program(&self) -> Command {
        let mut res = program();
        res.envs(self.environment.iter().map(|(name, value)| (name, value)));
        res
    }

    pub(crate) fn call(&self, arguments: &[&str]) -> Run {
        finish(self.program().arg("call").args(arguments))
    }

    /// Its address.
    pub(crate) fn base(&self) -> String {
        let (_, base) = self.environment.iter().find(|(name, _)| name == "TEMPO_BASE_URL").unwrap();
        base.clone()
    }

    pub(crate) fn faults(&self, faults: Value) {
        self.control("POST", "faults", &faults);
    }

    /// Whether every fault with a limited number of times has begun for the last time.
    #[cfg(unix)]
    pub(crate) fn faults_are_played(&self) -> bool {
        let left = self.control("GET", "faults", &json!(null));
        left.as_array().unwrap().iter().all(|it| it["times"] == 0)
    }

    pub(crate) fn settings(&self, changes: Value) {
        self.control("POST", "settings", &changes);
    }

    /// Method and path of every request since the start.
    pub(crate) fn requests(&self) -> Vec<String> {
        let entries = self.control("GET", "requests", &json!(null));
        let shown =
            |it: &Value| format!("{} {}", it["method"].as_str().unwrap(), it["path"].as_str().unwrap());
        entries.as_array().unwrap().iter().map(shown).collect()
    }

    pub(crate) fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let host = self.value("TEMPO_BASE_URL").strip_prefix("http://").unwrap();
        let body = body.to_string();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "{method} /__sandbox/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }
}
