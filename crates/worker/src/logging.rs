//! Log lines to the console, which `wrangler tail` and the dashboard show.

use std::io;

use tracing_subscriber::fmt::MakeWriter;
use worker::console_log;

pub(crate) fn start() {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::INFO)
        .without_time()
        .with_ansi(false)
        .with_writer(Console)
        .finish();
    // Set already: the isolate was started before.
    let _ = tracing::subscriber::set_global_default(subscriber);
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
