//! The rules for single values, whether they come from a variable, a form or a stored row.
//!
//! Each error is the end of a sentence whose subject is the value's name.

/// The text without surrounding space; `None` for an empty one and for an unexpanded `${VARIABLE}`.
pub(super) fn present(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_unexpanded = text.starts_with("${") && text.ends_with('}');
    (!text.is_empty() && !is_unexpanded).then_some(text)
}

/// A token is sent in a header, which can carry only visible ASCII.
pub(super) fn check_token(text: &str) -> Result<(), &'static str> {
    let fits = text.bytes().all(|it| it.is_ascii_graphic());
    if fits { Ok(()) } else { Err("contains a space or another character that no token has; paste it again") }
}

/// A colon would end the user name in basic authentication.
pub(super) fn check_email(text: &str) -> Result<(), &'static str> {
    let fits = text.contains('@') && !text.contains([':', ' ']) && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err("is not an e-mail address") }
}

/// The id of a custom field, with or without its prefix.
pub(super) fn parse_account_field(text: &str) -> Result<String, &'static str> {
    let digits = text.strip_prefix("customfield_").unwrap_or(text);
    if (1..=12).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit()) {
        Ok(format!("customfield_{digits}"))
    } else {
        Err("must be the number of a custom field, like 10234")
    }
}
