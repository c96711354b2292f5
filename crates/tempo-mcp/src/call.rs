//! `tempo-mcp call`: one tool call from a terminal, through the same handler as a client's.

use std::{io::Write, process::ExitCode};

use clap::CommandFactory;
use serde_json::{Map, Value};
use tempo_mcp_core::tools::{self, Audience, Error};
use tracing_subscriber::filter::LevelFilter;

use crate::{
    cli::{Cli, Global, LogFormat},
    logging,
    ports::Edge,
    style::Style,
    tools_list, usage,
};

pub(crate) async fn run(mut global: Global, tool: &str, words: Vec<String>) -> ExitCode {
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
    let words = match read(words, &mut global) {
        Ok(words) => words,
        Err(why) => return usage(&why),
    };
    logging::start(global.log_format, LevelFilter::WARN);
    if words.help {
        return print(tools_list::page(tool, Style::of_stdout()).trim_end(), false);
    }
    let edge = Edge::new(&global);
    let outcome = tool.call(&edge.context, words.arguments).await;
    edge.finish().await;
    match outcome {
        Ok(answer) if words.json => print(&format!("{:#}", answer.structured.to_value()), answer.is_error),
        Ok(answer) => print(&answer.text, answer.is_error),
        Err(error) => {
            eprintln!("{}", error.message(&Audience::Local));
            if matches!(error, Error::NotConfigured(_)) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn print(text: &str, is_error: bool) -> ExitCode {
    let written = writeln!(std::io::stdout().lock(), "{text}");
    if written.is_err() || is_error { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Of the subcommand: clap leaves it to us, since behind a tool's name it means the tool.
fn help() -> ExitCode {
    let mut all = Cli::command();
    all.build();
    let printed = all.find_subcommand_mut("call").map(clap::Command::print_help);
    if matches!(printed, Some(Ok(()))) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn is_help(word: &str) -> bool {
    matches!(word, "--help" | "-h")
}

struct Words {
    arguments: Map<String, Value>,
    json: bool,
    help: bool,
}

/// A JSON object, or `--name value`, `--name=value` and `--flag`; the program's own options may stand among them.
fn read(words: Vec<String>, global: &mut Global) -> Result<Words, String> {
    let mut res = Words { arguments: Map::new(), json: false, help: false };
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        if is_help(&word) {
            res.help = true;
            continue;
        }
        if word.trim_start().starts_with('{') {
            let given: Map<String, Value> = serde_json::from_str(&word)
                .map_err(|it| format!("the arguments are not a JSON object: {it}"))?;
            res.arguments.extend(given);
            continue;
        }
        let name = word.strip_prefix("--").filter(|it| !it.is_empty());
        let name = name.ok_or_else(|| format!("expected a JSON object or --parameter, found {word:?}"))?;
        let (name, inline) = match name.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (name, None),
        };
        match name {
            "json" => res.json = true,
            "sandbox" => global.sandbox = true,
            _ => {
                let value = inline.or_else(|| words.next_if(|it| !it.starts_with("--")));
                set(&mut res.arguments, global, name, value)?;
            }
        }
    }
    Ok(res)
}

fn set(
    arguments: &mut Map<String, Value>,
    global: &mut Global,
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
