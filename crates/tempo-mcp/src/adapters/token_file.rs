//! Core's `TokenStore` in `~/.tempo-mcp-server/tokens.json`, in the format of the TypeScript server, so that both servers
//! can be used side by side.

mod format;
mod lock;

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use tempo_mcp_core::ports::{Claim, Swap, TokenStore, TokenStoreError, Tokens, Version, Versioned};
use zeroize::Zeroizing;

use super::private_file;
use format::Sites;

/// The TypeScript server writes in place, so a file may be read half written; then it is read again.
const MAX_READS: u32 = 5;
const READ_INTERVAL: Duration = Duration::from_millis(40);

#[derive(Clone)]
pub(crate) struct TokenFile(Arc<Folder>);

struct Folder {
    path: PathBuf,
}

impl TokenFile {
    /// The file in the home directory, on Windows `%USERPROFILE%`.
    ///
    /// # Errors
    /// There is no home directory.
    pub(crate) fn of_user() -> Result<Self, String> {
        let home = std::env::home_dir().filter(|it| !it.as_os_str().is_empty());
        home.map(|it| Self::new(it.join(".tempo-mcp-server")))
            .ok_or_else(|| "there is no home directory".into())
    }

    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(Arc::new(Folder { path: folder }))
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.file("tokens.json")
    }

    /// A lock of this name; `None` while another process has it. Dropping it frees it, as does the end of the process.
    ///
    /// # Errors
    /// The file of the lock cannot be opened.
    pub(crate) fn try_lock(&self, name: &str) -> Result<Option<File>, TokenStoreError> {
        self.0.try_lock(name)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, TokenStoreError> + Send + 'static,
    ) -> Result<T, TokenStoreError> {
        let folder = self.0.clone();
        let joined = tokio::task::spawn_blocking(move || work(&folder)).await;
        joined.map_err(|_| TokenStoreError("reading the file was interrupted".into()))?
    }
}

#[async_trait]
impl TokenStore for TokenFile {
    async fn load(&self, site: &str) -> Result<Option<Versioned>, TokenStoreError> {
        let site = site.to_owned();
        self.blocking(move |folder| folder.read()?.find(&site).map_err(|it| folder.error(&it))).await
    }

    async fn claim(&self, site: &str, version: Version) -> Result<Claim, TokenStoreError> {
        let site = site.to_owned();
        self.blocking(move |folder| {
            let Some(locks) = lock::RefreshLocks::try_take(folder)? else { return Ok(Claim::Taken) };
            // Read again under the lock: the process that had it before may have refreshed.
            let now = folder.read()?.find(&site).map_err(|it| folder.error(&it))?;
            let is_same = now.as_ref().is_some_and(|it| it.version == version);
            Ok(if is_same { Claim::Won(Box::new(locks)) } else { Claim::Stale(now) })
        })
        .await
    }

    async fn swap(
        &self,
        site: &str,
        seen: Option<Version>,
        tokens: Option<&Tokens>,
    ) -> Result<Swap, TokenStoreError> {
        let (site, tokens) = (site.to_owned(), tokens.cloned());
        self.blocking(move |folder| {
            let _writing = folder.lock("tokens.writing")?;
            let mut sites = folder.read()?;
            let now = sites.find(&site).map_err(|it| folder.error(&it))?;
            if now.as_ref().map(|it| it.version) != seen {
                return Ok(Swap::Stale(now));
            }
            let version = sites.set(&site, tokens.as_ref());
            folder.write(&sites.text())?;
            Ok(Swap::Stored(version))
        })
        .await
    }
}

impl Folder {
    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn error(&self, reason: &dyn std::fmt::Display) -> TokenStoreError {
        TokenStoreError(format!("{}: {reason}", self.file("tokens.json").display()))
    }

    /// All sites. A missing file means that there is no sign-in; one that cannot be read is an error.
    fn read(&self) -> Result<Sites, TokenStoreError> {
        let mut tries = MAX_READS;
        loop {
            let outcome = match fs::read(self.file("tokens.json")) {
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

    fn write(&self, text: &str) -> Result<(), TokenStoreError> {
        private_file::replace_locked(&self.file("tokens.json"), text).map_err(|error| self.error(&error))
    }

    fn lock(&self, name: &str) -> Result<File, TokenStoreError> {
        let file = self.open_lock(name)?;
        file.lock().map_err(|error| self.error(&error))?;
        Ok(file)
    }

    fn try_lock(&self, name: &str) -> Result<Option<File>, TokenStoreError> {
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

#[cfg(test)]
mod tests;
