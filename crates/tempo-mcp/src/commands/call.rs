//! `tempo-mcp call`: one tool call from a terminal, through the same handler as those of a client.

use std::process::ExitCode;

use clap::CommandFactory;
use serde_json::{Map, Value};
use tempo_mcp_core::tools::{self, Audience, Error};
use tracing_subscriber::filter::LevelFilter;

use super::edge::Edge;
use crate::cli::{
    arguments::{Cli, GlobalOptions, LogFormat},
    exit::usage,
    logging, output,
    style::Style,
    tool_page,
};

pub(crate) async fn run(mut global: GlobalOptions, tool: &str, words: Vec<String>) -> ExitCode {
    if is_help(tool) {
        return help();
    }
    if tool.starts_with('-') {
        return usage(&format!("expected a tool's name, found {tool:?}; see `tempo-mcp tools`"));
    }
    let tool = match tools::find(tool) {
        Ok(tool) => tool,
        Err(nearest) => {
            return usage(&format!(
                "there is no tool {tool:?}; did you mean {nearest}? See `tempo-mcp tools`"
            ));
        }
    };
    let call = match read(words, &mut global) {
        Ok(call) => call,
        Err(reason) => return usage(&reason),
    };
    logging::start(global.log_format, LevelFilter::WARN);
    if call.help {
        return print(tool_page::page(tool, Style::of_stdout()).trim_end(), false);
    }
    let edge = Edge::new(&global);
    let outcome = tool.call(&edge.context, call.arguments).await;
    edge.finish().await;
    match outcome {
        Ok(result) if call.json => print(&format!("{:#}", result.structured.to_value()), result.is_error),
        Ok(result) => print(&result.text, result.is_error),
        Err(error) => {
            eprintln!("{}", error.message(&Audience::Local));
            if matches!(error, Error::NotConfigured(_)) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn print(text: &str, is_error: bool) -> ExitCode {
    let code = output::print(&format!("{text}\n"));
    if is_error { ExitCode::FAILURE } else { code }
}

/// Prints the subcommand's help. clap leaves it to us, since behind a tool's name `--help` means the tool.
fn help() -> ExitCode {
    let mut all = Cli::command();
    all.build();
    let printed = all.find_subcommand_mut("call").map(clap::Command::print_help);
    if matches!(printed, Some(Ok(()))) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn is_help(word: &str) -> bool {
    matches!(word, "--help" | "-h")
}

/// A command line that was read.
struct ToolCall {
    arguments: Map<String, Value>,
    json: bool,
    help: bool,
}

/// Reads a JSON object, or `--name value`, `--name=value` and `--flag`; the program's own options may be among them.
fn read(words: Vec<String>, global: &mut GlobalOptions) -> Result<ToolCall, String> {
    let mut call = ToolCall { arguments: Map::new(), json: false, help: false };
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        if is_help(&word) {
            call.help = true;
            continue;
        }
        if word.trim_start().starts_with('{') {
            let object: Map<String, Value> = serde_json::from_str(&word)
                .map_err(|it| format!("the arguments are not a JSON object: {it}"))?;
            call.arguments.extend(object);
            continue;
        }
        let name = word.strip_prefix("--").filter(|it| !it.is_empty());
        let name = name.ok_or_else(|| format!("expected a JSON object or --parameter, found {word:?}"))?;
        let (name, inline) = match name.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (name, None),
        };
        match name {
            "json" => call.json = true,
            "sandbox" => global.sandbox = true,
            _ => {
                let value = inline.or_else(|| words.next_if(|it| !it.starts_with("--")));
                set(&mut call.arguments, global, name, value)?;
            }
        }
    }
    Ok(call)
}

fn set(
    arguments: &mut Map<String, Value>,
    global: &mut GlobalOptions,
    name: &str,
    value: Option<String>,
) -> Result<(), String> {
    match (name, value) {
        ("today", Some(day)) => {
            global.today = Some(
                day.parse().map_err(|_| format!("--today must be a date like 2026-03-15, not {day:?}"))?,
            );
        }
        ("log-format", Some(format)) if format == "json" => global.log_format = LogFormat::Json,
        ("log-format", Some(format)) if format == "text" => global.log_format = LogFormat::Text,
        ("today" | "log-format", _) => return Err(format!("--{name} needs a value")),
        (name, value) => {
            let value = value.map_or(Value::Bool(true), Value::String);
            if arguments.insert(name.to_owned(), value).is_some() {
                return Err(format!("--{name} is given twice"));
            }
        }
    }
    Ok(())
}
