//! The layout of the demo: headings, what a person says, calls, and results behind a bar.

use serde_json::Value;

use super::client::CallResult;
use crate::cli::{
    output,
    style::{Style, width, wrapped},
};

pub(super) struct Page {
    style: Style,
    width: usize,
    chapter: usize,
}

/// Arguments in the order in which a person would name them.
const ORDER: &[&str] = &[
    "text",
    "worklogId",
    "issueKey",
    "date",
    "startDate",
    "endDate",
    "startTime",
    "endTime",
    "timeSpent",
    "groupBy",
];

impl Page {
    pub(super) fn of_stdout() -> Self {
        Self { style: Style::of_stdout(), width: width(), chapter: 0 }
    }

    pub(super) fn title(&mut self, text: &str) -> Result<(), String> {
        self.print(&[self.style.strong(text), String::new()])
    }

    pub(super) fn chapter(&mut self, text: &str) -> Result<(), String> {
        self.chapter += 1;
        let heading = self.style.strong(&format!("{}. {text}", self.chapter));
        self.print(&[String::new(), heading])
    }

    /// Prints a paragraph; an empty text is an empty line.
    pub(super) fn narrate(&mut self, text: &str) -> Result<(), String> {
        let lines = if text.is_empty() { vec![String::new()] } else { wrapped(text, self.width) };
        self.print(&lines)
    }

    /// Prints a remark on the result above it, in its column.
    pub(super) fn remark(&mut self, text: &str) -> Result<(), String> {
        let lines = wrapped(text, self.width - 2);
        let lines = lines.iter().map(|it| format!("  {}", self.style.faint(it)));
        self.print(&lines.collect::<Vec<_>>())
    }

    pub(super) fn say(&mut self, text: &str) -> Result<(), String> {
        let lines = wrapped(&format!("“{text}”"), self.width - 2);
        let lines = lines.iter().map(|it| format!("  {}", self.style.good(it)));
        self.print(&lines.collect::<Vec<_>>())
    }

    pub(super) fn call(&mut self, tool: &str, arguments: &Value) -> Result<(), String> {
        let mut lines = Vec::new();
        for piece in call_text(tool, arguments).lines().flat_map(|it| wrapped(it, self.width - 6)) {
            lines.push(format!("{}{piece}", if lines.is_empty() { "  → " } else { "      " }));
        }
        if let Some(first) = lines.first_mut() {
            *first = first.replacen(tool, &self.style.accent(tool), 1);
        }
        self.print(&lines)
    }

    pub(super) fn result(&mut self, result: &CallResult) -> Result<(), String> {
        self.behind_a_bar(result, usize::MAX)
    }

    /// Prints only the first line of a result, and whether there is more.
    pub(super) fn first_line(&mut self, result: &CallResult) -> Result<(), String> {
        self.behind_a_bar(result, 1)
    }

    fn behind_a_bar(&mut self, result: &CallResult, max_lines: usize) -> Result<(), String> {
        let bar = if result.is_error { self.style.bad("│") } else { self.style.faint("│") };
        let mut lines = Vec::new();
        for line in result.text.lines().take(max_lines) {
            let hanging = if line.starts_with(['-', '[']) { "  " } else { "" };
            for (index, piece) in wrapped(line, self.width - 6).into_iter().enumerate() {
                lines.push(format!("  {bar} {}{piece}", if index == 0 { "" } else { hanging }));
            }
        }
        if result.text.lines().nth(max_lines).is_some() {
            lines.push(format!("  {bar} {}", self.style.faint("…")));
        }
        self.print(&lines)
    }

    fn print(&self, lines: &[String]) -> Result<(), String> {
        let text: String = lines.iter().map(|it| format!("{it}\n")).collect();
        output::write(&text)
    }
}

/// `createWorklog(issueKey: "WEB-12", …)`; a list has one line per item.
fn call_text(tool: &str, arguments: &Value) -> String {
    format!("{tool}({})", fields(arguments))
}

fn fields(value: &Value) -> String {
    let Some(map) = value.as_object() else { return value.to_string() };
    let mut pairs: Vec<(&String, &Value)> = map.iter().collect();
    pairs.sort_by_key(|(name, _)| ORDER.iter().position(|it| it == name).unwrap_or(ORDER.len()));
    let pairs = pairs.into_iter().map(|(name, it)| match it {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|it| format!("{{{}}}", fields(it))).collect();
            format!("{name}: [\n{}]", items.join(",\n"))
        }
        it => format!("{name}: {it}"),
    });
    pairs.collect::<Vec<_>>().join(", ")
}
