//! `tempo-mcp tools`: what there is to call.

use std::{io::Write, process::ExitCode};

use tempo_mcp_core::tools;
use tempo_mcp_protocol::tool_list;

use crate::{
    cli::Global,
    fail,
    ports::Edge,
    style::{Style, width, wrapped},
};

pub(crate) fn run(global: &Global, json: bool) -> ExitCode {
    let read_only = Edge::new(global).context.read_only;
    let text = if json {
        format!("{:#}\n", tool_list::as_json(read_only))
    } else {
        let style = Style::of_stdout();
        let pages = tools::listed(read_only).map(|it| page(it, style));
        let end = "* is required. One tool alone: tempo-mcp call TOOL --help\n".to_owned();
        pages.chain([end]).collect::<Vec<_>>().join("\n")
    };
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

/// Where the parameters' explanations begin: the longest name is `remainingEstimateHours`.
const COLUMN: usize = 29;

/// One tool: what it is for, and its parameters.
pub(crate) fn page(tool: &tools::Tool, style: Style) -> String {
    let kind = if tool.kind.reads() { "reads" } else { "writes" };
    let mut lines =
        vec![format!("{}  {}", style.strong(tool.name), style.faint(&format!("{}, {kind}", tool.title)))];
    lines.extend(wrapped(tool.description, width() - 2).into_iter().map(|it| format!("  {it}")));
    for (name, required, about) in tool.parameters() {
        let marked = if required { format!("{name} *") } else { name.to_owned() };
        let pad = " ".repeat(COLUMN.saturating_sub(marked.chars().count() + 5));
        let mut about = wrapped(about, width() - COLUMN).into_iter();
        lines.push(format!("    {}{pad} {}", style.accent(&marked), about.next().unwrap_or_default()));
        lines.extend(about.map(|it| format!("{:COLUMN$}{it}", "")));
    }
    lines.push(String::new());
    lines.join("\n")
}
