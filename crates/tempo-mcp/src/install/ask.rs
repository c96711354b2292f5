//! What a person is asked at a terminal; a script is asked nothing.

use std::io::{BufRead, IsTerminal, Write};

/// Somebody who answers, or nobody.
pub(crate) trait Ask {
    fn is_somebody(&self) -> bool;

    /// # Errors
    /// The input ended.
    fn line(&mut self, question: &str) -> Result<String, String>;

    /// As [`Self::line`], with nothing of the answer on the screen.
    fn hidden(&mut self, question: &str) -> Result<String, String>;

    /// A bare return is the default.
    fn yes(&mut self, question: &str, default: Default) -> Result<bool, String> {
        let choice = if default == Default::Yes { "[Y/n]" } else { "[y/N]" };
        let answer = self.line(&format!("{question} {choice} "))?.to_ascii_lowercase();
        Ok(match answer.as_str() {
            "" => default == Default::Yes,
            other => matches!(other, "y" | "yes"),
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Default {
    Yes,
    No,
}

pub(crate) struct Terminal;

/// A script, or a person who only wants to see.
pub(crate) struct Nobody;

/// # Errors
/// Neither a terminal nor `--yes`: nobody could agree.
pub(crate) fn somebody(yes: bool) -> Result<Box<dyn Ask>, String> {
    match (yes, std::io::stdin().is_terminal()) {
        (true, _) => Ok(Box::new(Nobody)),
        (false, true) => Ok(Box::new(Terminal)),
        (false, false) => {
            Err("standard input is no terminal, so nobody can be asked: use --yes or --print".into())
        }
    }
}

const ENDED: &str = "the input ended; nothing was changed";

impl Ask for Terminal {
    fn is_somebody(&self) -> bool {
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

impl Ask for Nobody {
    fn is_somebody(&self) -> bool {
        false
    }

    fn line(&mut self, _: &str) -> Result<String, String> {
        Err(ENDED.into())
    }

    fn hidden(&mut self, question: &str) -> Result<String, String> {
        self.line(question)
    }

    fn yes(&mut self, _: &str, default: Default) -> Result<bool, String> {
        Ok(default == Default::Yes)
    }
}
