//! What holds for every tool, checked on the list alone.

use expect_test::expect_file;
use serde_json::{Value, json};
use tempo_mcp_core::tools;
use tempo_mcp_protocol::{server::INSTRUCTIONS, tool_list};

use tempo_test_support::site::Site;

/// An estimate of tokens, which only the model can count: 3.5 bytes per token is a cautious average for English and JSON.
fn tokens(bytes: usize) -> usize {
    bytes * 2 / 7
}

fn listed(read_only: bool) -> Vec<Value> {
    tool_list::as_json(read_only)["tools"].as_array().unwrap().clone()
}

fn text<'a>(tool: &'a Value, name: &str) -> &'a str {
    tool[name].as_str().unwrap()
}

#[test]
fn names_are_short_plain_and_sorted() {
    let names: Vec<&str> = tools::ALL.iter().map(|it| it.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert!(names.len() <= 15, "{names:?}");
    for name in names {
        let plain = name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'-');
        assert!(plain && (1..=37).contains(&name.len()), "{name}");
    }
}

#[test]
fn names_of_the_replaced_server_still_work() {
    let required = [
        ("bulkCreateWorklogs", vec!["worklogEntries"]),
        ("createWorklog", vec!["issueKey", "date"]),
        ("deleteWorklog", vec!["worklogId"]),
        ("editWorklog", vec!["worklogId"]),
        ("getMissingWorklogDays", vec!["startDate", "endDate"]),
        ("getWorklogAnalytics", vec!["startDate", "endDate"]),
        ("retrieveWorklogs", vec!["startDate", "endDate"]),
        ("searchIssues", vec![]),
    ];
    let found: Vec<(&str, Vec<&str>)> = tools::ALL
        .iter()
        .map(|it| (it.name, it.parameters().filter(|(_, required, _)| *required).map(|it| it.0).collect()))
        .collect();
    assert_eq!(found, required);
}

#[test]
fn every_tool_has_a_title_and_all_four_hints() {
    for tool in listed(false) {
        let name = text(&tool, "name");
        // Read only, destructive, idempotent.
        let hints = match name {
            "bulkCreateWorklogs" | "createWorklog" => [false, false, false],
            "editWorklog" => [false, true, false],
            "deleteWorklog" => [false, true, true],
            _ => [true, false, true],
        };
        let title = text(&tool, "title");
        assert!(!title.is_empty() && title.len() < 40, "{name}");
        let expected = json!({
            "title": title,
            "readOnlyHint": hints[0],
            "destructiveHint": hints[1],
            "idempotentHint": hints[2],
            "openWorldHint": true,
        });
        assert_eq!(tool["annotations"], expected, "{name}");
    }
}

#[test]
fn descriptions_are_neither_too_short_nor_too_long() {
    for tool in listed(false) {
        let length = text(&tool, "description").chars().count();
        assert!((80..=700).contains(&length), "{}: {length}", text(&tool, "name"));
        let properties = tool["inputSchema"]["properties"].as_object().unwrap();
        for (name, schema) in properties {
            assert!(schema["description"].as_str().is_some_and(|it| it.len() > 8), "{name} is not described");
        }
    }
}

#[test]
fn schemas_are_as_they_were_reviewed() {
    for tool in listed(false) {
        let schemas = json!({ "input": tool["inputSchema"], "output": tool["outputSchema"] });
        let shown = format!("{}\n", serde_json::to_string_pretty(&schemas).unwrap());
        expect_file![format!("schemas/{}.json", text(&tool, "name"))].assert_eq(&shown);
    }
}

