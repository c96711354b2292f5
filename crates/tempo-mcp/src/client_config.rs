//! The MCP clients in which this program can be installed: where each stores its servers, and in which form.

pub(crate) mod document;
pub(crate) mod entry;
pub(crate) mod file;
pub(crate) mod locations;
pub(crate) mod start;

use clap::ValueEnum;
use jsonc_parser::cst::CstInputValue;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    ClaudeDesktop,
    ClaudeCode,
    Cursor,
    Vscode,
    Windsurf,
}

impl Client {
    pub(crate) const ALL: [Self; 5] =
        [Self::ClaudeDesktop, Self::ClaudeCode, Self::Cursor, Self::Vscode, Self::Windsurf];

    /// The name that people know.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "Claude Desktop",
            Self::ClaudeCode => "Claude Code",
            Self::Cursor => "Cursor",
            Self::Vscode => "VS Code",
            Self::Windsurf => "Windsurf",
        }
    }

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "claude-desktop",
            Self::ClaudeCode => "claude-code",
            Self::Cursor => "cursor",
            Self::Vscode => "vscode",
            Self::Windsurf => "windsurf",
        }
    }

    /// The object in its configuration that holds the servers by name.
    pub(crate) fn servers(self) -> &'static str {
        if self == Self::Vscode { "servers" } else { "mcpServers" }
    }

    /// Whether it asks for secrets itself and stores them outside the file, as VS Code does with `inputs`.
    pub(crate) fn asks_for_secrets(self) -> bool {
        self == Self::Vscode
    }

    /// Whether an entry has to say how the server is reached.
    pub(crate) fn names_the_transport(self) -> bool {
        matches!(self, Self::ClaudeCode | Self::Vscode)
    }

    /// The fields of a server that is reached over HTTP.
    ///
    /// # Errors
    /// The client does not take such servers from its file; says where it takes them.
    pub(crate) fn remote(self, url: &str) -> Result<Vec<(&'static str, CstInputValue)>, String> {
        Ok(match self {
            Self::ClaudeDesktop => {
                return Err(
                    "is unchanged: Claude Desktop does not read hosted servers from this file. Paste the personal URL in Settings > \
                     Connectors > Add custom connector"
                        .into(),
                );
            }
            Self::ClaudeCode | Self::Vscode => vec![("type", "http".into()), ("url", url.into())],
            Self::Cursor => vec![("url", url.into())],
            Self::Windsurf => vec![("serverUrl", url.into())],
        })
    }

    /// What to do once the entry is written.
    pub(crate) fn next(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "Quit Claude Desktop and start it again.",
            Self::ClaudeCode => "Start a new Claude Code session; /mcp shows whether it connects.",
            Self::Cursor => "Cursor reloads it by itself; Settings > MCP shows whether it connects.",
            Self::Vscode => {
                "In VS Code, run the command MCP: List Servers and start the server; VS Code asks for the tokens once."
            }
            Self::Windsurf => "In Windsurf, refresh the list in Settings > Cascade > MCP servers.",
        }
    }
}
