//! JSON of a vendor in which some characters are broken: bad UTF-8, or half of a surrogate pair. Other programs store
//! such texts, which must not hide everything else in a response.

use serde::de::DeserializeOwned;

/// Parses `body`. Characters that are broken become U+FFFD.
///
/// # Errors
/// It is not JSON, or JSON of another shape.
pub(super) fn from_slice<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    // Nearly every body is valid, so it is only searched after parsing failed.
    serde_json::from_slice(body).or_else(|error| match repaired(body) {
        Some(body) => serde_json::from_str(&body),
        None => Err(error),
    })
}

/// The body with U+FFFD for every character that is broken; `None` if none is.
fn repaired(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let was_utf8 = matches!(text, std::borrow::Cow::Borrowed(_));
    without_lone_surrogates(&text).or_else(|| (!was_utf8).then(|| text.into_owned()))
}

fn without_lone_surrogates(text: &str) -> Option<String> {
    let (mut res, mut rest, mut found) = (String::new(), text, false);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        let after_one = escape.get(6..).unwrap_or_default();
        let (shown, length) = match (unit(escape), unit(after_one)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (escape.get(..12), 12),
            (Some(0xd800..=0xdfff), _) => (None, 6),
            (Some(_), _) => (escape.get(..6), 6),
            // An escape of one character, such as `\\`; what follows it is not an escape.
            (None, _) => {
                let length = escape.chars().take(2).map(char::len_utf8).sum();
                (escape.get(..length), length)
            }
        };
        found |= shown.is_none();
        res.push_str(before);
        res.push_str(shown.unwrap_or("\u{fffd}"));
        rest = escape.get(length..).unwrap_or_default();
    }
    res.push_str(rest);
    found.then_some(res)
}

/// The UTF-16 code unit of an escape like `\ud83d` at the beginning of `text`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|it| it.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8]) -> Option<Vec<String>> {
        from_slice(body).ok()
    }

    #[test]
    fn broken_characters_are_replaced_and_all_others_stay() {
        for (body, text) in [
            (br#"["a\ud83db"]"#.as_slice(), "a\u{fffd}b"),
            (br#"["\udc00"]"#, "\u{fffd}"),
            (br#"["\ud83d\ud83d\ude00"]"#, "\u{fffd}😀"),
            (br#"["\\ud83d \ud83dA"]"#, "\\ud83d \u{fffd}A"),
            (br#"["\ud83d\n"]"#, "\u{fffd}\n"),
            (b"[\"a\xffb\"]", "a\u{fffd}b"),
            (b"[\"\xed\xa0\x80 \\udbff\"]", "\u{fffd}\u{fffd}\u{fffd} \u{fffd}"),
        ] {
            assert_eq!(read(body), Some(vec![text.to_owned()]), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn what_is_not_json_stays_an_error() {
        for body in [b"[\"\\ud83d\"".as_slice(), b"\xff", b"[\"\\u12\"]", b"[\"\\", b"<p>", b"{}", b""] {
            assert_eq!(read(body), None, "{}", String::from_utf8_lossy(body));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_survives_next_to_a_broken_one(text in ".*") {
            let whole = serde_json::to_string(&text).unwrap();
            let body = format!("[{whole}, \"\\ud800\"]");
            proptest::prop_assert_eq!(read(body.as_bytes()), Some(vec![text, "\u{fffd}".to_owned()]));
        }
    }
}
