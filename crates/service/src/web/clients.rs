//! How each client takes a personal URL: commands and links with that URL filled in.
//!
//! The links carry the secret, as every client's own configuration does. They are no addresses of ours: whoever clicks
//! one hands the URL to a program on their own machine, and no server sees it.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use url::form_urlencoded::byte_serialize;

/// What the page offers beside the bare URL.
pub(super) struct Clients {
    pub(super) claude_code: String,
    /// <https://cursor.com/docs/mcp/install-links>
    pub(super) cursor: String,
    /// <https://code.visualstudio.com/docs/copilot/guides/mcp-developer-guide>
    pub(super) vscode: String,
    pub(super) vscode_command: String,
    pub(super) json: String,
}

impl Clients {
    pub(super) fn of(url: &str) -> Self {
        let config = BASE64_STANDARD.encode(json!({ "url": url }).to_string());
        let server = json!({ "name": "tempo", "type": "http", "url": url }).to_string();
        let list = json!({ "mcpServers": { "tempo": { "type": "http", "url": url } } });
        Self {
            claude_code: format!("claude mcp add --transport http tempo {url}"),
            cursor: format!(
                "cursor://anysphere.cursor-deeplink/mcp/install?name=tempo&config={}",
                encoded(&config)
            ),
            vscode: format!("vscode:mcp/install?{}", encoded(&server)),
            vscode_command: format!("code --add-mcp '{server}'"),
            json: serde_json::to_string_pretty(&list).unwrap_or_default(),
        }
    }
}

/// Percent-encoded; there is no blank in it that would become a plus.
fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_url_is_filled_in_for_every_client() {
        let Clients { claude_code, cursor, vscode, vscode_command, json } =
            Clients::of("https://tempo.example.com/mcp/u_abc-_1");
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
