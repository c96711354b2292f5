//! The database of a hosted service: where it is, and how operators' commands open it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use tempo_mcp_core::seal::ServerKey;
use tempo_mcp_service::store::Store;

use crate::{
    adapters::{
        database_lock::DatabaseLock, encryption_key, private_file, sqlite::Sqlite, system::SystemEntropy,
    },
    cli::hosting::DatabaseOptions,
};

/// The file of a service that has been started before.
pub(super) fn existing(options: &DatabaseOptions) -> Result<PathBuf, String> {
    let path = path(options)?;
    let missing = || format!("there is no database at {}; --database names another one", path.display());
    path.exists().then_some(&path).cloned().ok_or_else(missing)
}

/// The store of a service that has been started before.
pub(super) async fn open_existing(options: &DatabaseOptions) -> Result<Store, String> {
    let path = existing(options)?;
    let (current, previous) = encryption_key::load_for_operator(&path)?;
    open(&path, current, previous).await
}

/// Like [`open_existing`], for a rotation to the current key. Fails while a service without that key is running. The
/// lock is held until the rotation is over.
pub(super) async fn open_to_rotate(
    options: &DatabaseOptions,
) -> Result<(Store, Option<DatabaseLock>), String> {
    let path = existing(options)?;
    let (current, previous) = encryption_key::load_for_operator(&path)?;
    let lock = DatabaseLock::for_rotation(&path, current.id())?;
    Ok((open(&path, current, previous).await?, lock))
}

async fn open(path: &Path, current: ServerKey, previous: Vec<ServerKey>) -> Result<Store, String> {
    let database = Arc::new(Sqlite::open(path)?);
    let store = Store::open(database, Arc::new(SystemEntropy), current, previous).await;
    store.map_err(|error| error.to_string())
}

/// `--database`, or `tempo-mcp/tempo-mcp.sqlite` in the data directory. That folder is created if it is missing, and
/// only its owner can enter it.
pub(super) fn path(options: &DatabaseOptions) -> Result<PathBuf, String> {
    if let Some(text) = &options.database {
        let path = text.strip_prefix("sqlite:").filter(|it| !it.is_empty());
        return path.map(PathBuf::from).ok_or_else(|| "--database must look like sqlite:PATH".into());
    }
    let variable = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let folder = variable("XDG_DATA_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .or_else(|| variable("HOME").map(|it| it.join(".local/share")))
        .ok_or("there is no data directory: XDG_DATA_HOME, LOCALAPPDATA and HOME are not set; use --database sqlite:PATH")?
        .join("tempo-mcp");
    private_file::make_folder(&folder)
        .map_err(|error| format!("{} cannot be created: {error}", folder.display()))?;
    Ok(folder.join("tempo-mcp.sqlite"))
}
