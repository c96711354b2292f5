//! `tempo-mcp backup`: a copy of a hosted service's database, while the service runs.

use std::{path::Path, process::ExitCode};

use super::{database::existing, operator_event};
use crate::{
    adapters::{private_file, sqlite::Sqlite},
    cli::{
        hosting::{BackupOptions, DatabaseOptions},
        output,
    },
};

pub(crate) async fn run(options: &BackupOptions) -> ExitCode {
    output::finish(copy(&options.database, &options.file).await)
}

/// Needs no encryption key: everything is copied as it is, sealed.
async fn copy(options: &DatabaseOptions, file: &Path) -> Result<String, String> {
    let database = existing(options)?;
    private_file::create_with(file, |target| Sqlite::copy(&database, target).map_err(std::io::Error::other))
        .map_err(|error| format!("the backup {} cannot be written: {error}", file.display()))?;
    if let Ok(database) = Sqlite::open(&database) {
        operator_event::record_without_key(&database, "backup").await;
    }
    Ok(format!("{} written; store the encryption key as well, in a different place\n", file.display()))
}
