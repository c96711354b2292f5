//! Core's `TokenStore` in `~/.tempo-mcp-server/tokens.json`, in the format of the TypeScript server, so that both servers
//! can be used side by side.

mod folder;
mod format;
mod lock;

use std::{fs::File, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use tempo_mcp_core::ports::{Claim, Swap, TokenStore, TokenStoreError, Tokens, Version, Versioned};

use folder::Folder;

/// How long a write waits for another one, which only replaces a small file. A process that was stopped meanwhile must
/// not stop all others.
const LOCK_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(crate) struct TokenFile(Arc<Folder>);

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
        Self(Arc::new(Folder { path: folder, lock_deadline: LOCK_DEADLINE }))
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

#[cfg(test)]
mod tests;
