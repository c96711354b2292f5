//! The clients that `install` and `uninstall` change, and how: shown, or written after a person agreed.

use std::path::Path;

use super::{
    ask::{self, Ask, DefaultAnswer},
    difference, secrets,
};
use crate::{
    cli::{installing::ClientOptions, output, style::Style},
    client_config::{Client, document::Document, file, locations::ConfigLocations},
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Mode {
    /// `--print`
    Print,
    Write,
}

pub(in crate::commands) struct Selection {
    locations: ConfigLocations,
    pub(in crate::commands) clients: Vec<Client>,
    pub(super) ask: Box<dyn Ask>,
    pub(super) mode: Mode,
}

impl Selection {
    /// The client that the options name; without one, each client of this machine that the person agrees to.
    pub(in crate::commands) fn new(options: &ClientOptions, question: &str) -> Result<Self, String> {
        let locations = ConfigLocations::here()?;
        let mode = if options.print { Mode::Print } else { Mode::Write };
        let mut ask = ask::asker(options.yes || options.print)?;
        let mut clients: Vec<Client> = options.client.into_iter().collect();
        if clients.is_empty() {
            for client in Client::ALL.into_iter().filter(|it| locations.has(*it)) {
                if ask.yes(&format!("{question} {}?", client.title()), DefaultAnswer::Yes)? {
                    clients.push(client);
                }
            }
        }
        if clients.is_empty() {
            let all = Client::ALL.map(Client::name).join(", ");
            return Err(format!("no client was chosen; name one of: {all}"));
        }
        Ok(Self { locations, clients, ask, mode })
    }

    pub(in crate::commands) fn open(&self, client: Client) -> Result<Document, String> {
        let document = file::read(client, &self.locations.file(client))?;
        if self.mode == Mode::Write {
            file::check_writable(&document)?;
        }
        Ok(document)
    }

    /// Shows the change, and writes it where that is wanted.
    pub(in crate::commands) fn finish(&mut self, client: Client, document: &Document) -> Result<(), String> {
        let path = self.locations.shown(&self.locations.file(client));
        let style = Style::of_stdout();
        let (before, after) = (document.before(), document.after());
        if before == after || before.is_empty() && after.trim() == "{}" {
            say(&format!("{}: nothing to change in {path}", style.strong(client.title())))?;
            return if self.mode == Mode::Write { close_to_others(document) } else { Ok(()) };
        }
        let head = format!("{}  {}", style.strong(client.title()), style.faint(&path));
        say(&format!("{head}\n{}", difference::shown(before, &after, style)))?;
        if self.mode == Mode::Print {
            return Ok(());
        }
        if self.ask.is_interactive() && !self.ask.yes("Write this change?", DefaultAnswer::Yes)? {
            return Err("is unchanged".into());
        }
        close_to_others(document)?;
        let backup = file::write(document)?;
        let saved = backup.map(|it| saved(client, document, &it)).unwrap_or_default();
        say(&format!("{} Written.{saved} {}", style.good("✓"), client.next()))
    }

    /// Says on standard error why a client's configuration was not changed. Returns whether there was a reason.
    pub(in crate::commands) fn report_failure(&self, client: Client, outcome: Result<(), String>) -> bool {
        let Err(reason) = outcome else { return false };
        eprintln!("{}: {} {reason}", client.title(), self.locations.shown(&self.locations.file(client)));
        true
    }
}

/// Makes a file with secrets private before they are written into it, and says so.
fn close_to_others(document: &Document) -> Result<(), String> {
    let secrets = secrets::names(&document.entries());
    if secrets.is_empty() || !file::close_to_others(document)? {
        return Ok(());
    }
    say(&format!("Only you can read this file from now on, since it holds {}.", secrets::list(&secrets)))
}

/// Which backup there is, and what it holds.
fn saved(client: Client, document: &Document, backup: &Path) -> String {
    let secrets = secrets::names_before(client.servers(), document);
    let content = if secrets.is_empty() {
        "It holds none of your tokens for Tempo and Jira.".to_owned()
    } else {
        format!("It holds {}: delete it once you don't need it.", secrets::list(&secrets))
    };
    format!(" The previous file is {}. {content}", name(backup))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn say(text: &str) -> Result<(), String> {
    output::write(&format!("{text}\n")).map_err(|error| format!("cannot be shown: {error}"))
}
