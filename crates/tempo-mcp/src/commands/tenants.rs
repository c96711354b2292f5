//! `tempo-mcp tenants`: list, count and delete the tenants of a hosted service. No credentials are opened for it.

use std::{fmt::Write, process::ExitCode};

use tempo_mcp_core::seal::TenantHash;
use tempo_mcp_service::store::{
    Store,
    tenants::{TenantFilter, TenantSummary},
};

use super::{database::open_existing, operator_event};
use crate::cli::{
    hosting::{TenantSelection, TenantsCommand},
    output,
};

pub(crate) async fn run(command: TenantsCommand) -> ExitCode {
    output::finish(match command {
        TenantsCommand::List(selection) => list(&selection).await,
        TenantsCommand::Count(selection) => count(&selection).await,
        TenantsCommand::Delete(selection) => delete(&selection).await,
    })
}

fn which(selection: &TenantSelection) -> TenantFilter {
    match (&selection.name, &selection.email, &selection.account_id, selection.idle_days) {
        (Some(name), ..) => TenantFilter::ShortName(name.clone()),
        (_, Some(email), ..) => TenantFilter::Email(email.clone()),
        (_, _, Some(account), _) => TenantFilter::Account(account.clone()),
        (_, _, _, Some(days)) => {
            let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
            let since = today.checked_sub(jiff::Span::new().days(days)).unwrap_or(today);
            TenantFilter::IdleSince(since.to_string())
        }
        _ => TenantFilter::All,
    }
}

/// How tenants were selected, without the value.
fn described(filter: &TenantFilter) -> &'static str {
    match filter {
        TenantFilter::ShortName(_) => "by short name",
        TenantFilter::Email(_) => "by e-mail address",
        TenantFilter::Account(_) | TenantFilter::Person(_) => "by account id",
        TenantFilter::IdleSince(_) => "by idle days",
        TenantFilter::All => "all",
    }
}

async fn record(store: &Store, command: &str, selection: &TenantSelection, count: impl std::fmt::Display) {
    let detail = format!("{}: {count}", described(&which(selection)));
    operator_event::record(store, command, &detail).await;
}

async fn selected(selection: &TenantSelection) -> Result<(Store, Vec<TenantSummary>), String> {
    let store = open_existing(&selection.database).await?;
    let found = store.list(&which(selection)).await.map_err(|error| error.to_string())?;
    Ok((store, found))
}

async fn count(selection: &TenantSelection) -> Result<String, String> {
    let (store, found) = selected(selection).await?;
    record(&store, "tenants count", selection, found.len()).await;
    Ok(format!("{}\n", found.len()))
}

async fn list(selection: &TenantSelection) -> Result<String, String> {
    let (store, found) = selected(selection).await?;
    record(&store, "tenants list", selection, found.len()).await;
    let mut text = format!("{:<14}{:<12}{:<12}{}\n", "NAME", "SIGNED UP", "LAST USED", "JIRA SITE");
    for tenant in &found {
        let _ = writeln!(
            text,
            "{:<14}{:<12}{:<12}{}",
            tenant.hash.short(),
            tenant.created_on,
            tenant.used_on.as_deref().unwrap_or("never"),
            tenant.jira_host
        );
    }
    Ok(text)
}

async fn delete(selection: &TenantSelection) -> Result<String, String> {
    if matches!(which(selection), TenantFilter::All) {
        return Err("choose the tenants to delete: a short name, --email, --account-id or --idle-days".into());
    }
    let (store, found) = selected(selection).await?;
    let hashes: Vec<TenantHash> = found.into_iter().map(|it| it.hash).collect();
    let deleted = if hashes.is_empty() { Ok(0) } else { store.delete(&hashes).await };
    let deleted = deleted.map_err(|error| error.to_string())?;
    record(&store, "tenants delete", selection, deleted).await;
    Ok(format!("{deleted} deleted; a running service stops serving them within a minute\n"))
}
