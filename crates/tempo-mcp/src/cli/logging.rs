//! Log lines on standard error: standard output belongs to the protocol.

use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::{arguments::LogFormat, style::Style};

/// Starts the log at the level of `TEMPO_MCP_LOG`, or at `default` where it is not set. Libraries log at `warn` at most:
/// below that some of them log whole messages, and with them descriptions and credentials.
pub(crate) fn start(format: LogFormat, default: LevelFilter) {
    let level = std::env::var("TEMPO_MCP_LOG").unwrap_or_default();
    let level: LevelFilter = match level.trim() {
        "" => default,
        text => text.parse().unwrap_or_else(|_| {
            eprintln!(
                "tempo-mcp: TEMPO_MCP_LOG must be error, warn, info, debug, trace or off; using {default}"
            );
            default
        }),
    };
    let others = level.min(LevelFilter::WARN);
    let targets = Targets::new()
        .with_default(others)
        // rmcp warns about calls of unknown tools, which the client already gets as an error.
        .with_target("rmcp", others.min(LevelFilter::ERROR))
        // A prefix: it includes tempo_mcp_core, tempo_mcp_protocol and tempo_mcp_service.
        .with_target("tempo_mcp", level);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(Style::of_stderr().has_colours()).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(targets)).init();
}
