//! The sections of a `doctor` report, as a terminal shows them.

use tempo_mcp_core::tools::doctor::{Check, Mark, Section};

use super::style::{Style, width, wrapped};

/// The column in which findings begin: behind two spaces, the mark and the check's name.
const COLUMN: usize = 20;

pub(crate) fn section(section: &Section, style: Style) -> String {
    let checks = section.checks.iter().map(|it| line(it, style));
    [style.strong(&section.title)].into_iter().chain(checks).collect::<Vec<_>>().join("\n")
}

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
    for (index, piece) in wrapped(check.advice.as_deref().unwrap_or_default(), room - 2).iter().enumerate() {
        let arrow = if index == 0 { style.accent("→") } else { " ".to_owned() };
        lines.push(format!("{:COLUMN$}{arrow} {piece}", ""));
    }
    lines.join("\n")
}
