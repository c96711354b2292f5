//! The right to refresh: a lock of ours, which a dying process frees, and the `tokens.lock` of the TypeScript server.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tempo_mcp_core::ports::TokenStoreError;

use super::folder::Folder;
use crate::adapters::private_file;

/// The age at which the TypeScript server, too, takes a lock over.
const STALE_AFTER: Duration = Duration::from_secs(30);

/// The content of a `tokens.lock` of ours; the TypeScript server's is empty.
const OUR_CONTENT: &str = "tempo-mcp\n";

/// Both locks. They are freed in the order of the fields.
pub(super) struct RefreshLocks {
    _shared: SharedLock,
    _own: File,
}

struct SharedLock(PathBuf);

impl RefreshLocks {
    /// `None`: another process has one of them.
    pub(super) fn try_take(folder: &Folder) -> Result<Option<Self>, TokenStoreError> {
        let Some(own) = folder.try_lock("tokens.claim")? else { return Ok(None) };
        let path = folder.file("tokens.lock");
        let taken = create(&path).map_err(|error| folder.error(&error))?
            || (is_abandoned(&path) && {
                let _ = fs::remove_file(&path);
                create(&path).map_err(|error| folder.error(&error))?
            });
        Ok(taken.then(|| Self { _shared: SharedLock(path), _own: own }))
    }
}

/// `false`: there is such a file already.
fn create(path: &Path) -> std::io::Result<bool> {
    match private_file::create(path, OUR_CONTENT) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// The caller holds our own lock, so a `tokens.lock` of ours belongs to a process that has died. One of the TypeScript
/// server is abandoned once it is old.
fn is_abandoned(path: &Path) -> bool {
    if private_file::read(path).is_ok_and(|it| it == OUR_CONTENT.as_bytes()) {
        return true;
    }
    let modified = fs::metadata(path).and_then(|it| it.modified());
    modified.is_ok_and(|it| SystemTime::now().duration_since(it).is_ok_and(|age| age > STALE_AFTER))
}

impl Drop for SharedLock {
    /// Deletes the file, unless the TypeScript server has taken it over.
    fn drop(&mut self) {
        if private_file::read(&self.0).is_ok_and(|it| it == OUR_CONTENT.as_bytes()) {
            let _ = fs::remove_file(&self.0);
        }
    }
}
