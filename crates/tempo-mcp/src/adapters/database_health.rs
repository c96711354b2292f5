//! What can happen to the file of a running database: it is deleted, replaced or damaged, or its disk is full.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tempo_mcp_service::ports::NotReady;

/// How long a result is used, so that a flood of probes does not keep the disk busy.
const FRESH: Duration = Duration::from_secs(1);
/// How long a probe waits for another process that writes: less than a request does.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);
/// In megabytes. SQLite's log grows to about 4 MB before it is written back.
#[cfg(unix)]
const MIN_SPACE: u64 = 32;

pub(crate) struct DatabaseHealth {
    path: PathBuf,
    /// The file that was opened. Its number cannot be reused as long as a connection holds it open.
    identity: FileIdentity,
    connection: Mutex<Connection>,
    /// What a check of the whole file has found.
    damage: Mutex<Option<String>>,
    /// Requests that arrive during a probe wait for its result.
    latest: tokio::sync::Mutex<Option<(Instant, Result<(), NotReady>)>>,
}

impl DatabaseHealth {
    /// For a file that has just been opened. `connection` is used for nothing else.
    pub(crate) fn new(path: &Path, connection: Connection) -> Result<Self, String> {
        connection.busy_timeout(BUSY_TIMEOUT).map_err(|error| error.to_string())?;
        Ok(Self {
            path: path.to_owned(),
            identity: identity(path).map_err(|error| error.to_string())?,
            connection: Mutex::new(connection),
            damage: Mutex::default(),
            latest: tokio::sync::Mutex::default(),
        })
    }

    /// Checks that the file is still the one that was opened. Reading its attributes opens nothing: to open and close the
    /// file would drop SQLite's locks.
    ///
    /// # Errors
    /// It was deleted or replaced.
    pub(crate) fn check_identity(&self) -> Result<(), NotReady> {
        match identity(&self.path) {
            Ok(identity) if identity == self.identity => Ok(()),
            Ok(_) => Err(NotReady::Replaced),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(NotReady::Deleted),
            Err(error) => Err(NotReady::NotWritable(error.to_string())),
        }
    }

    /// Reads the whole file. Damage is remembered until the service is restarted.
    ///
    /// # Errors
    /// The file is damaged.
    pub(crate) fn check_integrity(&self) -> Result<(), NotReady> {
        let quick_check = || {
            let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        };
        let damage = match quick_check() {
            Ok(text) if text == "ok" => return Ok(()),
            Ok(text) => text.lines().last().unwrap_or_default().to_owned(),
            Err(error) if is_damage(&error) => error.to_string(),
            // It could not be read now, which a probe reports if it lasts.
            Err(_) => return Ok(()),
        };
        *self.damage.lock() = Some(damage.clone());
        Err(NotReady::Damaged(damage))
    }

    /// Whether the database can be used, as of a second ago at most.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) async fn ready(self: &std::sync::Arc<Self>) -> Result<(), NotReady> {
        let mut latest = self.latest.lock().await;
        if let Some((at, result)) = &*latest
            && at.elapsed() < FRESH
        {
            return result.clone();
        }
        let this = self.clone();
        let probe = tokio::task::spawn_blocking(move || this.probe()).await;
        let result = probe.unwrap_or_else(|error| Err(NotReady::NotWritable(error.to_string())));
        *latest = Some((Instant::now(), result.clone()));
        result
    }

    fn probe(&self) -> Result<(), NotReady> {
        self.check_identity()?;
        if let Some(damage) = self.damage.lock().clone() {
            return Err(NotReady::Damaged(damage));
        }
        self.check_space()?;
        self.write().map_err(|error| match is_damage(&error) {
            true => NotReady::Damaged(error.to_string()),
            false => NotReady::NotWritable(error.to_string()),
        })
    }

    /// A write that reaches the disk and changes nothing: the program does not use this number of the file's header.
    fn write(&self) -> rusqlite::Result<()> {
        let connection = self.connection.lock();
        let number: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        connection.pragma_update(None, "user_version", number)
    }

    #[cfg(unix)]
    fn check_space(&self) -> Result<(), NotReady> {
        // A file system that does not say how full it is, is tried by writing to it.
        let Ok(disk) = rustix::fs::statvfs(&self.path) else { return Ok(()) };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize) / 1_000_000;
        if free < MIN_SPACE { Err(NotReady::DiskFull(MIN_SPACE)) } else { Ok(()) }
    }

    #[cfg(not(unix))]
    fn check_space(&self) -> Result<(), NotReady> {
        Ok(())
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    let damage = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
    error.sqlite_error_code().is_some_and(|it| damage.contains(&it))
}

/// The device and the number of a file. Where the system has none, all files are the same.
type FileIdentity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<FileIdentity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).map(|it| (it.dev(), it.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<FileIdentity> {
    fs::metadata(path).map(|_| (0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_remembered_until_the_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (c TEXT); INSERT INTO t VALUES ('text')").unwrap();
        let health = DatabaseHealth::new(&path, connection).unwrap();
        assert_eq!((health.check_integrity(), health.probe()), (Ok(()), Ok(())));
        let whole = fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        damaged[4096..].fill(0xff);
        fs::write(&path, damaged).unwrap();
        assert!(matches!(health.check_integrity(), Err(NotReady::Damaged(_))));
        fs::write(&path, whole).unwrap();
        assert!(matches!(health.probe(), Err(NotReady::Damaged(_))), "what it has read may be wrong already");
    }
}
