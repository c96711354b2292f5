//! `tempo-mcp doctor`: core's report on a terminal or as JSON, and the exit code.

mod installed;

use std::{io::Write, process::ExitCode};

use serde_json::json;
use tempo_mcp_core::{
    config::VARIABLES,
    tools::doctor::{Check, Mark, Report, Section},
};

use crate::{
    cli::Global,
    fail,
    ports::Edge,
    style::{Style, width, wrapped},
};

pub(crate) async fn run(global: &Global, json: bool) -> ExitCode {
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
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) if report.is_healthy() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => fail(&error.to_string()),
    }
}

/// The environment's variables; where it has none at all, those of a client that starts this program.
fn edge(global: &Global) -> (Edge, Option<Check>) {
    let is_set = VARIABLES.iter().any(|it| std::env::var_os(it.name).is_some_and(|it| !it.is_empty()));
    if global.sandbox || is_set {
        return (Edge::new(global), None);
    }
    let Some((client, loaded)) = installed::configuration() else { return (Edge::new(global), None) };
    let note = format!("{}'s configuration, as nothing is set in this terminal", client.title());
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
    let sections = report.sections.iter().map(|it| section(it, style));
    let end = match report.sections.iter().flat_map(|it| &it.checks).filter(|it| it.mark == Mark::Bad).count()
    {
        0 => style.good("All is well."),
        1 => style.bad("One thing is wrong."),
        many => style.bad(&format!("{many} things are wrong.")),
    };
    [head].into_iter().chain(sections).chain([end]).collect::<Vec<_>>().join("\n\n") + "\n"
}

pub(crate) fn section(section: &Section, style: Style) -> String {
    let checks = section.checks.iter().map(|it| line(it, style));
    [style.strong(&section.title)].into_iter().chain(checks).collect::<Vec<_>>().join("\n")
}

/// Where findings begin: two blanks, the mark, the name.
const COLUMN: usize = 20;

fn line(check: &Check, style: Style) -> String {
    let mark = match check.mark {
        Mark::Good => style.good("✓"),
        Mark::Bad => style.bad("✗"),
        Mark::Note => style.faint("–"),
    };
    let room = width() - COLUMN;
    let mut rest = wrapped(&check.finding, room).into_iter();
    let first = rest.next().unwrap_or_default();
    let mut lines = vec![format!("  {mark} {:<1$}{first}", check.name, COLUMN - 4)];
    lines.extend(rest.map(|it| format!("{:COLUMN$}{it}", "")));
    for (place, piece) in wrapped(check.advice.as_deref().unwrap_or_default(), room - 2).iter().enumerate() {
        let arrow = if place == 0 { style.accent("→") } else { " ".to_owned() };
        lines.push(format!("{:COLUMN$}{arrow} {piece}", ""));
    }
    lines.join("\n")
}
