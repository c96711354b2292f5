//! The change to a configuration, as lines that can be shown to anybody: no secret of any server is among them.

use similar::{ChangeTag, TextDiff};

use crate::style::Style;

/// Unchanged lines around a change.
const AROUND: usize = 2;
const HIDDEN: &str = "••••••";

pub(crate) fn shown(before: &str, after: &str, style: Style) -> String {
    let diff = TextDiff::from_lines(before, after);
    let groups = diff.grouped_ops(AROUND);
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

/// Around a change are other people's entries: their keys say where it is.
fn without_values(line: &str) -> String {
    masked(line, |_, _| true)
}

/// Of a changed line what it names is shown, and nothing that could be a secret. A line with several properties may hold
/// other servers' too: there nothing is.
fn without_secrets(line: &str) -> String {
    let is_crowded = literals(line).iter().filter(|it| it.is_key).count() > 1;
    masked(line, |key, value| {
        let words = format!("{} {value}", key.unwrap_or_default()).to_ascii_lowercase();
        let sounds_secret = ["token", "secret", "password", "key", "authoriz", "/mcp/u_", "pat="]
            .iter()
            .any(|it| words.contains(it));
        // VS Code's name for a place where a secret is asked for is none, nor is what it says then, nor a program's path.
        let is_place = value.starts_with("${") || matches!(key, Some("id" | "description" | "command"));
        is_crowded || (sounds_secret && !is_place)
    })
}

/// The line with dots for every text, but no key, that is hidden; comments of changed lines are nobody's secret.
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

/// The quoted texts of a line, by their places; one that does not end is none.
fn literals(line: &str) -> Vec<Literal> {
    let (mut res, mut start, mut escaped) = (Vec::new(), None, false);
    for (place, it) in line.char_indices() {
        match (it, start) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            ('"', None) => start = Some(place),
            ('"', Some(begun)) => {
                let is_key = line[place + 1..].trim_start().starts_with(':');
                res.push(Literal { start: begun, end: place + 1, is_key });
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
    fn other_servers_values_and_all_secrets_are_hidden() {
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
    fn a_file_of_one_line_shows_no_value() {
        let line =
            |more: &str| format!(r#"{{"a": {{"env": {{"X": "s3cret"}}, "args": ["--k=s3cret"]}}{more}}}"#);
        let text = shown(&line(""), &line(r#", "tempo": {"command": "x"}"#), Style::plain());
        assert!(!text.contains("s3cret") && text.contains("\"tempo\""), "{text}");
    }

    #[test]
    fn arguments_are_shown_but_not_those_that_sound_secret() {
        expect![[r#""args": ["-y", "@scope/server", "••••••"]"#]]
            .assert_eq(&without_secrets(r#""args": ["-y", "@scope/server", "--api-key=abc"]"#));
    }
}
