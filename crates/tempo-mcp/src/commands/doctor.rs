//! `tempo-mcp doctor`: core's report, for a terminal or as JSON.

mod installed;

use std::process::ExitCode;

use serde_json::json;
use tempo_mcp_core::{
    config::VARIABLES,
    tools::doctor::{Check, Mark, Report},
};

use super::edge::Edge;
use crate::cli::{arguments::GlobalOptions, output, report, style::Style};

pub(crate) async fn run(global: &GlobalOptions, json: bool) -> ExitCode {
    let (edge, taken_from) = edge(global);
    let mut report = Report::of(&edge.loaded, &edge.context, &*edge.facts()).await;
    edge.finish().await;
    if let (Some(taken_from), Some(configuration)) = (taken_from, report.sections.first_mut()) {
        configuration.checks.insert(0, taken_from);
    }
    if !global.sandbox {
        report.sections.push(installed::examine().await);
    }
    let text = if json { as_json(&report) } else { page(&report, Style::of_stdout()) };
    let code = output::print(&text);
    if report.is_healthy() { code } else { ExitCode::FAILURE }
}

/// On the variables of the environment. Where none is set, on those of a client that starts this program, and a check that
/// says so.
fn edge(global: &GlobalOptions) -> (Edge, Option<Check>) {
    let is_set = VARIABLES.iter().any(|it| std::env::var_os(it.name).is_some_and(|it| !it.is_empty()));
    if global.sandbox || is_set {
        return (Edge::new(global), None);
    }
    let Some((client, loaded)) = installed::configuration() else { return (Edge::new(global), None) };
    let note = format!("{}'s configuration, because no variable is set in this terminal", client.title());
    (Edge::real(loaded), Some(Check::note("Taken from", note)))
}

fn as_json(report: &Report) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("{:#}\n", json!({"version": version, "ok": report.is_healthy(), "sections": report.sections}))
}

fn page(report: &Report, style: Style) -> String {
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let head = format!(
        "{} {}",
        style.strong("tempo-mcp doctor"),
        style.faint(&format!("{}, {system}", env!("CARGO_PKG_VERSION")))
    );
    let sections = report.sections.iter().map(|it| report::section(it, style));
    let end = match report.sections.iter().flat_map(|it| &it.checks).filter(|it| it.mark == Mark::Bad).count()
    {
        0 => style.good("All is well."),
        1 => style.bad("One thing is wrong."),
        many => style.bad(&format!("{many} things are wrong.")),
    };
    [head].into_iter().chain(sections).chain([end]).collect::<Vec<_>>().join("\n\n") + "\n"
}
