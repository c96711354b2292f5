//! The encryption key of a hosted service: from the environment, or, for a service on this machine only, generated and
//! stored next to the database.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use tempo_mcp_core::{ports::Entropy, seal::ServerKey};

use super::{private_file, system::SystemEntropy};

const MIN_LENGTH: usize = 32;
const GENERATE: &str = "openssl rand -base64 48";

pub(crate) fn encode(bytes: &[u8]) -> SecretString {
    BASE64_STANDARD.encode(bytes).into()
}

/// The current key and the previous ones, to seal tenants with.
///
/// # Errors
/// There is no key, or one is too short.
pub(crate) fn load(database: &Path, is_local: bool) -> Result<(ServerKey, Vec<ServerKey>), String> {
    let current = match from_environment()? {
        Some(key) => long_enough(key)?,
        None if is_local => next_to(database)?,
        None => {
            return Err(format!(
                "serving other machines needs an encryption key: set ENCRYPTION_KEY or ENCRYPTION_KEY_FILE to the output of \
                 `{GENERATE}`, and store it apart from the database"
            ));
        }
    };
    Ok((ServerKey::new(current), previous_from_environment()?))
}

/// As [`load`], for an existing database: its key may be a short one of the TypeScript server. Next to a previous key it
/// may not be short, since it is then a new key that is going to seal.
///
/// # Errors
/// There is no key, or one is too short.
pub(crate) fn load_for_operator(database: &Path) -> Result<(ServerKey, Vec<ServerKey>), String> {
    let previous = previous_from_environment()?;
    let current = match from_environment()? {
        Some(key) if previous.is_empty() => key,
        Some(key) => long_enough(key)?,
        None => next_to(database)?,
    };
    Ok((ServerKey::new(current), previous))
}

fn long_enough(key: SecretString) -> Result<SecretString, String> {
    match key.expose_secret().len() {
        MIN_LENGTH.. => Ok(key),
        _ => Err(format!(
            "the encryption key is shorter than {MIN_LENGTH} characters: `{GENERATE}` generates one"
        )),
    }
}

fn previous_from_environment() -> Result<Vec<ServerKey>, String> {
    previous(&std::env::var("ENCRYPTION_KEY_PREVIOUS").unwrap_or_default())
}

/// One key per line, or, without a line break, separated by commas, which base64 does not contain.
fn previous(text: &str) -> Result<Vec<ServerKey>, String> {
    let separator = if text.contains('\n') { '\n' } else { ',' };
    let keys = text.split(separator).map(str::trim).filter(|it| !it.is_empty());
    let key = |it: &str| match it.len() {
        MIN_LENGTH.. => Ok(ServerKey::new(it.to_owned().into())),
        _ => Err(format!(
            "a key in ENCRYPTION_KEY_PREVIOUS is shorter than {MIN_LENGTH} characters; if a key contains a comma, write \
             one key per line, and end the last line too"
        )),
    };
    keys.map(key).collect()
}

fn from_environment() -> Result<Option<SecretString>, String> {
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

/// The key in the file next to the database, which the first start generates.
fn next_to(database: &Path) -> Result<SecretString, String> {
    let mut file = database.as_os_str().to_owned();
    file.push(".key");
    let file = PathBuf::from(file);
    if file.exists() {
        return read(&file).map(Into::into);
    }
    if database.exists() {
        return Err(format!(
            "the database exists, but its key file {} does not: restore it, or set ENCRYPTION_KEY",
            file.display()
        ));
    }
    let mut bytes = [0; 48];
    SystemEntropy.fill(&mut bytes).map_err(|error| error.to_string())?;
    let key = encode(&bytes);
    private_file::create(&file, key.expose_secret())
        .map_err(|error| format!("the key file {} cannot be written: {error}", file.display()))?;
    eprintln!(
        "tempo-mcp: generated an encryption key in {}; without it, stored credentials cannot be decrypted",
        file.display()
    );
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previous_keys_are_separated_by_commas_or_line_breaks() {
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
        assert!(why.contains("one key per line") && !why.contains("breaks"), "{why}");
    }
}
