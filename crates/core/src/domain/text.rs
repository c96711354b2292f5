//! Text that other people wrote, made safe for one line of a result.

/// Descriptions in lists are cut to this many characters.
pub const LIST_DESCRIPTION: usize = 200;

/// `text` in double quotes, with line breaks, control characters and hidden characters escaped. It can be distinguished
/// from our own text, cannot begin a line, and shows everything that is in it.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut res = String::with_capacity(text.len() + 2);
    quote(text, &mut res);
    res
}

/// Appends what [`quoted`] returns to `res`.
pub fn quote(text: &str, res: &mut String) {
    res.push('"');
    // Most texts need no escapes, which takes one pass over their bytes to find out.
    if text.bytes().all(|it| matches!(it, b' '..=b'~') && !matches!(it, b'"' | b'\\')) {
        res.push_str(text);
    } else {
        escape_into(text, res, |it| matches!(it, '"' | '\\') || is_hidden(it));
    }
    res.push('"');
}

/// `text` with control characters and hidden characters escaped, for a place where it is not quoted.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut res = String::with_capacity(text.len());
    escape_into(text, &mut res, is_hidden);
    res
}

/// An identifier that someone at the site chose, of at most `limit` characters: unchanged if it looks like one, and
/// quoted if it could be read as anything else.
#[must_use]
pub fn identifier(text: &str, limit: usize) -> String {
    let text = one_line(text, limit);
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.');
    if !text.is_empty() && text.bytes().all(is_plain) { text } else { quoted(&text) }
}

