//! The MCP clients in which this server is installed, whether it starts there, and with which variables.

use tempo_mcp_core::{
    config::Loaded,
    tools::doctor::{Check, Section},
};

use crate::client_config::{
    Client,
    entry::{Entry, Kind, is_placeholder},
    file,
    locations::ConfigLocations,
    start,
};

/// The configuration of an entry. Values that the client fills in count as valid.
fn loaded(entry: &Entry) -> Loaded {
    Loaded::from_lookup(&|name| match entry.variable(name) {
        Some(value) if is_placeholder(value) => Some("filled-in-by-the-client".into()),
        other => other.map(str::to_owned),
    })
}

fn is_known(entry: &Entry) -> bool {
    !entry.env.iter().any(|(_, value)| is_placeholder(value))
}

/// The first complete configuration of a client: in a terminal without variables, that is the one to examine.
pub(super) fn configuration() -> Option<(Client, Loaded)> {
    let locations = ConfigLocations::here().ok()?;
    let entries = Client::ALL.into_iter().flat_map(|client| {
        let document = file::read(client, &locations.file(client)).ok();
        document.map(|it| it.entries()).unwrap_or_default().into_iter().map(move |it| (client, it))
    });
    let own = entries.filter(|(_, it)| it.kind() == Kind::Ours && it.url.is_none() && is_known(it));
    own.map(|(client, it)| (client, loaded(&it))).find(|(_, it)| it.config.is_ok())
}

pub(super) async fn examine() -> Section {
    let mut checks = Vec::new();
    match ConfigLocations::here() {
        Ok(locations) => {
            for client in Client::ALL.into_iter().filter(|it| locations.file(*it).exists()) {
                checks.extend(of_client(&locations, client).await);
            }
        }
        Err(reason) => checks.push(Check::note("Clients", reason)),
    }
    if checks.is_empty() {
        let advice = "Run `tempo-mcp install` to add it to one.";
        checks.push(Check::note("Clients", "not installed in any client yet").with_advice(advice));
    }
    Section::new("Installed in", checks)
}

async fn of_client(locations: &ConfigLocations, client: Client) -> Vec<Check> {
    let path = locations.file(client);
    let document = match file::read(client, &path) {
        Ok(document) => document,
        Err(reason) => {
            let finding = format!("{} {reason}", locations.shown(&path));
            let advice = format!("Fix the file: {} cannot read its servers.", client.title());
            return vec![Check::bad(client.title(), finding, advice)];
        }
    };
    let entries: Vec<Entry> =
        document.entries().into_iter().filter(|it| it.kind() != Kind::Foreign).collect();
    let mut checks = Vec::new();
    for entry in &entries {
        checks.push(of_entry(client, entry).await);
    }
    if entries.len() > 1 {
        let finding = "is configured twice, so every tool appears twice";
        let advice = format!("Run `tempo-mcp install {}` to leave one entry.", client.name());
        checks.push(Check::bad(client.title(), finding, advice));
    }
    checks
}

async fn of_entry(client: Client, entry: &Entry) -> Check {
    let install = format!("`tempo-mcp install {}`", client.name());
    if entry.kind() == Kind::TypeScript {
        let finding = "has the TypeScript server, which this program replaces";
        return Check::note(client.title(), finding)
            .with_advice(format!("Run {install} to replace it in place."));
    }
    if entry.url.is_some() {
        return Check::note(client.title(), "uses a hosted service, which is not checked from here");
    }
    let version = match start::version(entry).await {
        Ok(version) => version,
        Err(reason) => {
            let advice = format!("Run {install} to write the path of this program.");
            return Check::bad(client.title(), format!("its command {reason}"), advice);
        }
    };
    if entry.args.iter().any(|it| it == "--sandbox") {
        return Check::good(client.title(), format!("starts version {version}, on simulated data"));
    }
    match loaded(entry).config {
        Ok(_) => {
            Check::good(client.title(), format!("starts version {version}; all required variables are set"))
        }
        Err(errors) => {
            let names: Vec<&str> = errors.0.iter().map(|it| it.name()).collect();
            let finding = format!("starts, but these variables are missing or wrong: {}", names.join(", "));
            Check::bad(client.title(), finding, format!("Run {install} to be asked for them."))
        }
    }
}
