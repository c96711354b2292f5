//! The clients in which the server is installed, whether each would start it, and with which variables.

use tempo_mcp_core::{
    config::Loaded,
    tools::doctor::{Check, Section},
};

use crate::client_config::{
    Client,
    document::Document,
    entry::{Entry, Kind, is_placeholder},
    places::Places,
    start,
};

/// An entry's own variables; what the client fills in is taken to be right.
fn loaded(entry: &Entry) -> Loaded {
    Loaded::from_lookup(&|name| match entry.variable(name) {
        Some(value) if is_placeholder(value) => Some("filled-in-by-the-client".into()),
        other => other.map(str::to_owned),
    })
}

fn is_known(entry: &Entry) -> bool {
    !entry.env.iter().any(|(_, value)| is_placeholder(value))
}

/// Whoever looks from a terminal where nothing is set means what the clients have: the first that is complete.
pub(super) fn configuration() -> Option<(Client, Loaded)> {
    let places = Places::here().ok()?;
    let entries = Client::ALL.into_iter().flat_map(|client| {
        let document = Document::read(client.servers(), &places.file(client)).ok();
        document.map(|it| it.entries()).unwrap_or_default().into_iter().map(move |it| (client, it))
    });
    let own = entries.filter(|(_, it)| it.kind() == Kind::Ours && it.url.is_none() && is_known(it));
    own.map(|(client, it)| (client, loaded(&it))).find(|(_, it)| it.config.is_ok())
}

pub(super) async fn examine() -> Section {
    let mut checks = Vec::new();
    match Places::here() {
        Ok(places) => {
            for client in Client::ALL.into_iter().filter(|it| places.file(*it).exists()) {
                checks.extend(of_client(&places, client).await);
            }
        }
        Err(why) => checks.push(Check::note("Clients", why)),
    }
    if checks.is_empty() {
        checks
            .push(Check::note("Clients", "in none yet").with_advice("`tempo-mcp install` puts it into one."));
    }
    Section::new("Installed in", checks)
}

async fn of_client(places: &Places, client: Client) -> Vec<Check> {
    let path = places.file(client);
    let document = match Document::read(client.servers(), &path) {
        Ok(document) => document,
        Err(why) => {
            let finding = format!("{} {why}", places.shown(&path));
            let advice = format!("Mend it: {} reads no server from it as it is.", client.title());
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
        let finding = "it is there twice, so every tool is";
        checks.push(Check::bad(
            client.title(),
            finding,
            format!("`tempo-mcp install {}` leaves one.", client.name()),
        ));
    }
    checks
}

async fn of_entry(client: Client, entry: &Entry) -> Check {
    let install = format!("`tempo-mcp install {}`", client.name());
    if entry.kind() == Kind::TypeScript {
        let finding = "has the TypeScript server, which this program replaces";
        return Check::note(client.title(), finding).with_advice(format!("{install} replaces it in place."));
    }
    if entry.url.is_some() {
        return Check::note(client.title(), "uses a hosted service; its address is not called from here");
    }
    let version = match start::version(entry).await {
        Ok(version) => version,
        Err(why) => {
            let advice = format!("{install} writes this program's path.");
            return Check::bad(client.title(), format!("its command {why}"), advice);
        }
    };
    if entry.args.iter().any(|it| it == "--sandbox") {
        return Check::good(client.title(), format!("starts version {version}, on simulated data"));
    }
    match loaded(entry).config {
        Ok(_) => Check::good(client.title(), format!("starts version {version}; everything needed is set")),
        Err(faults) => {
            let names: Vec<&str> = faults.0.iter().map(|it| it.name()).collect();
            let finding = format!("starts, but with these variables missing or wrong: {}", names.join(", "));
            Check::bad(client.title(), finding, format!("{install} asks for them."))
        }
    }
}
