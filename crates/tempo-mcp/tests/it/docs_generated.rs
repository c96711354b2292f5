//! What the code knows, the pages do not repeat by hand: tables of variables and tools, and what commands print.
//!
//! `UPDATE_EXPECT=1 cargo test -p tempo-mcp --test it docs_generated` writes them.

use std::fmt::Write;

use expect_test::expect_file;
use serde_json::{Map, Value};
use tempo_mcp_core::{
    config::{Loaded, VARIABLES},
    tools,
};

use crate::{
    docs::{Page, guides, path},
    program::{finish, run},
    service::bare,
};

const BEGIN: &str = "<!-- generated: ";
const END: &str = "<!-- end of generated -->";

/// Sentences that make an assistant call the tool.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("searchIssues", &["Which issue is the login bug?", "What did I work on lately?"]),
    ("createWorklog", &["Log an hour and a half on PROJ-12, starting at one."]),
    ("bulkCreateWorklogs", &["Fill last week: half an hour of stand-up each day, the rest on PROJ-12."]),
    ("retrieveWorklogs", &["What did I log this week?"]),
    ("getMissingWorklogDays", &["What is missing this month?"]),
    (
        "getWorklogAnalytics",
        &["How much of March went to which account?", "How long have I worked on PROJ-12?"],
    ),
    ("editWorklog", &["The review took until three, not half past two.", "Move that to PROJ-14."]),
    ("deleteWorklog", &["Remove the second entry of yesterday."]),
];

#[test]
fn generated_parts_of_the_docs_are_current() {
    let mut generated = 0;
    for page in guides() {
        let mut text = page.text.clone();
        for (name, make) in [
            ("variables", variables as fn() -> String),
            ("variables of serve", variables_of_serve),
            ("tools", tables_of_tools),
        ] {
            if let Some((before, after)) = around(&text, name) {
                text = format!("{before}\n{}\n{after}", make());
                generated += 1;
            }
        }
        #[cfg(unix)]
        let text = with_output(&Page { text, name: page.name.clone() });
        expect_file![path(&page.name)].assert_eq(&text);
    }
    assert_eq!(generated, 3, "a table has lost its place");
}

/// The page up to what is generated under that name, and from its end.
fn around<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let is_it = |at: &usize| {
        let rest = &text[at + BEGIN.len()..];
        rest.strip_prefix(name).is_some_and(|it| it.starts_with(" (") || it.starts_with(" -->"))
    };
    let begin = text.match_indices(BEGIN).map(|it| it.0).find(is_it)?;
    let begin = begin + text[begin..].find('\n')? + 1;
    let end = begin + text[begin..].find(END)?;
    Some((&text[..begin], &text[end..]))
}

/// The page with what its commands print, in the blocks behind `<!-- output -->`.
#[cfg(unix)]
fn with_output(page: &Page) -> String {
    let is_output = |mark: &Option<String>| mark.as_deref() == Some("output");
    if !page.blocks().iter().any(|it| is_output(&it.mark)) {
        return page.text.clone();
    }
    let (mut res, mut rest, mut last) = (String::new(), 0, None);
    for block in page.blocks() {
        if is_output(&block.mark) {
            let command: String = last.take().unwrap_or_else(|| panic!("{}: output of what?", page.name));
            res += &page.text[rest..block.start];
            res += &printed(&command);
            rest = block.start + block.text.len();
        } else {
            last = Some(block.text);
        }
    }
    res + &page.text[rest..]
}

#[cfg(unix)]
fn printed(command: &str) -> String {
    let home = crate::home::Home::new("output");
    let run = finish(crate::docs_commands::bash(&home).args(["-c", command]));
    assert_eq!(run.code, Some(0), "{command}{}", run.err);
    run.out
}

