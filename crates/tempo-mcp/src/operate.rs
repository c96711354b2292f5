//! The operator's commands: `tenants` and `keys`. Nobody's tokens are read for them.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use bytes::Bytes;
use clap::{Args, Subcommand};
use tempo_mcp_core::{ports::HttpClient, seal::TenantHash};
use tempo_mcp_service::store::{
    Store,
    tenants::{Listed, Which},
};
use url::Url;

use crate::{
    fail,
    http_client::Network,
    serve::{Data, existing, key, open_existing},
    sqlite::Sqlite,
};

#[derive(Subcommand)]
pub(crate) enum Tenants {
    /// List them: the short name that logs show, Jira site, days of sign-up and of last use
    List(Selection),
    /// How many there are
    Count(Selection),
    /// Remove them, with everything that is stored of them
    Delete(Selection),
}

#[derive(Subcommand)]
pub(crate) enum Keys {
    /// Renew the outer seal of every record under the current ENCRYPTION_KEY; give the old one as ENCRYPTION_KEY_PREVIOUS
    Rotate(Data),
    /// Which keys the records are under
    Status(Data),
}

#[derive(Args)]
pub(crate) struct Backup {
    /// The new file; one that exists is left alone
    file: PathBuf,

    #[command(flatten)]
    data: Data,
}

/// Which tenants; without any of these, all of them.
#[derive(Args)]
pub(crate) struct Selection {
    #[command(flatten)]
    data: Data,

    /// The short name that logs and `tenants list` show
    #[arg(conflicts_with_all = ["email", "account_id", "idle_days"])]
    name: Option<String>,

    /// By the e-mail address that they gave
    #[arg(long, conflicts_with_all = ["account_id", "idle_days"])]
    email: Option<String>,

    /// By Atlassian account id
    #[arg(long, conflicts_with = "idle_days")]
    account_id: Option<String>,

    /// Not used for this many days; who never used it counts from sign-up
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    idle_days: Option<u16>,
}

impl Selection {
    fn which(&self) -> Which {
        match (&self.name, &self.email, &self.account_id, self.idle_days) {
            (Some(name), ..) => Which::Short(name.clone()),
            (_, Some(email), ..) => Which::Email(email.clone()),
            (_, _, Some(account), _) => Which::Account(account.clone()),
            (_, _, _, Some(days)) => {
                let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
                let since = today.checked_sub(jiff::Span::new().days(days)).unwrap_or(today);
                Which::IdleSince(since.to_string())
            }
            _ => Which::All,
        }
    }
}

pub(crate) async fn tenants(command: Tenants) -> ExitCode {
    let outcome = match command {
        Tenants::List(it) => list(&it).await,
        Tenants::Count(it) => selected(&it).await.map(|(_, found)| format!("{}\n", found.len())),
        Tenants::Delete(it) => delete(&it).await,
    };
    told(outcome)
}

pub(crate) async fn keys(command: Keys) -> ExitCode {
    told(match command {
        Keys::Rotate(data) => rotate(&data).await,
        Keys::Status(data) => status(&data).await,
    })
}

pub(crate) fn backup(backup: &Backup) -> ExitCode {
    told(copy(&backup.data, &backup.file))
}

pub(crate) async fn health(url: &Url) -> ExitCode {
    told(ask(url).await)
}

fn told(outcome: Result<String, String>) -> ExitCode {
    use std::io::Write;
    match outcome {
        Ok(text) => match std::io::stdout().lock().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string()),
        },
        Err(reason) => fail(&reason),
    }
}

async fn selected(selection: &Selection) -> Result<(Store, Vec<Listed>), String> {
    let store = open_existing(&selection.data).await?;
    let found = store.list(&selection.which()).await.map_err(|failure| failure.to_string())?;
    Ok((store, found))
}

async fn list(selection: &Selection) -> Result<String, String> {
    let (_, found) = selected(selection).await?;
    let mut text = format!("{:<14}{:<12}{:<12}{}\n", "NAME", "SIGNED UP", "LAST USED", "JIRA SITE");
    for it in &found {
        let _ = writeln!(
            text,
            "{:<14}{:<12}{:<12}{}",
            it.record.short(),
            it.created_on,
            it.used_on.as_deref().unwrap_or("never"),
            it.jira_host
        );
    }
    Ok(text)
}

async fn delete(selection: &Selection) -> Result<String, String> {
    if matches!(selection.which(), Which::All) {
        return Err("say whom: a short name, --email, --account-id or --idle-days".into());
    }
    let (store, found) = selected(selection).await?;
    let records: Vec<TenantHash> = found.into_iter().map(|it| it.record).collect();
    let removed = if records.is_empty() { Ok(0) } else { store.delete(&records).await };
    let removed = removed.map_err(|failure| failure.to_string())?;
    Ok(format!("{removed} removed; a running service forgets them within a minute\n"))
}

async fn rotate(data: &Data) -> Result<String, String> {
    let store = open_existing(data).await?;
    let renewed = store.renew_seals(100).await.map_err(|failure| failure.to_string())?;
    Ok(format!(
        "{renewed} renewed; every record is under the current key, and no other opens this database\n"
    ))
}

async fn status(data: &Data) -> Result<String, String> {
    let store = open_existing(data).await?;
    let found = store.list(&Which::All).await.map_err(|failure| failure.to_string())?;
    let current = store.current_key();
    let other = found.iter().filter(|it| it.key_id != current).count();
    Ok(format!("current key {current}: {} records; under other keys: {other}\n", found.len() - other))
}

/// Needs no key: what is sealed stays sealed.
fn copy(data: &Data, file: &Path) -> Result<String, String> {
    let database = existing(data)?;
    let failed = |error: String| format!("the backup {} cannot be written: {error}", file.display());
    let made = key::private(file).map_err(|error| failed(error.to_string()))?;
    let copied = Sqlite::copy(&database, file).map_err(|error| error.to_string());
    // A backup that an outage of power can take back is none.
    let kept = copied.and_then(|()| made.sync_all().map_err(|error| error.to_string()));
    kept.map_err(|error| {
        let _ = std::fs::remove_file(file);
        failed(error)
    })?;
    Ok(format!("{} written; keep the encryption key too, somewhere else\n", file.display()))
}

async fn ask(url: &Url) -> Result<String, String> {
    let ready = url.join("/readyz").map_err(|error| error.to_string())?;
    let request = http::Request::get(ready.as_str()).body(Bytes::new()).map_err(|error| error.to_string())?;
    let answer = Network::default().send(request).await;
    let answer = answer.map_err(|failure| format!("{ready} does not answer: {:?}", failure.cause))?;
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    if answer.status().is_success() { Ok(text + "\n") } else { Err(format!("not ready: {text}")) }
}
