//! The change to a configuration as a diff without secrets: neither ours nor those of other servers are shown.

use similar::{ChangeTag, TextDiff};

use crate::cli::style::Style;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 2;
const HIDDEN: &str = "••••••";

pub(crate) fn shown(before: &str, after: &str, style: Style) -> String {
    let diff = TextDiff::from_lines(before, after);
    let groups = diff.grouped_ops(CONTEXT);
    let mut parts = Vec::new();
    for group in &groups {
        let changes = group.iter().flat_map(|it| diff.iter_changes(it));
        let lines = changes.map(|it| {
            let text = it.value().trim_end_matches(['\n', '\r']);
            match it.tag() {
                ChangeTag::Equal => style.faint(&format!("    {}", without_values(text))),
                ChangeTag::Delete => style.bad(&format!("  - {}", without_secrets(text))),
                ChangeTag::Insert => style.good(&format!("  + {}", without_secrets(text))),
            }
        });
        parts.push(lines.collect::<Vec<_>>().join("\n"));
    }
    parts.join(&format!("\n{}\n", style.faint("    …")))
}

/// An unchanged line may belong to another server: its keys say where the change is, its values are hidden.
fn without_values(line: &str) -> String {
    masked(line, |_, _| true)
}

/// Hides everything in a changed line that could be a secret. A line with several properties may hold those of other
/// servers, so all its values are hidden.
fn without_secrets(line: &str) -> String {
    let is_crowded = literals(line).iter().filter(|it| it.is_key).count() > 1;
    masked(line, |key, value| {
        let words = format!("{} {value}", key.unwrap_or_default()).to_ascii_lowercase();
        let sounds_secret = ["token", "secret", "password", "key", "authoriz", "/mcp/u_", "pat="]
            .iter()
            .any(|it| words.contains(it));
        // VS Code's placeholder for a secret is not one, nor are the description of its input and the path of a program.
        let is_public = value.starts_with("${") || matches!(key, Some("id" | "description" | "command"));
        is_crowded || (sounds_secret && !is_public)
    })
}

/// The line with dots for every string value that `is_hidden` chooses by its key and text. Keys and comments stay.
fn masked(line: &str, is_hidden: impl Fn(Option<&str>, &str) -> bool) -> String {
    let (mut res, mut end, mut key) = (String::new(), 0, None);
    for it in literals(line) {
        let text = &line[it.start + 1..it.end - 1];
        res.push_str(&line[end..it.start]);
        if it.is_key {
            key = Some(text);
        }
        let hidden = !it.is_key && is_hidden(key, text);
        res.push_str(&if hidden { format!("\"{HIDDEN}\"") } else { line[it.start..it.end].to_owned() });
        end = it.end;
    }
    res + &line[end..]
}

struct Literal {
    start: usize,
    end: usize,
    is_key: bool,
}

/// The string literals of a line; one that does not end is left out.
fn literals(line: &str) -> Vec<Literal> {
    let (mut res, mut start, mut escaped) = (Vec::new(), None, false);
    for (index, it) in line.char_indices() {
        match (it, start) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            ('"', None) => start = Some(index),
            ('"', Some(begun)) => {
                let is_key = line[index + 1..].trim_start().starts_with(':');
                res.push(Literal { start: begun, end: index + 1, is_key });
                start = None;
            }
            _ => {}
        }
    }
    res
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn values_of_other_servers_and_all_secrets_are_hidden() {
        let before = "{\n  \"mcpServers\": {\n    \"github\": {\n      \"command\": \"gh\",\n      \"args\": [\n        \"--pat=abc\"\n      ]\n    }\n  }\n}\n";
        let after = "{\n  \"mcpServers\": {\n    \"github\": {\n      \"command\": \"gh\",\n      \"args\": [\n        \"--pat=abc\"\n      ]\n    },\n    \"tempo\": {\n      \"TEMPO_API_TOKEN\": \"abc\",\n      \"JIRA_API_TOKEN\": \"${input:x}\",\n      \"JIRA_BASE_URL\": \"https://a.example\",\n      \"url\": \"https://t.example/mcp/u_abc\"\n    }\n  }\n}\n";
        expect![[r#"
            CHANGE
                        "••••••"
                      ]
              +     },
              +     "tempo": {
              +       "TEMPO_API_TOKEN": "••••••",
              +       "JIRA_API_TOKEN": "${input:x}",
              +       "JIRA_BASE_URL": "https://a.example",
              +       "url": "••••••"
                    }
                  }"#]]
        .assert_eq(&format!("CHANGE\n{}", shown(before, after, Style::plain())));
    }

    #[test]
    fn file_of_one_line_shows_no_values() {
        let line =
            |more: &str| format!(r#"{{"a": {{"env": {{"X": "s3cret"}}, "args": ["--k=s3cret"]}}{more}}}"#);
        let text = shown(&line(""), &line(r#", "tempo": {"command": "x"}"#), Style::plain());
        assert!(!text.contains("s3cret") && text.contains("\"tempo\""), "{text}");
    }

    #[test]
    fn arguments_are_shown_unless_they_look_secret() {
        expect![[r#""args": ["-y", "@scope/server", "••••••"]"#]]
            .assert_eq(&without_secrets(r#""args": ["-y", "@scope/server", "--api-key=abc"]"#));
    }
}
