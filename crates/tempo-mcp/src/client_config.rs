//! The MCP clients that this program can be installed in: where each keeps its servers, and in which form.

pub(crate) mod document;
pub(crate) mod entry;
pub(crate) mod places;
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

    /// As people call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "Claude Desktop",
            Self::ClaudeCode => "Claude Code",
            Self::Cursor => "Cursor",
            Self::Vscode => "VS Code",
            Self::Windsurf => "Windsurf",
        }
    }

    /// As the command line calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "claude-desktop",
            Self::ClaudeCode => "claude-code",
            Self::Cursor => "cursor",
            Self::Vscode => "vscode",
            Self::Windsurf => "windsurf",
        }
    }

    /// The object of its configuration that holds the servers by name.
    pub(crate) fn servers(self) -> &'static str {
        if self == Self::Vscode { "servers" } else { "mcpServers" }
    }

    /// Whether it asks for secrets itself and keeps them out of the file: VS Code's `inputs`.
    pub(crate) fn asks_for_secrets(self) -> bool {
        self == Self::Vscode
    }

    /// These two want to be told how a server is reached.
    pub(crate) fn names_the_transport(self) -> bool {
        matches!(self, Self::ClaudeCode | Self::Vscode)
    }

    /// The fields of a server that is reached over HTTP.
    ///
    /// # Errors
    /// The client takes such servers elsewhere: where.
    pub(crate) fn remote(self, url: &str) -> Result<Vec<(&'static str, CstInputValue)>, String> {
        Ok(match self {
            Self::ClaudeDesktop => {
                return Err(
                    "is not where a hosted server goes: paste its address in Settings > Connectors > Add custom \
                     connector"
                        .into(),
                );
            }
            Self::ClaudeCode | Self::Vscode => vec![("type", "http".into()), ("url", url.into())],
            Self::Cursor => vec![("url", url.into())],
            Self::Windsurf => vec![("serverUrl", url.into())],
        })
    }

    /// What a person does next.
    pub(crate) fn next(self) -> &'static str {
        match self {
            Self::ClaudeDesktop => "Quit Claude Desktop and start it again.",
            Self::ClaudeCode => "Start a new Claude Code session; /mcp shows whether it connects.",
            Self::Cursor => "Cursor reads it at once; Settings > MCP shows whether it connects.",
            Self::Vscode => {
                "In VS Code run the command MCP: List Servers and start it; it asks for the tokens once."
            }
            Self::Windsurf => "In Windsurf refresh the list in Settings > Cascade > MCP servers.",
        }
    }
}
