//! The file of a client's configuration: read, checked and written so that nothing is lost.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::{Client, document::Document};
use crate::adapters::private_file;

/// # Errors
/// The file cannot be read, or the client itself could not read it.
pub(crate) fn read(client: Client, path: &Path) -> Result<Document, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    Document::parse(client.servers(), path, text)
}

/// # Errors
/// The file is a symbolic link or write-protected: it is managed in another way.
pub(crate) fn check_writable(document: &Document) -> Result<(), String> {
    let Ok(about) = fs::symlink_metadata(document.path()) else { return Ok(()) };
    if about.is_symlink() {
        return Err("is a link to another file: edit that file by hand, --print shows the change".into());
    }
    if about.permissions().readonly() {
        return Err("is write-protected: --print shows the change".into());
    }
    Ok(())
}

/// Lets only its owner read the file, if there is one. Returns whether others could read it before.
///
/// # Errors
/// Its permissions cannot be changed.
pub(crate) fn close_to_others(document: &Document) -> Result<bool, String> {
    match private_file::close_to_others(document.path()) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        outcome => {
            outcome.map_err(|error| format!("can be read by others, and that cannot be changed: {error}"))
        }
    }
}

/// Writes the file whole or not at all, after saving the previous one next to it. Returns the path of that backup.
///
/// # Errors
/// The file cannot be written, or another program has changed it since it was read.
pub(crate) fn write(document: &Document) -> Result<Option<PathBuf>, String> {
    let now = fs::read_to_string(document.path()).unwrap_or_default();
    if now != document.before() {
        return Err("was changed by another program just now: run this command again".into());
    }
    write_both(document).map_err(|error| format!("cannot be written: {error}"))
}

fn write_both(document: &Document) -> io::Result<Option<PathBuf>> {
    let path = document.path();
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let backup = if path.exists() { Some(save(path, document.before())?) } else { None };
    private_file::replace(path, &document.after())?;
    Ok(backup)
}

/// Saves the previous text under a name that is not taken. The backup is private: it may hold secrets.
fn save(path: &Path, text: &str) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let time = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
    let mut backup = path.with_file_name(format!("{name}.backup-{time}"));
    for number in 2.. {
        match private_file::create(&backup, text) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                backup = path.with_file_name(format!("{name}.backup-{time}-{number}"));
            }
            outcome => return outcome.map(|()| backup),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}
