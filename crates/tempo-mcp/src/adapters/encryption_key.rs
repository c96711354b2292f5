//! The encryption key of a hosted service: from the environment, or, for a service on this machine only, generated and
//! stored next to the database.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use tempo_mcp_core::{ports::Entropy, seal::ServerKey};
use tempo_mcp_service::store::StoreError;
use zeroize::Zeroizing;

use super::{private_file, system::SystemEntropy};

const GENERATE: &str = "openssl rand -base64 48";

/// A new random key.
///
/// # Errors
/// The system has no random bytes.
pub(crate) fn generate() -> Result<SecretString, String> {
    let mut bytes = Zeroizing::new([0; 48]);
    SystemEntropy.fill(bytes.as_mut_slice()).map_err(|error| error.to_string())?;
    Ok(BASE64_STANDARD.encode(bytes.as_slice()).into())
}

/// The current key and the previous ones, to seal tenants with. Whether the current key is strong enough for a database
/// that exists already is for the store to decide: such a database accepts every key that opens it.
///
/// # Errors
/// There is no key, or it is not fit for use.
pub(crate) fn load(database: &Path, is_local: bool) -> Result<(ServerKey, Vec<ServerKey>), String> {
    let current = match from_environment()? {
        Some(key) => key,
        None if is_local => next_to(database)?,
        None => {
            return Err(format!(
                "serving other machines needs an encryption key: set ENCRYPTION_KEY or ENCRYPTION_KEY_FILE to the output of \
                 `{GENERATE}`, and store it apart from the database"
            ));
        }
    };
    let current = ServerKey::new(current);
    // Refused before a database is created for it.
    match current.weakness() {
        Some(weakness) if !database.exists() => Err(StoreError::WeakKey(weakness).to_string()),
        _ => Ok((current, previous_from_environment())),
    }
}

/// As [`load`], for a database that exists.
///
/// # Errors
/// There is no key, or it is not fit for use.
pub(crate) fn load_for_operator(database: &Path) -> Result<(ServerKey, Vec<ServerKey>), String> {
    let current = match from_environment()? {
        Some(key) => key,
        None => next_to(database)?,
    };
    Ok((ServerKey::new(current), previous_from_environment()))
}

fn previous_from_environment() -> Vec<ServerKey> {
    previous(&Zeroizing::new(std::env::var("ENCRYPTION_KEY_PREVIOUS").unwrap_or_default()))
}

/// One key per line, or, without a line break, separated by commas. A single line may also be one key that contains commas:
/// all readings of it are tried, and wrong ones open nothing.
fn previous(text: &str) -> Vec<ServerKey> {
    let is_one_line = !text.contains('\n');
    let separator = if is_one_line { ',' } else { '\n' };
    let whole = Some(text).filter(|it| is_one_line && it.contains(','));
    let keys = text.split(separator).chain(whole).map(str::trim).filter(|it| !it.is_empty());
    keys.map(|it| ServerKey::new(it.to_owned().into())).collect()
}

fn from_environment() -> Result<Option<SecretString>, String> {
    let variable =
        |name: &str| std::env::var(name).ok().map(Zeroizing::new).filter(|it| !it.trim().is_empty());
    match (variable("ENCRYPTION_KEY"), variable("ENCRYPTION_KEY_FILE")) {
        (Some(_), Some(_)) => Err("set ENCRYPTION_KEY or ENCRYPTION_KEY_FILE, not both".into()),
        (Some(text), None) => Ok(Some(text.trim().to_owned().into())),
        (None, Some(file)) => {
            let file = Path::new(file.trim());
            let key = read(file)?;
            if mode(file) & 0o004 != 0 {
                let file = file.display();
                tracing::warn!(%file, "the key file can be read by every user of this machine: chmod 600");
            }
            Ok(Some(key))
        }
        (None, None) => Ok(None),
    }
}

fn read(file: &Path) -> Result<SecretString, String> {
    let text = fs::read_to_string(file)
        .map(Zeroizing::new)
        .map_err(|error| format!("the key file {} cannot be read: {error}", file.display()))?;
    match text.trim() {
        "" => Err(format!("the key file {} is empty: restore it, or set ENCRYPTION_KEY", file.display())),
        key => Ok(key.to_owned().into()),
    }
}

/// The permissions of a file, on systems that have them.
fn mode(file: &Path) -> u32 {
    #[cfg(unix)]
    return fs::metadata(file).map_or(0, |it| std::os::unix::fs::MetadataExt::mode(&it) & 0o777);
    #[cfg(not(unix))]
    return {
        let _ = file;
        0
    };
}

/// The key in the file next to the database, which the first start generates. It must be private, as it was generated.
fn next_to(database: &Path) -> Result<SecretString, String> {
    let mut file = database.as_os_str().to_owned();
    file.push(".key");
    let file = PathBuf::from(file);
    let shown = file.display();
    // An empty file is all that an interrupted start of an earlier version left. Nothing is sealed yet.
    let is_leftover = !database.exists() && fs::metadata(&file).is_ok_and(|it| it.len() == 0);
    if is_leftover {
        fs::remove_file(&file)
            .map_err(|error| format!("the key file {shown} cannot be replaced: {error}"))?;
    } else if file.exists() {
        return match mode(&file) {
            mode if mode & 0o077 != 0 => Err(format!(
                "the key file {shown} is open to other users (mode {mode:04o}): run chmod 600 on it; if others may have \
                 read it, rotate the key too"
            )),
            _ => read(&file),
        };
    }
    if database.exists() {
        return Err(format!(
            "the database exists, but its key file {shown} does not: restore it, or set ENCRYPTION_KEY"
        ));
    }
    let key = generate()?;
    private_file::create(&file, key.expose_secret())
        .map_err(|error| format!("the key file {shown} cannot be written: {error}"))?;
    eprintln!(
        "tempo-mcp: generated an encryption key in {shown}; without it, stored credentials cannot be decrypted"
    );
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previous_keys_are_separated_by_commas_or_line_breaks() {
        let ids = |text: &str| previous(text).iter().map(|it| it.id().to_owned()).collect::<Vec<_>>();
        let id = |text: &str| ServerKey::new(text.to_owned().into()).id().to_owned();
        let (one, two) = ("a".repeat(32), "short".to_owned());
        let with_comma = format!("{one},{two}");
        assert_eq!(ids(""), Vec::<String>::new());
        assert_eq!(ids(&one), [id(&one)]);
        let both = format!("{one} , {two}");
        assert_eq!(ids(&format!(" {both}")), [id(&one), id(&two), id(&both)]);
        assert_eq!(ids(&format!("{one}\r\n{with_comma}\n")), [id(&one), id(&with_comma)]);
        assert_eq!(ids(&format!("{with_comma}\n")), [id(&with_comma)]);
    }
}
