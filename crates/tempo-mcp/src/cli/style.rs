//! Bold, colours and line width for a terminal, and plain text everywhere else.

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use anstyle::{AnsiColor, Style as Attributes};

/// What a stream can show.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    colours: bool,
}

impl Style {
    pub(crate) fn of_stdout() -> Self {
        Self::of(&std::io::stdout())
    }

    pub(crate) fn of_stderr() -> Self {
        Self::of(&std::io::stderr())
    }

    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { colours: false }
    }

    /// Colours in a terminal, unless `NO_COLOR`, `CLICOLOR` or `TERM` say otherwise.
    fn of(stream: &impl RawStream) -> Self {
        Self { colours: AutoStream::choice(stream) != ColorChoice::Never }
    }

    pub(crate) fn has_colours(self) -> bool {
        self.colours
    }

    pub(crate) fn strong(self, text: &str) -> String {
        self.paint(text, Attributes::new().bold())
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.paint(text, Attributes::new().dimmed())
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.paint(text, AnsiColor::Green.on_default())
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.paint(text, AnsiColor::Red.on_default())
    }

    pub(crate) fn accent(self, text: &str) -> String {
        self.paint(text, AnsiColor::Cyan.on_default())
    }

    fn paint(self, text: &str, attributes: Attributes) -> String {
        if self.colours { format!("{attributes}{text}{attributes:#}") } else { text.to_owned() }
    }
}

/// Longer lines are hard to read.
const WIDEST: usize = 100;
const NARROWEST: usize = 60;

/// The width for text on standard output, in columns: the terminal's, from 60 to 100; 100 in a pipe.
pub(crate) fn width() -> usize {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    terminal.map_or(WIDEST, |(columns, _)| usize::from(columns.0)).clamp(NARROWEST, WIDEST)
}

/// Breaks `text` between words into lines of at most `width` characters; a word that is longer is broken after a comma.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut res: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut fits_behind = true;
        for piece in pieces(word, width) {
            match res.last_mut() {
                Some(line) if fits_behind && line.chars().count() + 1 + piece.chars().count() <= width => {
                    line.push(' ');
                    line.push_str(piece);
                }
                _ => res.push(piece.to_owned()),
            }
            fits_behind = false;
        }
    }
    res
}

fn pieces(word: &str, width: usize) -> Vec<&str> {
    let mut res = Vec::new();
    let mut rest = word;
    while let Some((end, _)) = rest.char_indices().nth(width) {
        let (head, _) = rest.split_at(end);
        let (head, tail) = rest.split_at(head.rfind(',').map_or(end, |comma| comma + 1));
        res.push(head);
        rest = tail;
    }
    res.push(rest);
    res
}
