//! Imports a tenant of the TypeScript server with its first call or its first visit to `/manage`.

use jiff::{Timestamp, tz::TimeZone};
use tempo_mcp_core::{
    config::{Config, credentials::Credentials},
    domain::tenant::TenantId,
    seal::TenantHash,
};

use crate::{
    options::Options,
    store::{Store, StoreError},
};

/// Stores the row of an id that has none, from its old record. Returns whether there is a row now.
///
/// The rules of setup apply: a record that setup would reject is not imported.
pub(super) async fn import(
    store: &Store,
    options: &Options,
    id: &TenantId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(legacy) = store.legacy_credentials(id).await? else { return Ok(false) };
    let hash = TenantHash::of(id);
    let config = match Config::from_credentials(&legacy, &options.vendor_apis()) {
        Ok(config) => config,
        Err(errors) => {
            let fields: Vec<_> = errors.0.iter().map(|it| it.field).collect();
            tracing::warn!(tenant = hash.short(), ?fields, "legacy record not usable");
            return Ok(false);
        }
    };
    if options.jira_hosts.check(&config.jira.site).is_err() {
        tracing::warn!(tenant = hash.short(), "legacy record names a Jira site that is not allowed");
        return Ok(false);
    }
    let host = config.jira.site.base().host_str().unwrap_or_default();
    let day = now.to_zoned(TimeZone::UTC).date().to_string();
    store.import(id, &Credentials::of(&config), host, &day).await?;
    tracing::info!(tenant = hash.short(), "legacy tenant imported");
    Ok(true)
}
