//! `tempo-mcp uninstall`: this program out of the configurations of MCP clients.

use std::process::ExitCode;

use super::install::{INPUTS, selection::Selection};
use crate::{
    cli::{exit::usage, installing::UninstallOptions},
    client_config::{
        Client,
        entry::{Entry, Kind},
    },
};

pub(crate) fn run(options: &UninstallOptions) -> ExitCode {
    let mut selection = match Selection::new(&options.clients, "Remove tempo-mcp from") {
        Ok(selection) => selection,
        Err(reason) => return usage(&reason),
    };
    let mut failed = false;
    for client in selection.clients.clone() {
        let outcome = uninstall(&mut selection, client);
        failed |= selection.report_failure(client, outcome);
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn uninstall(selection: &mut Selection, client: Client) -> Result<(), String> {
    let document = selection.open(client)?;
    let ours: Vec<Entry> = document.entries().into_iter().filter(|it| it.kind() == Kind::Ours).collect();
    ours.iter().for_each(|it| document.remove(&it.key));
    if !ours.is_empty() {
        INPUTS.iter().for_each(|(_, id, _)| document.drop_unused_input(id));
    }
    selection.finish(client, &document)
}
