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
        if !database.exists() && has_content(&list) {
            return Err(format!(
                "the database {} is gone, although a service has used it: restore it from a backup; to begin with an empty \
                 one, delete {} too",
                database.display(),
                list.display()
            ));
        }
        let (file, failed) = open(database)?;
        if file.try_lock().is_ok() {
            clear(&list).map_err(&failed)?;
            file.unlock().map_err(&failed)?;
        }
        file.lock_shared().map_err(&failed)?;
        Ok(Self { _file: file, list })
    }

    /// Lists this process as a service whose current key has this id.
    ///
    /// # Errors
    /// The list cannot be written.
    pub(crate) fn register(&self, key_id: &str) -> Result<(), String> {
        let line = format!("{} {key_id}\n", std::process::id());
        let append = || {
            private_file::prepare(&self.list)?;
            OpenOptions::new().append(true).open(&self.list)?.write_all(line.as_bytes())
        };
        append().map_err(|error| format!("{} cannot be written: {error}", self.list.display()))
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
            Ok(()) => {
                clear(&list).map_err(failed)?;
                Ok(Some(Self { _file: file, list }))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
            Err(TryLockError::WouldBlock) => {
                let services = services(&list);
                if services.is_empty() {
                    return Err(
                        "a service is starting, or another rotation is running: try again in a minute".into(),
                    );
                }
                let Some(other) = services.iter().find(|it| it.key_id != key_id) else { return Ok(None) };
                Err(format!(
                    "a service (process {}) uses this database without the new key, and could not read it after the \
                     rotation: stop the service, or restart it with the new key as ENCRYPTION_KEY and the old one as \
                     ENCRYPTION_KEY_PREVIOUS; then rotate the key again",
                    other.process
                ))
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

/// Removes the services of earlier times from the list, while no other process has the lock. That there were some stays known.
fn clear(list: &Path) -> io::Result<()> {
    if has_content(list) { private_file::replace(list, "used\n") } else { Ok(()) }
}

fn has_content(list: &Path) -> bool {
    fs::metadata(list).is_ok_and(|it| it.len() > 0)
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
        assert!(refused("new").contains("a service is starting"), "{}", refused("new"));
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
    fn services_that_start_together_are_all_listed() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("t.sqlite");
        fs::write(&database, "").unwrap();
        let start = || DatabaseLock::for_service(&database).unwrap();
        start().register("of an earlier run").unwrap();
        let (one, two) = (start(), start());
        two.register("b").unwrap();
        one.register("a").unwrap();
        let listed =
            |it: &DatabaseLock| services(&it.list).into_iter().map(|it| it.key_id).collect::<Vec<_>>();
        assert_eq!(listed(&one), ["b", "a"]);
        drop((one, two));
        let rotation = DatabaseLock::for_rotation(&database, "c").unwrap().unwrap();
        assert_eq!(listed(&rotation), [""; 0], "services that have ended hinder nothing");
        let second = DatabaseLock::for_rotation(&database, "c").map(drop).unwrap_err();
        assert!(second.contains("another rotation is running"), "{second}");
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
