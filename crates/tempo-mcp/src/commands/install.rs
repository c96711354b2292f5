//! `tempo-mcp install`: this program in the configurations of MCP clients.

mod ask;
mod difference;
mod secrets;
pub(super) mod selection;
mod values;

use std::{path::PathBuf, process::ExitCode};

use jsonc_parser::cst::CstInputValue;
use tempo_mcp_core::tools::doctor::Report;
use url::Url;

use super::edge::Edge;
use crate::{
    cli::{arguments::GlobalOptions, exit::usage, installing::InstallOptions, report, style::Style},
    client_config::{
        Client,
        document::Change,
        entry::{Entry, Kind},
    },
};
use ask::DefaultAnswer;
use selection::{Mode, Selection};
use values::Values;

pub(super) use secrets::INPUTS;

pub(crate) async fn run(global: &GlobalOptions, options: InstallOptions) -> ExitCode {
    let mut selection = match Selection::new(&options.clients, "Install tempo-mcp in") {
        Ok(selection) => selection,
        Err(reason) => return usage(&reason),
    };
    let mut failed = false;
    for client in selection.clients.clone() {
        let outcome = install(global, &mut selection, client, options.remote.as_ref()).await;
        failed |= selection.report_failure(client, outcome);
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn install(
    global: &GlobalOptions,
    selection: &mut Selection,
    client: Client,
    remote: Option<&Url>,
) -> Result<(), String> {
    let document = selection.open(client)?;
    let entries = document.entries();
    let of_kind = |kind: Kind| entries.iter().find(|it| it.kind() == kind);
    let existing = of_kind(Kind::TypeScript).or_else(|| of_kind(Kind::Ours));
    let key = existing.map_or_else(|| free_key(&entries), |it| it.key.clone());
    let change = match remote {
        Some(url) => hosted(client, url)?,
        None => {
            let values = local(global, client, existing, selection).await?;
            INPUTS.iter().filter(|(name, ..)| values.inputs.contains(name)).for_each(|(_, id, about)| {
                document.add_input(id, about);
            });
            program(global, client, existing, values)?
        }
    };
    document.put(&key, &change);
    // With a second entry the client would offer every tool twice.
    let others = entries.iter().filter(|it| it.kind() != Kind::Foreign && it.key != key);
    others.for_each(|it| document.remove(&it.key));
    if remote.is_some() {
        INPUTS.iter().for_each(|(_, id, _)| document.drop_unused_input(id));
    }
    selection.finish(client, &document)
}

fn free_key(entries: &[Entry]) -> String {
    let is_free = |key: &String| entries.iter().all(|it| it.key != *key);
    let names = ["tempo".to_owned(), "tempo-mcp".to_owned()].into_iter();
    let more = (2..).map(|it| format!("tempo-mcp-{it}"));
    names.chain(more).find(is_free).unwrap_or_default()
}

/// Fields that only the entry of a local server has.
const LOCAL_ONLY: &[&str] = &["command", "args", "env"];
/// Fields that only the entry of a hosted server has.
const HOSTED_ONLY: &[&str] = &["url", "serverUrl", "headers"];
const HOSTED_OR_ARGUMENTS: &[&str] = &["url", "serverUrl", "headers", "args"];

fn hosted(client: Client, url: &Url) -> Result<Change, String> {
    let is_loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if url.scheme() != "https" && !is_loopback {
        return Err("is unchanged: the personal URL must begin with https://".into());
    }
    Ok(Change { set: client.remote(url.as_str())?, drop: LOCAL_ONLY, env: Vec::new() })
}

fn program(
    global: &GlobalOptions,
    client: Client,
    existing: Option<&Entry>,
    values: Values,
) -> Result<Change, String> {
    let path = this_program()?;
    let mut set: Vec<(&str, CstInputValue)> = Vec::new();
    if client.names_the_transport() {
        set.push(("type", "stdio".into()));
    }
    set.push(("command", path.into()));
    if global.sandbox {
        set.push(("args", vec!["--sandbox"].into()));
    }
    // Arguments of the TypeScript server, or of an earlier installation with simulated data.
    let are_stale = existing.is_some_and(|it| it.kind() == Kind::TypeScript || it.args == ["--sandbox"]);
    let drop = if are_stale && !global.sandbox { HOSTED_OR_ARGUMENTS } else { HOSTED_ONLY };
    let env = values.written();
    Ok(Change { set, drop, env })
}

/// The absolute path of this program: clients start it from another folder.
fn this_program() -> Result<String, String> {
    let path = std::env::current_exe().and_then(|it| it.canonicalize());
    let path: PathBuf =
        path.map_err(|error| format!("is unchanged: the path of this program is not known: {error}"))?;
    let path = path.to_str().ok_or("is unchanged: the path of this program is not valid Unicode")?;
    // On Windows a canonical path has a prefix with which not every client can start it.
    Ok(path.strip_prefix(r"\\?\").unwrap_or(path).to_owned())
}

/// The variables of a local server, checked with both vendors before anything is written.
async fn local(
    global: &GlobalOptions,
    client: Client,
    existing: Option<&Entry>,
    selection: &mut Selection,
) -> Result<Values, String> {
    if global.sandbox {
        return Ok(Values { pairs: Vec::new(), inputs: Vec::new() });
    }
    let values = values::gather(client, existing, selection.mode, &mut *selection.ask)?;
    if selection.mode == Mode::Print {
        return Ok(values);
    }
    if !values.are_all_known() {
        eprintln!("Not checked: {} asks for the tokens when it starts the server.", client.title());
        return Ok(values);
    }
    let edge = Edge::real(values.loaded());
    let report = Report::of(&edge.loaded, &edge.context, &*edge.facts()).await;
    let style = Style::of_stderr();
    if report.is_healthy() {
        eprintln!("{} Tempo and Jira accept these values.", style.good("✓"));
        return Ok(values);
    }
    // The server works without some scopes, but not with a token that is refused.
    let default = if report.works { DefaultAnswer::Yes } else { DefaultAnswer::No };
    for section in report.failures() {
        eprintln!("{}\n", report::section(&section, style));
    }
    if selection.ask.yes("Write these values anyway?", default)? {
        return Ok(values);
    }
    Err("is unchanged".into())
}
