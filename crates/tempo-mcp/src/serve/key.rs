//! The server's encryption key: given, or, on this machine alone, made and kept beside the database.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use tempo_mcp_core::{ports::Entropy, seal::ServerKey};

use crate::ports::SystemEntropy;

const SHORTEST: usize = 32;
const MAKE_ONE: &str = "openssl rand -base64 48";

pub(crate) fn text(bytes: &[u8]) -> SecretString {
    BASE64_STANDARD.encode(bytes).into()
}

/// The current key and the previous ones, to seal people's records with.
pub(crate) fn load(database: &Path, is_local: bool) -> Result<(ServerKey, Vec<ServerKey>), String> {
    let current = match given()? {
        Some(key) => long_enough(key)?,
        None if is_local => beside(database)?,
        None => {
            return Err(format!(
                "an encryption key is needed to serve others than this machine: set ENCRYPTION_KEY or ENCRYPTION_KEY_FILE \
                 to the output of `{MAKE_ONE}`, and keep it apart from the database"
            ));
        }
    };
    Ok((ServerKey::new(current), previous_given()?))
}

/// As [`load`], for the operator of a database that is there: its key may be a short one of the service before. Not
/// beside a previous one: then it is a new key, and seals.
pub(crate) fn load_for_operator(database: &Path) -> Result<(ServerKey, Vec<ServerKey>), String> {
    let previous = previous_given()?;
    let current = match given()? {
        Some(key) if previous.is_empty() => key,
        Some(key) => long_enough(key)?,
        None => beside(database)?,
    };
    Ok((ServerKey::new(current), previous))
}

fn long_enough(key: SecretString) -> Result<SecretString, String> {
    match key.expose_secret().len() {
        SHORTEST.. => Ok(key),
        _ => Err(format!("the encryption key is shorter than {SHORTEST} characters: `{MAKE_ONE}` makes one")),
    }
}

fn previous_given() -> Result<Vec<ServerKey>, String> {
    previous(&std::env::var("ENCRYPTION_KEY_PREVIOUS").unwrap_or_default())
}

/// One key a line, or, where there is no line break, separated by commas, which base64 does not have.
fn previous(text: &str) -> Result<Vec<ServerKey>, String> {
    let separator = if text.contains('\n') { '\n' } else { ',' };
    let keys = text.split(separator).map(str::trim).filter(|it| !it.is_empty());
    let key = |it: &str| match it.len() {
        SHORTEST.. => Ok(ServerKey::new(it.to_owned().into())),
        _ => Err(format!(
            "a key in ENCRYPTION_KEY_PREVIOUS is shorter than {SHORTEST} characters; where a key has a comma in it, give \
             one key a line and end the last line too"
        )),
    };
    keys.map(key).collect()
}

fn given() -> Result<Option<SecretString>, String> {
    let variable =
        |name: &str| std::env::var(name).ok().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    let text = match (variable("ENCRYPTION_KEY"), variable("ENCRYPTION_KEY_FILE")) {
        (Some(_), Some(_)) => return Err("set ENCRYPTION_KEY or ENCRYPTION_KEY_FILE, not both".into()),
        (Some(text), None) => Some(text),
        (None, Some(file)) => Some(read(Path::new(&file))?),
        (None, None) => None,
    };
    Ok(text.map(Into::into))
}

fn read(file: &Path) -> Result<String, String> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("the key file {} cannot be read: {error}", file.display()))?;
    Ok(text.trim().to_owned())
}

/// The key in the file beside the database; made at the first start.
fn beside(database: &Path) -> Result<SecretString, String> {
    let mut file = database.as_os_str().to_owned();
    file.push(".key");
    let file = PathBuf::from(file);
    if file.exists() {
        return read(&file).map(Into::into);
    }
    if database.exists() {
        return Err(format!(
            "the database is there, but its key {} is not: restore it, or set ENCRYPTION_KEY",
            file.display()
        ));
    }
    let mut bytes = [0; 48];
    SystemEntropy.fill(&mut bytes).map_err(|error| error.to_string())?;
    let key = text(&bytes);
    let written = private(&file).and_then(|mut it| {
        it.write_all(key.expose_secret().as_bytes())?;
        it.sync_all()
    });
    written.map_err(|error| format!("the key file {} cannot be written: {error}", file.display()))?;
    eprintln!(
        "tempo-mcp: made an encryption key and keep it in {}; without it nobody's record opens",
        file.display()
    );
    Ok(key)
}

/// A new file that only its owner reads.
pub(crate) fn private(file: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previous_keys_are_separated_by_commas_or_stand_on_lines() {
        let ids = |text: &str| {
            previous(text).map(|keys| keys.iter().map(|it| it.id().to_owned()).collect::<Vec<_>>())
        };
        let id = |text: &str| ServerKey::new(text.to_owned().into()).id().to_owned();
        let (one, two) = ("a".repeat(32), "b".repeat(32));
        let with_comma = format!("{one},{two}");
        assert_eq!(ids(""), Ok(vec![]));
        assert_eq!(ids(&format!(" {one} , {two},")), Ok(vec![id(&one), id(&two)]));
        assert_eq!(ids(&format!("{one}\r\n{with_comma}\n")), Ok(vec![id(&one), id(&with_comma)]));
        assert_eq!(ids(&format!("{with_comma}\n")), Ok(vec![id(&with_comma)]));
        let why = ids("a key, with a comma that breaks it in two").unwrap_err();
        assert!(why.contains("one key a line") && !why.contains("breaks"), "{why}");
    }
}