/// Those of core as its table has them, those that only the binary reads as its help has them.
fn variables() -> String {
    let mut res = "| variable | what | required | default |\n| --- | --- | --- | --- |\n".to_owned();
    for it in VARIABLES {
        let default = it.default.map_or("none".to_owned(), |it| format!("`{it}`"));
        let default = if required(it.name) == "no" { default } else { String::new() };
        writeln!(res, "| `{}` | {} | {} | {default} |", it.name, linked(it.about), required(it.name))
            .unwrap();
    }
    for (names, about) in
        variables_of_help().iter().filter(|(name, _)| VARIABLES.iter().all(|it| it.name != name))
    {
        let names: Vec<String> = names.split(", ").map(|it| format!("`{it}`")).collect();
        let (about, default) = default_of(about);
        writeln!(res, "| {} | {} | no | {default} |", names.join(", "), linked(about)).unwrap();
    }
    res
}

/// Asks the configuration itself what it misses.
fn required(name: &str) -> String {
    let misses = |auth_type: &str| {
        let lookup = |it: &str| (it == "JIRA_AUTH_TYPE").then(|| auth_type.to_owned());
        let loaded = Loaded::from_lookup(&lookup).config;
        loaded.err().is_some_and(|it| it.0.iter().any(|it| it.name() == name))
    };
    let types = ["basic", "bearer", "oauth"];
    let some: Vec<String> = types.into_iter().filter(|it| misses(it)).map(|it| format!("`{it}`")).collect();
    match some.len() {
        0 => "no".to_owned(),
        3 => "yes".to_owned(),
        _ => format!("with {}", some.join(" or ")),
    }
}

/// Name and explanation of each variable in the help's last section, without its line breaks.
fn variables_of_help() -> Vec<(String, String)> {
    let help = run(&["--help"]).out;
    let (_, section) = help.split_once("\nEnvironment:\n").unwrap();
    let mut res: Vec<(String, String)> = Vec::new();
    for line in section.lines() {
        match (line.strip_prefix("  "), res.last_mut()) {
            (Some(it), Some((_, about))) if it.starts_with(' ') => *about = format!("{about} {}", it.trim()),
            (Some(it), _) => {
                let (name, about) = it.split_once("  ").unwrap();
                res.push((name.to_owned(), about.trim().to_owned()));
            }
            _ => {}
        }
    }
    res
}

/// The explanation without its default, and the default.
fn default_of(about: &str) -> (&str, String) {
    match tagged(about, "default") {
        Some(value) => {
            let is_code = !value.contains(' ') && value != "none";
            let value = if is_code { format!("`{value}`") } else { value.to_owned() };
            (about.split(" [").next().unwrap(), value)
        }
        None => (about.split(" [").next().unwrap(), "none".to_owned()),
    }
}

/// What clap puts in brackets: `[env: NAME=]`, `[default: none]`.
fn tagged<'a>(text: &'a str, tag: &str) -> Option<&'a str> {
    let (_, value) = text.split_once(&format!("[{tag}: "))?;
    value.split_once(']').map(|it| it.0)
}

/// The options of `serve` that have a variable.
fn variables_of_serve() -> String {
    let help = finish(bare().args(["serve", "--help"])).out;
    let (_, section) = help.split_once("\nOptions:\n").unwrap();
    let options = section.split("\n      --").map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut res = "| variable | option | what | default |\n| --- | --- | --- | --- |\n".to_owned();
    for option in options {
        let Some(variable) = tagged(&option, "env") else { continue };
        let (option, about) = option.trim_start_matches("--").split_once('>').unwrap();
        let (about, default) = default_of(about.trim());
        let variable = variable.trim_end_matches('=');
        writeln!(res, "| `{variable}` | `--{option}>` | {} | {default} |", linked(about)).unwrap();
    }
    res
}

