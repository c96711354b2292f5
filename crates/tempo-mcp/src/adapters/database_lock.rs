//! Which services use a SQLite file: each holds the file's lock while it runs, and is listed next to it. The encryption
//! key is not rotated while a service runs that could then no longer read its tenants.
//!
//! The lock is an empty file, and the list is a file of its own, because Windows lets no one write to a locked file.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::private_file;

/// The lock of a database, held until it is dropped or the process ends.
pub(crate) struct DatabaseLock {
    _file: File,
    list: PathBuf,
    /// Whether no other service held the lock.
    is_first: bool,
}

/// A line of the list.
struct Service {
    process: String,
    key_id: String,
}

impl DatabaseLock {
    /// Takes the lock for a service, next to other services. Waits while the key is rotated.
    ///
    /// # Errors
    /// The lock cannot be used, or the database is gone although a service has used it.
    pub(crate) fn for_service(database: &Path) -> Result<Self, String> {
        let list = beside(database, ".pid");
        if !database.exists() && !services(&list).is_empty() {
            return Err(format!(
                "the database {} is gone, although a service has used it: restore it from a backup; to begin with an empty \
                 one, delete {} too",
                database.display(),
                list.display()
            ));
        }
        let (file, failed) = open(database)?;
        let is_first = file.try_lock().is_ok();
        if is_first {
            file.unlock().map_err(&failed)?;
        }
        file.lock_shared().map_err(&failed)?;
        Ok(Self { _file: file, list, is_first })
    }

    /// Lists this process as a service whose current key has this id.
    ///
    /// # Errors
    /// The list cannot be written.
    pub(crate) fn register(&self, key_id: &str) -> Result<(), String> {
        let line = format!("{} {key_id}\n", std::process::id());
        let written = if self.is_first {
            private_file::prepare(&self.list).and_then(|()| private_file::replace(&self.list, &line))
        } else {
            OpenOptions::new().append(true).open(&self.list).and_then(|mut it| it.write_all(line.as_bytes()))
        };
        written.map_err(|error| format!("{} cannot be written: {error}", self.list.display()))
    }

    /// Takes the lock for a rotation to the key with this id. No service starts until it is dropped. `None` if
    /// services are running that all have this key.
    ///
    /// # Errors
    /// A service is running that does not have this key; says which process that is.
    pub(crate) fn for_rotation(database: &Path, key_id: &str) -> Result<Option<Self>, String> {
        let list = beside(database, ".pid");
        let (file, failed) = open(database)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file, list, is_first: true })),
            Err(TryLockError::Error(error)) => Err(failed(error)),
            Err(TryLockError::WouldBlock) => {
                let services = services(&list);
                let other = services.iter().find(|it| it.key_id != key_id);
                match other.map(|it| it.process.as_str()) {
                    None if !services.is_empty() => Ok(None),
                    process => Err(format!(
                        "a service (process {}) uses this database with another key, and could no longer read it: stop the \
                         service, or restart it with the new key as ENCRYPTION_KEY and the old one as \
                         ENCRYPTION_KEY_PREVIOUS; then rotate the key again",
                        process.unwrap_or("unknown")
                    )),
                }
            }
        }
    }
}

/// The file of the lock, and how its errors are reported.
fn open(database: &Path) -> Result<(File, impl Fn(io::Error) -> String), String> {
    let path = beside(database, ".lock");
    let shown = path.display().to_string();
    let failed = move |error: io::Error| format!("the database's lock {shown} cannot be used: {error}");
    let file = private_file::prepare(&path).and_then(|()| private_file::open_lock(&path)).map_err(&failed)?;
    Ok((file, failed))
}

fn services(list: &Path) -> Vec<Service> {
    let text = fs::read_to_string(list).unwrap_or_default();
    let lines = text.lines().filter_map(|it| it.split_once(' '));
    lines.map(|(process, key_id)| Service { process: process.into(), key_id: key_id.into() }).collect()
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_needs_every_service_to_have_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("t.sqlite");
        fs::write(&database, "").unwrap();
        let refused = |key: &str| DatabaseLock::for_rotation(&database, key).map(drop).unwrap_err();
        let one = DatabaseLock::for_service(&database).unwrap();
        assert!(refused("new").contains("(process unknown)"), "it is just starting");
        one.register("old").unwrap();
        let process = format!("(process {})", std::process::id());
        assert!(refused("new").contains(&process), "{}", refused("new"));
        assert!(DatabaseLock::for_rotation(&database, "old").unwrap().is_none(), "it has the key");
        let two = DatabaseLock::for_service(&database).unwrap();
        two.register("new").unwrap();
        assert!(refused("new").contains(&process) && refused("old").contains(&process));
        drop(one);
        assert!(refused("new").contains(&process), "the other one does not say which key it has");
        drop(two);
        assert!(DatabaseLock::for_rotation(&database, "new").unwrap().is_some());
    }

    #[test]
    fn database_that_was_used_and_is_gone_is_not_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("t.sqlite");
        drop(DatabaseLock::for_service(&database).unwrap());
        DatabaseLock::for_service(&database).unwrap().register("key").unwrap();
        let refused = DatabaseLock::for_service(&database).map(drop).unwrap_err();
        assert!(refused.contains("is gone") && refused.contains("t.sqlite.pid too"), "{refused}");
    }
}
