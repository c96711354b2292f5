//! Bold and colour where a person reads, plain text everywhere else.

use std::io::IsTerminal;

/// How much a stream can show.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    colours: bool,
}

impl Style {
    pub(crate) fn of_stdout() -> Self {
        Self::of(std::io::stdout().is_terminal())
    }

    pub(crate) fn of_stderr() -> Self {
        Self::of(std::io::stderr().is_terminal())
    }

    /// `NO_COLOR` (no-color.org): set and not empty means plain.
    fn of(is_terminal: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        Self { colours: is_terminal && !unwanted }
    }

    pub(crate) fn strong(self, text: &str) -> String {
        self.paint(text, "1")
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.paint(text, "2")
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.paint(text, "32")
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.paint(text, "31")
    }

    pub(crate) fn accent(self, text: &str) -> String {
        self.paint(text, "36")
    }

    fn paint(self, text: &str, code: &str) -> String {
        if self.colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
