//! Tenants that exist before anybody has signed up, for demos, tests and benchmarks.

use jiff::civil::Date;
use tempo_mcp_core::{
    config::{JiraAuth, Loaded, credentials::Credentials},
    domain::{tenant::TenantId, time::WorkDate},
    ports::Ports,
    tools::{Audience, Clients, configuration, credential_check},
};
use tempo_mcp_service::store::{Store, tenants::Person};

/// Creates `count` tenants with the credentials of this configuration. They belong to the account that Jira names for
/// them, as at a sign-up.
///
/// # Errors
/// The configuration is not complete, Jira does not accept the credentials, or the tenants cannot be stored.
pub(super) async fn create(
    store: &Store,
    loaded: &Loaded,
    ports: &Ports,
    today: Date,
    count: usize,
) -> Result<Vec<TenantId>, String> {
    let config = loaded.config.as_ref().map_err(configuration)?;
    if matches!(config.jira.auth, JiraAuth::OAuth(_)) {
        return Err("--tenants needs a Jira API token: JIRA_AUTH_TYPE must not be oauth".into());
    }
    let identity = credential_check::identity(&Clients::new(config, ports)).await;
    let identity = identity.map_err(|error| error.message(&Audience::Local))?;
    let credentials = Credentials::of(config);
    let person = Person::of(&identity.account, &credentials);
    let (host, day) = (config.jira.site.base().host_str().unwrap_or_default(), WorkDate(today).to_string());
    let mut ids = Vec::with_capacity(count);
    for _ in 0..count {
        let id = store.create(&credentials, &person, host, &day).await;
        ids.push(id.map_err(|error| error.to_string())?);
    }
    Ok(ids)
}
