//! How to add a personal URL to each client: commands and links with the URL filled in.
//!
//! The links contain the secret, like every client's own configuration. They do not lead to a server: a click hands the
//! URL to a program on the user's machine.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use url::form_urlencoded::byte_serialize;

pub(super) struct ClientInstructions {
    pub(super) claude_code: String,
    /// <https://cursor.com/docs/mcp/install-links>
    pub(super) cursor: String,
    /// <https://code.visualstudio.com/docs/copilot/guides/mcp-developer-guide>
    pub(super) vscode: String,
    pub(super) vscode_command: String,
    pub(super) json: String,
}

impl ClientInstructions {
    pub(super) fn of(url: &str) -> Self {
        let config = BASE64_STANDARD.encode(json!({ "url": url }).to_string());
        let server = json!({ "name": "tempo", "type": "http", "url": url }).to_string();
        let servers = json!({ "mcpServers": { "tempo": { "type": "http", "url": url } } });
        Self {
            claude_code: format!("claude mcp add --transport http tempo {url}"),
            cursor: format!(
                "cursor://anysphere.cursor-deeplink/mcp/install?name=tempo&config={}",
                percent_encoded(&config)
            ),
            vscode: format!("vscode:mcp/install?{}", percent_encoded(&server)),
            vscode_command: format!("code --add-mcp '{server}'"),
            json: serde_json::to_string_pretty(&servers).unwrap_or_default(),
        }
    }
}

/// `byte_serialize` turns a space into a plus; the texts here contain none.
fn percent_encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn url_is_filled_in_for_every_client() {
        let ClientInstructions { claude_code, cursor, vscode, vscode_command, json } =
            ClientInstructions::of("https://tempo.example.com/mcp/u_abc-_1");
        expect![[r#"
            claude mcp add --transport http tempo https://tempo.example.com/mcp/u_abc-_1
            cursor://anysphere.cursor-deeplink/mcp/install?name=tempo&config=eyJ1cmwiOiJodHRwczovL3RlbXBvLmV4YW1wbGUuY29tL21jcC91X2FiYy1fMSJ9
            vscode:mcp/install?%7B%22name%22%3A%22tempo%22%2C%22type%22%3A%22http%22%2C%22url%22%3A%22https%3A%2F%2Ftempo.example.com%2Fmcp%2Fu_abc-_1%22%7D
            code --add-mcp '{"name":"tempo","type":"http","url":"https://tempo.example.com/mcp/u_abc-_1"}'
            {
              "mcpServers": {
                "tempo": {
                  "type": "http",
                  "url": "https://tempo.example.com/mcp/u_abc-_1"
                }
              }
            }"#]].assert_eq(&[claude_code, cursor, vscode, vscode_command, json].join("\n"));
    }
}
