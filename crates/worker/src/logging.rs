//! Log lines to the console, which `wrangler tail` and the dashboard show.

use std::io;

use tracing::{Level, Metadata};
use tracing_subscriber::{filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt};
use worker::console_log;

pub(crate) fn start() {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .without_time()
        .with_ansi(false)
        .with_writer(Console)
        .finish()
        .with(filter_fn(is_ours));
    // Set already: the isolate was started before.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// A library's own business is not told at every request.
fn is_ours(line: &Metadata<'_>) -> bool {
    *line.level() < Level::INFO || line.target().starts_with("tempo_mcp")
}

struct Console;

impl<'a> MakeWriter<'a> for Console {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl io::Write for Console {
    /// A subscriber writes each line at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        console_log!("{}", String::from_utf8_lossy(line).trim_end());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
