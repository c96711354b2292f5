//! Parts of messages: the vendor's own words, and lengths of time.

use std::time::Duration;

use crate::domain::text::quoted;

/// `: "One"; "Two"`, or nothing if the vendor said nothing.
pub(super) fn after_colon(words: &[String]) -> String {
    if words.is_empty() { String::new() } else { format!(": {}", list(words)) }
}

/// ` ("One"; "Two")`, or nothing if the vendor said nothing.
pub(super) fn in_parentheses(words: &[String]) -> String {
    if words.is_empty() { String::new() } else { format!(" ({})", list(words)) }
}

/// `"One"; "Two"`.
pub(super) fn list(texts: &[String]) -> String {
    texts.iter().map(|it| quoted(it)).collect::<Vec<_>>().join("; ")
}

/// A wait as people say it.
pub(super) fn seconds(wait: Duration) -> String {
    match wait.as_millis().div_ceil(1000) {
        0 | 1 => "a second".into(),
        it if it < 120 => format!("{it} seconds"),
        it => format!("{} minutes", it.div_ceil(60)),
    }
}
