//! Text that other people wrote, made safe for one line of a result.

/// Descriptions in lists are cut to this many characters.
pub const LIST_DESCRIPTION: usize = 200;

/// `text` in double quotes, with line breaks and control characters escaped. It can be distinguished from our own text and
/// cannot begin a line.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut res = String::with_capacity(text.len() + 2);
    quote(text, &mut res);
    res
}

/// Appends what [`quoted`] returns to `res`.
pub fn quote(text: &str, res: &mut String) {
    res.push('"');
    for piece in text.split_inclusive(is_escaped) {
        match piece.chars().next_back().filter(|it| is_escaped(*it)) {
            Some(last) => {
                res.push_str(piece.strip_suffix(last).unwrap_or_default());
                escape(last, res);
            }
            None => res.push_str(piece),
        }
    }
    res.push('"');
}

fn is_escaped(it: char) -> bool {
    matches!(it, '"' | '\\') || (!matches!(it, ' '..='~') && is_invisible(it))
}

fn escape(it: char, res: &mut String) {
    match it {
        '"' => res.push_str("\\\""),
        '\\' => res.push_str("\\\\"),
        '\n' => res.push_str("\\n"),
        '\r' => res.push_str("\\r"),
        '\t' => res.push_str("\\t"),
        it => res.push_str(&format!("\\u{{{:x}}}", u32::from(it))),
    }
}

/// `text` as one line of at most `limit` characters.
#[must_use]
pub fn one_line(text: &str, limit: usize) -> String {
    let words: Vec<&str> =
        text.split(|it: char| it.is_whitespace() || is_invisible(it)).filter(|it| !it.is_empty()).collect();
    cut(&words.join(" "), limit).unwrap_or_else(|| words.join(" "))
}

/// The first `limit` characters and an ellipsis, or `None` if `text` is not longer.
#[must_use]
pub fn cut(text: &str, limit: usize) -> Option<String> {
    let end = text.char_indices().nth(limit)?.0;
    Some(format!("{}…", text.get(..end)?))
}

/// Whether a character is a control character, or reorders or hides text, which could be used to forge a line.
fn is_invisible(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_one_line() {
        assert_eq!(
            quoted("a\nTotals: \"9h\"\\ \u{202e}x 🎉"),
            "\"a\\nTotals: \\\"9h\\\"\\\\ \\u{202e}x 🎉\""
        );
    }

    #[test]
    fn long_text_becomes_one_short_line() {
        assert_eq!(one_line("  a\n\tb  c ", 10), "a b c");
        assert_eq!(one_line("äöü äöü", 3), "äöü…");
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("🎉🎉🎉", 2), Some("🎉🎉…".into()));
        assert_eq!(cut("🎉🎉", 2), None);
    }
}
