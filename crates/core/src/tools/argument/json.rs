//! JSON values as arguments. Some clients send lists, objects and numbers as text, which is accepted.

use serde_json::{Map, Value};

use crate::{
    domain::text::{one_line, visible},
    tools::rejection::Rejection,
};

/// A value as an error shows it.
pub(in crate::tools) fn shown(value: &Value) -> String {
    visible(&one_line(&value.to_string(), 60))
}

/// A list, also as JSON in a string.
pub(in crate::tools) fn list(
    value: Value,
    place: &str,
    rejections: &mut Vec<Rejection>,
    of: &str,
) -> Option<Vec<Value>> {
    match decoded(value) {
        Value::Array(items) => Some(items),
        _ => {
            rejections.push(Rejection::new(place, format!("must be a list of {of}")));
            None
        }
    }
}

/// An object in a list, also as JSON in a string.
pub(in crate::tools) fn object(
    value: Value,
    place: &str,
    rejections: &mut Vec<Rejection>,
) -> Option<Map<String, Value>> {
    match decoded(value) {
        Value::Object(map) => Some(map),
        _ => {
            rejections.push(Rejection::new(place, "must be an object"));
            None
        }
    }
}

/// The value itself, or the JSON that is in the string.
pub(in crate::tools) fn decoded(value: Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        it => it,
    }
}
