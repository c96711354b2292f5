//! Questions to a person at a terminal. A script is asked nothing.

use std::io::{BufRead, IsTerminal, Write};

pub(super) trait Ask {
    /// Whether there is a person who answers.
    fn is_interactive(&self) -> bool;

    /// Asks for one line.
    ///
    /// # Errors
    /// The input ended.
    fn line(&mut self, question: &str) -> Result<String, String>;

    /// As [`Self::line`], without showing what is typed.
    ///
    /// # Errors
    /// The input ended.
    fn hidden(&mut self, question: &str) -> Result<String, String>;

    /// Asks a question that an empty line answers with the default.
    ///
    /// # Errors
    /// The input ended.
    fn yes(&mut self, question: &str, default: DefaultAnswer) -> Result<bool, String> {
        let choice = if default == DefaultAnswer::Yes { "[Y/n]" } else { "[y/N]" };
        let answer = self.line(&format!("{question} {choice} "))?.to_ascii_lowercase();
        Ok(match answer.as_str() {
            "" => default == DefaultAnswer::Yes,
            other => matches!(other, "y" | "yes"),
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DefaultAnswer {
    Yes,
    No,
}

/// A person at a terminal.
struct Interactive;

/// A script, or a person who only wants to see the change: every question gets its default answer.
struct NonInteractive;

/// # Errors
/// There is neither a terminal nor an option that answers for a person.
pub(super) fn asker(is_answered_already: bool) -> Result<Box<dyn Ask>, String> {
    if is_answered_already {
        return Ok(Box::new(NonInteractive));
    }
    if std::io::stdin().is_terminal() {
        return Ok(Box::new(Interactive));
    }
    Err("standard input is not a terminal, so you cannot be asked: use --yes or --print".into())
}

const ENDED: &str = "the input ended; nothing was changed";

impl Ask for Interactive {
    fn is_interactive(&self) -> bool {
        true
    }

    fn line(&mut self, question: &str) -> Result<String, String> {
        eprint!("{question}");
        let _ = std::io::stderr().flush();
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer).map_err(|_| ENDED)?;
        if read == 0 { Err(ENDED.into()) } else { Ok(answer.trim().to_owned()) }
    }

    fn hidden(&mut self, question: &str) -> Result<String, String> {
        let answer = rpassword::prompt_password(question).map_err(|_| ENDED)?;
        Ok(answer.trim().to_owned())
    }
}

impl Ask for NonInteractive {
    fn is_interactive(&self) -> bool {
        false
    }

    fn line(&mut self, _: &str) -> Result<String, String> {
        Err(ENDED.into())
    }

    fn hidden(&mut self, question: &str) -> Result<String, String> {
        self.line(question)
    }

    fn yes(&mut self, _: &str, default: DefaultAnswer) -> Result<bool, String> {
        Ok(default == DefaultAnswer::Yes)
    }
}