/// Everything that is wrong with a schema and the schemas in it.
fn faults(schema: &Value, at: &str, found: &mut Vec<String>) {
    let Some(map) = schema.as_object().filter(|it| !it.is_empty()) else {
        found.push(format!("{at} is {schema}, which allows anything"));
        return;
    };
    for word in ["oneOf", "anyOf", "allOf", "not", "$ref", "$defs", "$schema", "const", "format"] {
        if map.contains_key(word) {
            found.push(format!("{at} has {word}"));
        }
    }
    let Some(kind) = map.get("type").and_then(Value::as_str) else {
        found.push(format!("{at} has no single type: {:?}", map.get("type")));
        return;
    };
    if kind == "object" {
        if map.get("additionalProperties") != Some(&json!(false)) {
            found.push(format!("{at} allows additional properties"));
        }
        for (name, schema) in map["properties"].as_object().unwrap() {
            faults(schema, &format!("{at}.{name}"), found);
        }
    }
    if kind == "array" {
        faults(map.get("items").unwrap_or(&Value::Null), &format!("{at}[]"), found);
    }
}

#[test]
fn schemas_are_plain_objects() {
    let mut found = Vec::new();
    for tool in listed(false) {
        for schema in ["inputSchema", "outputSchema"] {
            let at = format!("{} {schema}", text(&tool, "name"));
            assert_eq!(tool[schema]["type"], "object", "{at}");
            faults(&tool[schema], &at, &mut found);
            jsonschema::meta::validate(&tool[schema]).unwrap();
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_list_stays_within_its_token_budget() {
    let tools = listed(false);
    let before_call: usize = tools
        .iter()
        .map(|it| {
            text(it, "name").len() + text(it, "description").len() + it["inputSchema"].to_string().len()
        })
        .sum();
    let whole = tool_list::as_json(false).to_string().len();
    assert!(
        tokens(before_call) < 4000,
        "names, descriptions and input schemas: {} tokens",
        tokens(before_call)
    );
    assert!(tokens(whole) < 9000, "the whole list: {} tokens", tokens(whole));
}

#[test]
fn the_instructions_are_short_and_name_existing_tools() {
    assert!(INSTRUCTIONS.len() < 2000);
    let words = INSTRUCTIONS.split(|it: char| !it.is_ascii_alphanumeric());
    let is_tool = |it: &&str| it.ends_with("Worklog") || it.ends_with("Worklogs") || it.ends_with("Issues");
    for name in words.filter(is_tool).filter(|it| it.starts_with(|first: char| first.is_lowercase())) {
        assert!(tools::find(name).is_ok(), "{name}");
    }
    let head: String = INSTRUCTIONS.chars().take(512).collect();
    for word in ["Tempo", "searchIssues", "YYYY-MM-DD", "timeSpent"] {
        assert!(head.contains(word), "the first 512 characters do not name {word}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_only_server_refuses_tools_that_write() {
    let names: Vec<String> = listed(true).iter().map(|it| text(it, "name").to_owned()).collect();
    assert_eq!(names, ["getMissingWorklogDays", "getWorklogAnalytics", "retrieveWorklogs", "searchIssues"]);
    let site = Site::with(&[("TEMPO_MCP_READ_ONLY", "true")], |_| ());
    for tool in tools::ALL.iter().filter(|it| !it.kind.reads()) {
        assert_eq!(site.error(tool.name, json!({})).await, tools::Error::ReadOnly(tool.name));
        let refusal = site.err(tool.name, json!({})).await;
        assert_eq!(
            refusal,
            format!(
                "{} writes, and this server is read-only (TEMPO_MCP_READ_ONLY). Nothing was changed.",
                tool.name
            )
        );
    }
    assert_eq!(site.requests(), [""; 0]);
    site.ok("retrieveWorklogs", json!({"startDate": "2026-03-16", "endDate": "2026-03-18"})).await;
}

#[test]
fn an_unknown_tool_name_gets_the_nearest_one() {
    for (given, meant) in [
        ("createWorklogs", "createWorklog"),
        ("CREATEWORKLOG", "createWorklog"),
        ("searchIssue", "searchIssues"),
        ("getMissingDays", "getMissingWorklogDays"),
    ] {
        assert_eq!(tools::find(given).map(|it| it.name), Err(meant));
    }
}
