//! The help page of one tool: its description and its parameters.

use tempo_mcp_core::tools::Tool;

use super::style::{Style, width, wrapped};

/// The column in which the parameters' descriptions begin: the longest name is `remainingEstimateHours`.
const COLUMN: usize = 29;

pub(crate) fn page(tool: &Tool, style: Style) -> String {
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