/// Nothing in a table may end its cell, and an address is not to swallow the comma behind it.
fn linked(text: &str) -> String {
    let words = text.replace('|', "\\|");
    let words = words.split(' ').map(|word| {
        let end = word.trim_end_matches([',', ';', '.', ')']);
        if end.starts_with("http") { format!("`{end}`{}", &word[end.len()..]) } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn tables_of_tools() -> String {
    let listed: Value = serde_json::from_str(&run(&["tools", "--json"]).out).unwrap();
    let all = listed["tools"].as_array().unwrap();
    let mut res = hints(all);
    for tool in all {
        res += &described(tool, all);
    }
    res.trim_end().to_owned()
}

fn hints(all: &[Value]) -> String {
    let names = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"];
    let mut res = format!("| tool | {} |\n| --- | --- | --- | --- | --- |\n", names.join(" | "));
    for tool in all {
        let name = text(tool, "name");
        let hints = names.map(|it| if tool["annotations"][it] == true { "yes" } else { "no" });
        writeln!(res, "| [`{name}`](#{}) | {} |", name.to_lowercase(), hints.join(" | ")).unwrap();
    }
    res + "\n"
}

fn described(tool: &Value, all: &[Value]) -> String {
    let name = text(tool, "name");
    let (_, said) =
        EXAMPLES.iter().find(|it| it.0 == name).unwrap_or_else(|| panic!("{name} has no example"));
    let said: Vec<String> = said.iter().map(|it| format!("“{it}”")).collect();
    let kind = if tool["annotations"]["readOnlyHint"] == true { "reads" } else { "writes" };
    let mut res = format!("## {name}\n\n**{}**, {kind}. {}\n\n", text(tool, "title"), said.join(" · "));
    writeln!(res, "{}\n", text(tool, "description")).unwrap();
    res += "| parameter | type | required | description |\n| --- | --- | --- | --- |\n";
    let properties = properties(&tool["inputSchema"]);
    for (parameter, is_required, about) in tools::find(name).unwrap().parameters() {
        let required = if is_required { "yes" } else { "" };
        let kind = kind_of(&properties[parameter], all);
        writeln!(res, "| `{parameter}` | {kind} | {required} | {} |", linked(about)).unwrap();
    }
    res + "\n"
}

fn text<'a>(tool: &'a Value, key: &str) -> &'a str {
    tool[key].as_str().unwrap()
}

fn properties(schema: &Value) -> &Map<String, Value> {
    schema["properties"].as_object().unwrap()
}

/// A type as people say it.
fn kind_of(schema: &Value, all: &[Value]) -> String {
    if let Some(choices) = schema["enum"].as_array() {
        let choices: Vec<String> = choices.iter().map(|it| format!("`{}`", it.as_str().unwrap())).collect();
        return choices.join(" or ");
    }
    match (schema["type"].as_str().unwrap(), schema["pattern"].as_str().unwrap_or_default()) {
        ("string", it) if it.starts_with("^\\d{4}-") => "date".to_owned(),
        ("string", it) if it.contains(":\\d{2}") => "time".to_owned(),
        ("string", _) => "text".to_owned(),
        ("array", _) => format!("list of {}{}", items(&schema["items"], all), most(schema, "maxItems")),
        (number @ ("number" | "integer"), _) => format!("{number}{}", most(schema, "maximum")),
        (other, _) => other.to_owned(),
    }
}

/// A limit that a caller can exceed.
fn most(schema: &Value, key: &str) -> String {
    schema[key].as_u64().filter(|it| *it < 100_000).map_or(String::new(), |it| format!(", at most {it}"))
}

/// An object that looks like another tool's arguments is called so.
fn items(schema: &Value, all: &[Value]) -> String {
    if schema["type"] != "object" {
        return kind_of(schema, all);
    }
    let like = all.iter().find(|it| properties(&it["inputSchema"]) == properties(schema));
    match like.map(|it| text(it, "name")) {
        Some(name) => format!("[`{name}`](#{}) arguments", name.to_lowercase()),
        None => format!("`{{{}}}`", properties(schema).keys().cloned().collect::<Vec<_>>().join(", ")),
    }
}
