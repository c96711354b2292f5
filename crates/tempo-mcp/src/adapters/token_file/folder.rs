//! The folder of `tokens.json` and its locks.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::PathBuf,
    time::{Duration, Instant},
};

use tempo_mcp_core::ports::TokenStoreError;
use zeroize::Zeroizing;

use super::format::Sites;
use crate::adapters::private_file;

/// The TypeScript server writes in place, so a file may be read half written; then it is read again.
const MAX_READS: u32 = 5;
const READ_INTERVAL: Duration = Duration::from_millis(40);

const LOCK_INTERVAL: Duration = Duration::from_millis(20);

pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// How long to wait for the lock of a write.
    pub(super) lock_deadline: Duration,
}

impl Folder {
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn error(&self, reason: &dyn std::fmt::Display) -> TokenStoreError {
        TokenStoreError(format!("{}: {reason}", self.file("tokens.json").display()))
    }

    /// All sites. A missing file means that there is no sign-in; one that cannot be read is an error.
    pub(super) fn read(&self) -> Result<Sites, TokenStoreError> {
        let mut tries = MAX_READS;
        loop {
            let outcome = match private_file::read(&self.file("tokens.json")) {
                Ok(bytes) => Sites::parse(&Zeroizing::new(bytes)),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(Sites::default()),
                Err(error) => return Err(self.error(&error)),
            };
            tries -= 1;
            match outcome {
                Ok(sites) => return Ok(sites),
                Err(reason) if tries == 0 => return Err(self.error(&reason)),
                Err(_) => std::thread::sleep(READ_INTERVAL),
            }
        }
    }

    pub(super) fn write(&self, text: &str) -> Result<(), TokenStoreError> {
        private_file::replace_locked(&self.file("tokens.json"), text).map_err(|error| self.error(&error))
    }

    pub(super) fn lock(&self, name: &str) -> Result<File, TokenStoreError> {
        let until = Instant::now() + self.lock_deadline;
        loop {
            if let Some(file) = self.try_lock(name)? {
                return Ok(file);
            }
            if Instant::now() >= until {
                let waited = self.lock_deadline.as_secs();
                return Err(self.error(&format!("another program has been writing it for {waited} seconds")));
            }
            std::thread::sleep(LOCK_INTERVAL);
        }
    }

    pub(super) fn try_lock(&self, name: &str) -> Result<Option<File>, TokenStoreError> {
        let file = self.open_lock(name)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(self.error(&error)),
        }
    }

    fn open_lock(&self, name: &str) -> Result<File, TokenStoreError> {
        let open = || {
            private_file::make_folder(&self.path)?;
            private_file::open_lock(&self.file(name))
        };
        open().map_err(|error| self.error(&error))
    }
}
