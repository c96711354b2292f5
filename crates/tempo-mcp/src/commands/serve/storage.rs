//! The database that a service runs on, its lock, and the check that is repeated every day.

use std::{path::Path, sync::Arc, time::Duration};

use tempo_mcp_core::seal::ServerKey;
use tempo_mcp_service::store::Store;

use crate::{
    adapters::{database_lock::DatabaseLock, encryption_key, sqlite::Sqlite, system::SystemEntropy},
    cli::hosting::ServeOptions,
    commands::database,
};

const INTEGRITY_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// The store on the file that the options name, and its lock, which the service holds while it runs.
///
/// # Errors
/// The file is damaged, gone or cannot be used, or no key fits it.
pub(super) async fn open(options: &ServeOptions) -> Result<(Store, DatabaseLock), String> {
    let path = database::path(&options.database)?;
    // First of all: a start waits here while the key is rotated, and reads the key afterwards.
    let lock = DatabaseLock::for_service(&path).map_err(|error| opening_error(&path).unwrap_or(error))?;
    let (current, previous) = encryption_key::load(&path, options.listen.ip().is_loopback())?;
    let database = Sqlite::open(&path)?;
    database.check_integrity().map_err(|error| format!("{}: {error}", path.display()))?;
    let store = Store::open(Arc::new(database.clone()), Arc::new(SystemEntropy), current, previous).await;
    let store = store.map_err(|error| error.to_string())?;
    lock.register(store.current_key())?;
    tokio::spawn(check_daily(database));
    Ok((store, lock))
}

/// SQLite's error for a database that cannot be locked, which explains more than the lock's error. Creates no database.
fn opening_error(path: &Path) -> Option<String> {
    let can_be_created =
        !path.exists() && path.parent().is_some_and(|it| it.as_os_str().is_empty() || it.exists());
    if can_be_created { None } else { Sqlite::open(path).err() }
}

/// A store in memory, for a simulation.
pub(super) async fn in_memory() -> Result<Store, String> {
    let (database, key) = (Sqlite::in_memory()?, ServerKey::new(encryption_key::generate()?));
    let store = Store::open(Arc::new(database), Arc::new(SystemEntropy), key, Vec::new()).await;
    store.map_err(|error| error.to_string())
}

async fn check_daily(database: Sqlite) {
    loop {
        tokio::time::sleep(INTEGRITY_INTERVAL).await;
        let database = database.clone();
        match tokio::task::spawn_blocking(move || database.check_integrity()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "database damaged"),
            Err(error) => tracing::error!(%error, "database not checked"),
        }
    }
}
