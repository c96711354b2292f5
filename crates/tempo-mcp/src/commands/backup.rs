//! `tempo-mcp backup`: a copy of a hosted service's database, while the service runs.

use std::{path::Path, process::ExitCode};

use super::database::existing;
use crate::{
    adapters::{private_file, sqlite::Sqlite},
    cli::{
        hosting::{BackupOptions, DatabaseOptions},
        output,
    },
};

pub(crate) fn run(options: &BackupOptions) -> ExitCode {
    output::finish(copy(&options.database, &options.file))
}

/// Needs no encryption key: everything is copied as it is, sealed.
fn copy(options: &DatabaseOptions, file: &Path) -> Result<String, String> {
    let database = existing(options)?;
    private_file::create_with(file, |target| Sqlite::copy(&database, target).map_err(std::io::Error::other))
        .map_err(|error| format!("the backup {} cannot be written: {error}", file.display()))?;
    Ok(format!("{} written; store the encryption key as well, in a different place\n", file.display()))
}
