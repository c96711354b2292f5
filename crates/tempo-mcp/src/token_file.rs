//! The tokens of a sign-in in `~/.tempo-mcp-server/tokens.json`, in the TypeScript server's own format, so that both
//! servers can be used side by side.

mod format;
mod lock;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use tempo_mcp_core::ports::{Claim, Swap, TokenStore, TokenStoreError, Tokens, Version, Versioned};

use format::Sites;

/// The other server writes in place, so its file may be read half written: then it is read again.
const READS: u32 = 5;
const BETWEEN_READS: Duration = Duration::from_millis(40);

#[derive(Clone)]
pub(crate) struct TokenFile(Arc<Folder>);

struct Folder {
    path: PathBuf,
}

impl TokenFile {
    /// In the home directory, on Windows `%USERPROFILE%`.
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

    /// A lock of this name, if nobody has it; it is free again when it is dropped or its process ends.
    pub(crate) fn try_lock(&self, name: &str) -> Result<Option<File>, TokenStoreError> {
        self.0.try_lock(name)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, TokenStoreError> + Send + 'static,
    ) -> Result<T, TokenStoreError> {
        let folder = self.0.clone();
        let joined = tokio::task::spawn_blocking(move || work(&folder)).await;
        joined.map_err(|_| TokenStoreError("reading it was interrupted".into()))?
    }
}

#[async_trait]
impl TokenStore for TokenFile {
    async fn load(&self, site: &str) -> Result<Option<Versioned>, TokenStoreError> {
        let site = site.to_owned();
        self.blocking(move |folder| folder.read()?.find(&site).map_err(|why| folder.failure(&why))).await
    }

    async fn claim(&self, site: &str, version: Version) -> Result<Claim, TokenStoreError> {
        let site = site.to_owned();
        self.blocking(move |folder| {
            let Some(held) = lock::Refresh::try_take(folder)? else { return Ok(Claim::Taken) };
            // Read again behind the lock: whoever had it before may have refreshed.
            let now = folder.read()?.find(&site).map_err(|why| folder.failure(&why))?;
            let is_same = now.as_ref().is_some_and(|it| it.version == version);
            Ok(if is_same { Claim::Won(Box::new(held)) } else { Claim::Stale(now) })
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
            let now = sites.find(&site).map_err(|why| folder.failure(&why))?;
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

    fn failure(&self, why: &dyn std::fmt::Display) -> TokenStoreError {
        TokenStoreError(format!("{}: {why}", self.file("tokens.json").display()))
    }

    /// No file is no sign-in; one that cannot be read is a failure.
    fn read(&self) -> Result<Sites, TokenStoreError> {
        let mut tries = READS;
        loop {
            let outcome = match fs::read(self.file("tokens.json")) {
                Ok(bytes) => Sites::parse(&bytes),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(Sites::default()),
                Err(error) => return Err(self.failure(&error)),
            };
            tries -= 1;
            match outcome {
                Ok(sites) => return Ok(sites),
                Err(why) if tries == 0 => return Err(self.failure(&why)),
                Err(_) => std::thread::sleep(BETWEEN_READS),
            }
        }
    }

    /// Beside it, synced, and put into its place: whoever reads finds the old text or the new one, whole.
    fn write(&self, text: &str) -> Result<(), TokenStoreError> {
        self.replace(text).map_err(|error| self.failure(&error))
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        let beside = self.file("tokens.json.new");
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private(OpenOptions::new().write(true).create_new(true)).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&beside, self.file("tokens.json"))?;
        // The new name has to last too; where a folder cannot be synced, it lasts without.
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }

    fn lock(&self, name: &str) -> Result<File, TokenStoreError> {
        let file = self.open_lock(name)?;
        file.lock().map_err(|error| self.failure(&error))?;
        Ok(file)
    }

    fn try_lock(&self, name: &str) -> Result<Option<File>, TokenStoreError> {
        let file = self.open_lock(name)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(self.failure(&error)),
        }
    }

    fn open_lock(&self, name: &str) -> Result<File, TokenStoreError> {
        let open = || {
            make_private_folder(&self.path)?;
            private(OpenOptions::new().write(true).create(true).truncate(false)).open(self.file(name))
        };
        open().map_err(|error| self.failure(&error))
    }
}

/// For its owner alone.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn make_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