fn escape_into(text: &str, res: &mut String, is_escaped: impl Fn(char) -> bool) {
    let mut chars = text.char_indices().peekable();
    // The start of what is not in `res` yet, and the character before the current one unless that was escaped.
    let (mut start, mut before) = (0, None);
    while let Some((at, it)) = chars.next() {
        let after = chars.peek().map(|(_, it)| *it);
        if !is_escaped(it) || joins_emoji(it, before, after) {
            before = Some(it);
            continue;
        }
        res.push_str(text.get(start..at).unwrap_or_default());
        escape(it, res);
        (start, before) = (at + it.len_utf8(), None);
    }
    res.push_str(text.get(start..).unwrap_or_default());
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

/// `text` as one line of at most `limit` characters. Hidden characters are still in it, so it has to be quoted, or
/// made [`visible`].
#[must_use]
pub fn one_line(text: &str, limit: usize) -> String {
    let is_break = |it: char| it.is_whitespace() || it.is_control();
    let words: Vec<&str> = text.split(is_break).filter(|it| !it.is_empty()).collect();
    let line = words.join(" ");
    cut(&line, limit).unwrap_or(line)
}

/// The first `limit` characters and an ellipsis, or `None` if `text` is not longer.
#[must_use]
pub fn cut(text: &str, limit: usize) -> Option<String> {
    let end = text.char_indices().nth(limit)?.0;
    Some(format!("{}…", text.get(..end)?))
}

/// Whether a character is a control character, or one that is not seen or that changes the direction of what follows:
/// all of Unicode's `Default_Ignorable_Code_Point` and `Bidi_Control`, separators of lines, and interlinear marks. They
/// could forge a line, or carry text that only a machine reads.
fn is_hidden(it: char) -> bool {
    it.is_control()
        || (it >= '\u{ad}'
            && matches!(it,
                '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'))
}

/// Whether a hidden character belongs to an emoji: it joins two, or makes one of the symbol or digit before it.
fn joins_emoji(it: char, before: Option<char>, after: Option<char>) -> bool {
    let follows_emoji = before.is_some_and(is_emoji);
    match it {
        '\u{fe0f}' => follows_emoji || (before.is_some_and(is_keycap) && after == Some('\u{20e3}')),
        '\u{200d}' => (follows_emoji || before == Some('\u{fe0f}')) && after.is_some_and(is_emoji),
        _ => false,
    }
}

fn is_keycap(it: char) -> bool {
    matches!(it, '0'..='9' | '#' | '*')
}

/// Blocks of symbols that contain all emoji and no letters.
fn is_emoji(it: char) -> bool {
    matches!(it, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{21aa}'
        | '\u{231a}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `DerivedCoreProperties.txt` of Unicode 17: `Default_Ignorable_Code_Point`.
    const DEFAULT_IGNORABLE: [(u32, u32); 17] = [
        (0xad, 0xad),
        (0x34f, 0x34f),
        (0x61c, 0x61c),
        (0x115f, 0x1160),
        (0x17b4, 0x17b5),
        (0x180b, 0x180f),
        (0x200b, 0x200f),
        (0x202a, 0x202e),
        (0x2060, 0x206f),
        (0x3164, 0x3164),
        (0xfe00, 0xfe0f),
        (0xfeff, 0xfeff),
        (0xffa0, 0xffa0),
        (0xfff0, 0xfff8),
        (0x1bca0, 0x1bca3),
        (0x1d173, 0x1d17a),
        (0xe0000, 0xe0fff),
    ];
    /// `PropList.txt`: `Bidi_Control`.
    const BIDI_CONTROL: [(u32, u32); 4] =
        [(0x61c, 0x61c), (0x200e, 0x200f), (0x202a, 0x202e), (0x2066, 0x2069)];

    #[test]
    fn quoted_text_is_one_line() {
        assert_eq!(
            quoted("a\nTotals: \"9h\"\\ \u{202e}x 🎉"),
            "\"a\\nTotals: \\\"9h\\\"\\\\ \\u{202e}x 🎉\""
        );
        assert_eq!(quoted("plain ~ text"), "\"plain ~ text\"");
        assert_eq!(quoted("Größe – 100 €"), "\"Größe – 100 €\"");
    }

    #[test]
    fn every_hidden_character_is_shown_as_an_escape() {
        for (first, last) in DEFAULT_IGNORABLE.into_iter().chain(BIDI_CONTROL) {
            for it in (first..=last).filter_map(char::from_u32) {
                let (text, escape) = (format!("a{it}b"), format!("\\u{{{:x}}}", u32::from(it)));
                assert_eq!(quoted(&text), format!("\"a{escape}b\""));
                assert_eq!(visible(&text), format!("a{escape}b"));
                assert!(quoted(&one_line(&text, 60)).contains(&escape), "{escape}");
            }
        }
    }

    #[test]
    fn emoji_keep_what_joins_them() {
        for emoji in ["👨‍👩‍👧", "❤️‍🔥", "🏳️‍🌈", "🧑🏽‍💻", "☕️", "1️⃣", "🌙"]
        {
            assert_eq!(quoted(emoji), format!("\"{emoji}\""));
        }
        // Elsewhere the same characters hide something.
        assert_eq!(quoted("x\u{fe0f}\u{200d}🌙\u{200d}y"), "\"x\\u{fe0f}\\u{200d}🌙\\u{200d}y\"");
        assert_eq!(quoted("🌙\u{fe0f}\u{fe0f}"), "\"🌙\u{fe0f}\\u{fe0f}\"");
        assert_eq!(quoted("1\u{fe0f}2"), "\"1\\u{fe0f}2\"");
    }

    #[test]
    fn long_text_becomes_one_short_line() {
        assert_eq!(one_line("  a\n\tb  c ", 10), "a b c");
        assert_eq!(one_line("äöü äöü", 3), "äöü…");
    }

    #[test]
    fn identifier_is_quoted_unless_it_looks_like_one() {
        assert_eq!(identifier("_WorkType_", 60), "_WorkType_");
        assert_eq!(identifier("a b\nc", 60), "\"a b c\"");
        assert_eq!(identifier("", 60), "\"\"");
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("🎉🎉🎉", 2), Some("🎉🎉…".into()));
        assert_eq!(cut("🎉🎉", 2), None);
    }
}
