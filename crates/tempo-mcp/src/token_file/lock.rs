//! Who may refresh: a lock of ours that a dying process frees, and beside it the TypeScript server's `tokens.lock`.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use tempo_mcp_core::ports::TokenStoreError;

use super::{Folder, private};

/// The other server's own rule.
const STALE: Duration = Duration::from_secs(30);

/// In a `tokens.lock` of ours; the other server's is empty.
const OURS: &str = "tempo-mcp\n";

/// Both locks. The order of the fields is the order in which they are freed.
pub(super) struct Refresh {
    _shared: Shared,
    _own: File,
}

struct Shared(PathBuf);

impl Refresh {
    /// `None`: somebody has it.
    pub(super) fn try_take(folder: &Folder) -> Result<Option<Self>, TokenStoreError> {
        let Some(own) = folder.try_lock("tokens.claim")? else { return Ok(None) };
        let path = folder.file("tokens.lock");
        let taken = create(&path).map_err(|error| folder.failure(&error))?
            || (is_abandoned(&path) && {
                let _ = fs::remove_file(&path);
                create(&path).map_err(|error| folder.failure(&error))?
            });
        Ok(taken.then(|| Self { _shared: Shared(path), _own: own }))
    }
}

fn create(path: &PathBuf) -> std::io::Result<bool> {
    match private(OpenOptions::new().write(true).create_new(true)).open(path) {
        Ok(mut file) => file.write_all(OURS.as_bytes()).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whoever asks holds our own lock, so a `tokens.lock` of ours has lost its process. Another one is stale by age.
fn is_abandoned(path: &PathBuf) -> bool {
    if fs::read(path).is_ok_and(|it| it == OURS.as_bytes()) {
        return true;
    }
    let modified = fs::metadata(path).and_then(|it| it.modified());
    modified.is_ok_and(|it| SystemTime::now().duration_since(it).is_ok_and(|age| age > STALE))
}

impl Drop for Shared {
    /// Unless the other server took it over.
    fn drop(&mut self) {
        if fs::read(&self.0).is_ok_and(|it| it == OURS.as_bytes()) {
            let _ = fs::remove_file(&self.0);
        }
    }
}
