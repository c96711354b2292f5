//! `tempo-mcp tools`: the tools and their parameters.

use std::process::ExitCode;

use tempo_mcp_core::tools;
use tempo_mcp_protocol::tool_list;

use super::edge::Edge;
use crate::cli::{arguments::GlobalOptions, output, style::Style, tool_page};

pub(crate) fn run(global: &GlobalOptions, json: bool) -> ExitCode {
    let read_only = Edge::new(global).context.read_only;
    if json {
        return output::print(&format!("{:#}\n", tool_list::as_json(read_only)));
    }
    let style = Style::of_stdout();
    let pages = tools::listed(read_only).map(|it| tool_page::page(it, style));
    let end = "* required. For one tool: tempo-mcp call TOOL --help\n".to_owned();
    output::print(&pages.chain([end]).collect::<Vec<_>>().join("\n"))
}
