//! `tempo-mcp tools`: what there is to call.

use std::{io::Write, process::ExitCode};

use tempo_mcp_core::{mcp, tools};

use crate::{cli::Global, fail, ports::Edge, style::Style};

/// The width of a text column that is pleasant to read.
const WIDTH: usize = 100;

pub(crate) fn run(global: &Global, json: bool) -> ExitCode {
    let read_only = Edge::new(global).context.read_only;
    let text = if json {
        format!("{:#}\n", mcp::tools_list(read_only))
    } else {
        tools::listed(read_only).map(|it| page(it, Style::of_stdout())).collect::<Vec<_>>().join("\n")
    };
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn page(tool: &tools::Tool, style: Style) -> String {
    let kind = if tool.kind.reads() { "reads" } else { "writes" };
    let mut lines =
        vec![format!("{}  {}", style.strong(tool.name), style.faint(&format!("{}, {kind}", tool.title)))];
    lines.extend(wrapped(tool.about, WIDTH - 2).into_iter().map(|it| format!("  {it}")));
    for (name, required, about) in tool.parameters() {
        let marked = if required { format!("{name} *") } else { name.to_owned() };
        let pad = " ".repeat(26_usize.saturating_sub(marked.chars().count() + 4));
        let mut about = wrapped(about, WIDTH - 26).into_iter();
        lines.push(format!("    {}{pad} {}", style.accent(&marked), about.next().unwrap_or_default()));
        lines.extend(about.map(|it| format!("{:27}{it}", "")));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Lines of at most `width` characters, broken between words.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut res: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match res.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => res.push(word.to_owned()),
        }
    }
    res
}
