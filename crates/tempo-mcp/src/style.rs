//! Bold, colour and line width where a person reads, plain text everywhere else.

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

    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { colours: false }
    }

    pub(crate) fn of_stderr() -> Self {
        Self::of(std::io::stderr().is_terminal())
    }

    /// `NO_COLOR` (no-color.org): set and not empty means plain.
    fn of(is_terminal: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        Self { colours: is_terminal && !unwanted }
    }

    pub(crate) fn has_colours(self) -> bool {
        self.colours
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

/// Longer lines tire the eye.
const WIDEST: usize = 100;
const NARROWEST: usize = 60;

/// How wide text on standard output is: as the terminal, within reason.
pub(crate) fn width() -> usize {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    terminal.map_or(WIDEST, |(columns, _)| usize::from(columns.0)).clamp(NARROWEST, WIDEST)
}

/// Lines of at most `width` characters, broken between words; a longer word is broken behind a comma.
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
