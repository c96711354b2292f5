//! `tempo-mcp keys`: rotate the encryption key of a hosted service.

use std::process::ExitCode;

use tempo_mcp_service::store::tenants::TenantFilter;

use super::{
    database::{open_existing, open_to_rotate},
    operator_event,
};
use crate::cli::{
    hosting::{DatabaseOptions, KeysCommand},
    output,
};

pub(crate) async fn run(command: KeysCommand) -> ExitCode {
    output::finish(match command {
        KeysCommand::Rotate(options) => rotate(&options).await,
        KeysCommand::Status(options) => status(&options).await,
    })
}

async fn rotate(options: &DatabaseOptions) -> Result<String, String> {
    let (store, _lock) = open_to_rotate(options).await?;
    let renewed = store.renew_seals(100).await.map_err(|error| error.to_string())?;
    operator_event::record(&store, "keys rotate", &format!("{renewed} sealed again")).await;
    Ok(format!(
        "{renewed} sealed again; all tenants are now under the current key, and no other key opens this database\n"
    ))
}

async fn status(options: &DatabaseOptions) -> Result<String, String> {
    let store = open_existing(options).await?;
    let tenants = store.list(&TenantFilter::All).await.map_err(|error| error.to_string())?;
    let current = store.current_key();
    let other = tenants.iter().filter(|it| it.key_id != current).count();
    operator_event::record(&store, "keys status", "").await;
    Ok(format!("current key {current}: {} tenants; under other keys: {other}\n", tenants.len() - other))
}
