//! A minimal MCP client: JSON-RPC lines over a stream, one request at a time.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

pub(super) struct DemoClient {
    stream: BufReader<DuplexStream>,
    last_id: u64,
}

/// The result of `tools/call`, as text and as structured content.
pub(super) struct CallResult {
    pub(super) text: String,
    pub(super) structured: Value,
    pub(super) is_error: bool,
}

impl DemoClient {
    pub(super) fn new(stream: DuplexStream) -> Self {
        Self { stream: BufReader::new(stream), last_id: 0 }
    }

    /// Opens the session, and returns the name and version of the server.
    pub(super) async fn initialize(&mut self) -> Result<String, String> {
        let client = json!({"name": "tempo-mcp demo", "version": env!("CARGO_PKG_VERSION")});
        let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
        let result = self.request("initialize", params).await?;
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await?;
        let server = &result["serverInfo"];
        Ok(format!(
            "{} {}",
            server["name"].as_str().unwrap_or_default(),
            server["version"].as_str().unwrap_or_default()
        ))
    }

    pub(super) async fn tool_names(&mut self) -> Result<Vec<String>, String> {
        let result = self.request("tools/list", json!({})).await?;
        let tools = result["tools"].as_array().ok_or("tools/list has no tools")?;
        Ok(tools.iter().filter_map(|it| it["name"].as_str()).map(str::to_owned).collect())
    }

    pub(super) async fn call(&mut self, tool: &str, arguments: &Value) -> Result<CallResult, String> {
        let mut result = self.request("tools/call", json!({"name": tool, "arguments": arguments})).await?;
        let text = result["content"][0]["text"]
            .as_str()
            .ok_or_else(|| format!("the result of {tool} has no text"))?;
        Ok(CallResult {
            text: text.to_owned(),
            is_error: result["isError"] == true,
            structured: result["structuredContent"].take(),
        })
    }

    async fn request(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.last_id += 1;
        let request = json!({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params});
        self.send(&request).await?;
        loop {
            let mut line = String::new();
            let read = self.stream.read_line(&mut line).await.map_err(|error| error.to_string())?;
            if read == 0 {
                return Err(format!("the server closed the connection during {method}"));
            }
            let mut response: Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
            if response["id"] != self.last_id {
                continue;
            }
            return match response.get("error") {
                Some(error) => Err(format!("{method} failed: {error}")),
                None => Ok(response["result"].take()),
            };
        }
    }

    async fn send(&mut self, message: &Value) -> Result<(), String> {
        let line = format!("{message}\n");
        self.stream.write_all(line.as_bytes()).await.map_err(|error| error.to_string())
    }
}
