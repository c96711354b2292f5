//! Log lines on standard error: standard output is the protocol.

use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{cli::LogFormat, style::Style};

/// Level by `TEMPO_MCP_LOG`, else `usual`. Libraries log at `warn` at most, whatever is asked for: below that some of them log
/// whole messages, and with them descriptions and credentials.
pub(crate) fn start(format: LogFormat, usual: LevelFilter) {
    let level = std::env::var("TEMPO_MCP_LOG").unwrap_or_default();
    let level: LevelFilter = match level.trim() {
        "" => usual,
        text => text.parse().unwrap_or_else(|_| {
            eprintln!(
                "tempo-mcp: TEMPO_MCP_LOG must be error, warn, info, debug, trace or off; using {usual}"
            );
            usual
        }),
    };
    let others = level.min(LevelFilter::WARN);
    let targets = Targets::new()
        .with_default(others)
        // A call of a tool that does not exist is the client's affair, and it is told.
        .with_target("rmcp", others.min(LevelFilter::ERROR))
        .with_target("tempo_mcp", level)
        .with_target("tempo_mcp_core", level);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(Style::of_stderr().has_colours()).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(targets)).init();
}
