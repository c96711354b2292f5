//! The vendor's own words, extracted from an error body and made safe to show.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::lenient_json;
use crate::domain::text::one_line;

const MAX_MESSAGES: usize = 10;
const MAX_MESSAGE_CHARS: usize = 300;
/// Only the beginning of a page is searched; the reason is near the top, if anywhere.
const MAX_PAGE_BYTES: usize = 64 << 10;

/// The messages in a body. Understands Tempo's array, object and string forms of `errors`, Jira's `errorMessages` and
/// `errors`, HTML and plain text.
///
/// Tempo documents `{"errors":{"message":…}}`; production sends an array of such objects.
pub(super) fn messages(body: &[u8], secrets: &[SecretString]) -> Vec<String> {
    let mut res = Vec::new();
    match lenient_json::from_slice::<Value>(body) {
        Ok(value) => collect(&value, None, &mut res),
        Err(_) => res.extend(text_of_html(&String::from_utf8_lossy(body))),
    }
    res.iter()
        // Secrets are removed before the text is cut, because half a token is still a secret.
        .map(|it| one_line(&without_secrets(&one_line(it, usize::MAX), secrets), MAX_MESSAGE_CHARS))
        .filter(|it| !it.is_empty())
        .take(MAX_MESSAGES)
        .collect()
}

fn collect(value: &Value, field: Option<&str>, res: &mut Vec<String>) {
    match value {
        Value::String(it) => res.push(field.map_or_else(|| it.clone(), |name| format!("{name}: {it}"))),
        Value::Array(items) => items.iter().for_each(|it| collect(it, field, res)),
        Value::Object(map) => {
            for (name, it) in map {
                match name.as_str() {
                    "errors" | "errorMessages" | "message" | "error" | "error_description"
                    | "warningMessages" => {
                        collect(it, None, res);
                    }
                    // Jira names the field that is wrong: {"errors": {"issueIdsOrKeys": "…"}}.
                    _ if it.is_string()
                        && !matches!(name.as_str(), "status" | "code" | "self" | "timestamp" | "path") =>
                    {
                        collect(it, Some(name), res);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The text of a page's body, or its title if the body is empty. Tempo's 401 and 403 are such pages, with the reason
/// ("Period is closed") in the body.
fn text_of_html(html: &str) -> Option<String> {
    let html = html.get(..html.floor_char_boundary(MAX_PAGE_BYTES)).unwrap_or(html);
    let title = element(html, "title").map(|(_, inner, _)| inner.to_owned());
    let mut body = html.to_owned();
    for unseen in ["head", "script", "style"] {
        while let Some((before, _, after)) = element(&body, unseen) {
            body = format!("{before} {after}");
        }
    }
    let texts = [Some(strip_tags(&body)), title];
    texts.into_iter().flatten().map(|it| it.trim().to_owned()).find(|it| !it.is_empty())
}

/// What is before, inside and after the first element of this name. An element that is never closed reaches to the end.
fn element<'a>(html: &'a str, name: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let lower = html.to_ascii_lowercase();
    let opening = format!("<{name}");
    let is_name_over = |at: usize| {
        lower.get(at..).is_some_and(|it| it.starts_with(|next: char| !next.is_ascii_alphanumeric()))
    };
    let start =
        lower.match_indices(&opening).map(|(at, _)| at).find(|at| is_name_over(at + opening.len()))?;
    let inner = start + lower.get(start..)?.find('>')? + 1;
    let closing = format!("</{name}");
    let end = lower.get(inner..)?.find(&closing).map_or(lower.len(), |at| inner + at);
    let after = lower.get(end..)?.find('>').map_or(lower.len(), |at| end + at + 1);
    Some((html.get(..start)?, html.get(inner..end)?, html.get(after..)?))
}

fn strip_tags(html: &str) -> String {
    let mut res = String::new();
    let mut in_tag = false;
    for it in html.chars() {
        match it {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                res.push(' ');
            }
            it if !in_tag => res.push(it),
            _ => {}
        }
    }
    res
}

/// A vendor may repeat what it was sent, so credentials and e-mail addresses are removed.
fn without_secrets(text: &str, secrets: &[SecretString]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().map(ExposeSecret::expose_secret).filter(|it| it.len() > 3) {
        text = text.replace(secret, "(hidden)");
    }
    let words = text.split(' ').map(|it| if is_email(it) { "(e-mail)" } else { it });
    words.collect::<Vec<_>>().join(" ")
}

fn is_email(word: &str) -> bool {
    let word = word.trim_matches(|it: char| !it.is_alphanumeric());
    word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// What a body looks like that is not the documented JSON, for the error.
pub(super) fn shape_of(body: &[u8]) -> &'static str {
    let start = body.iter().find(|it| !it.is_ascii_whitespace());
    match start {
        None => "an empty body",
        Some(b'<') => "a web page",
        Some(b'{' | b'[') if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() => {
            "JSON of another shape"
        }
        Some(b'{' | b'[') => "JSON that ends too early",
        Some(_) => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn cut_message_shows_no_part_of_a_secret() {
        let body = format!("{} tok-12345 jane.doe@example.com", "x".repeat(MAX_MESSAGE_CHARS - 4));
        for skipped in 0..25 {
            let said = messages(body.get(skipped..).unwrap().as_bytes(), &["tok-12345".to_owned().into()]);
            assert!(!said.concat().contains("tok") && !said.concat().contains("jane"), "{said:?}");
        }
    }

    #[test]
    fn messages_are_found_in_every_kind_of_body() {
        let lines: Vec<String> = [
            r#"{"errors":[{"message":"Estimated remaining time must not be empty."},{"message":"Two"}]}"#,
            r#"{"errors":{"message":"One"}}"#,
            r#"{"errors":"plain"}"#,
            r#"{"errorMessages":["Issue does not exist"],"errors":{"jql":"bad"},"status":404}"#,
            "<html><head><title>401 Unauthorized</title></head><body><script>x</script></body></html>",
            "<p>Period is <b>closed</b></p>",
            "<html><head><title>403 Forbidden</title><style>p {}</style></head><body><header>Tempo</header><p>Period is closed</p></body></html>",
            "<title>Only a title",
            "<SCRIPT>never closed",
            "no JSON at all\nTotals: 9h",
            "",
            "null",
            r#"{"errors":[{"message":"for jane.doe@example.com, token tok-12345 is wrong"}]}"#,
        ]
        .iter()
        .map(|it| format!("{:?}", messages(it.as_bytes(), &["tok-12345".to_owned().into()])))
        .collect();
        expect![[r#"
            ["Estimated remaining time must not be empty.", "Two"]
            ["One"]
            ["plain"]
            ["Issue does not exist", "jql: bad"]
            ["401 Unauthorized"]
            ["Period is closed"]
            ["Tempo Period is closed"]
            ["Only a title"]
            []
            ["no JSON at all Totals: 9h"]
            []
            []
            ["for (e-mail) token (hidden) is wrong"]"#]]
        .assert_eq(&lines.join("\n"));
    }
}
