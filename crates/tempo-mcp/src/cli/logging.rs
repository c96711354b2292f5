//! Log lines on standard error: standard output belongs to the protocol.

use std::fmt;

use tempo_mcp_service::audit;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
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
        .with_target("tempo_mcp", level)
        .with_target(audit::TARGET, LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(Style::of_stderr().has_colours()).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let events = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).event_format(MessageAlone);
    let events = events.with_filter(Targets::new().with_target(audit::TARGET, level));
    tracing_subscriber::registry().with(lines.with_filter(targets)).with(events).init();
}

/// The format of security events: their message is a JSON object, in every format of the log.
struct MessageAlone;

impl<S, N> FormatEvent<S, N> for MessageAlone
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        event.record(&mut Message(writer.by_ref()));
        writeln!(writer)
    }
}

struct Message<'a>(Writer<'a>);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}
