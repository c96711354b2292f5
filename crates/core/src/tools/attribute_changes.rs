//! Work attributes as the user gives them, for a new worklog or for changes of an existing one.

use serde_json::{Value, json};

use super::{
    argument::{
        Argument,
        json::{decoded, list, object},
    },
    rejection::Rejection,
};
use crate::domain::text::{one_line, visible};

/// One work attribute to set, or to remove where the value is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AttributeChange {
    /// The attribute's key or name as given; its key once it was looked up.
    pub(super) key: String,
    pub(super) value: Option<String>,
}

/// The work attributes that one worklog is given, each at most once.
#[derive(Debug, Clone, Default)]
pub(super) struct AttributeChanges(pub(super) Vec<AttributeChange>);

/// A key and its value, and the place at which they are in the call.
struct PlacedPair {
    place: String,
    key: String,
    value: Value,
}

impl Argument for AttributeChanges {
    fn schema() -> Value {
        json!({
            "type": "array",
            "items": {
                "type": "object",
                "properties": { "key": { "type": "string" }, "value": { "type": "string" } },
                "required": ["key", "value"],
                "additionalProperties": false,
            },
        })
    }

    /// A list of keys and values; an object `{key: value}` is accepted too.
    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        let mut res: Vec<AttributeChange> = Vec::new();
        for PlacedPair { place, key, value } in pairs(value, place, rejections)? {
            let value = match value {
                Value::Null => None,
                Value::String(it) => Some(it).filter(|it| !it.is_empty()),
                it @ (Value::Number(_) | Value::Bool(_)) => Some(it.to_string()),
                _ => {
                    rejections.push(Rejection::new(place, "must be text"));
                    return None;
                }
            };
            if res.iter().any(|known| known.key == key) {
                rejections.push(Rejection::new(place, "names the same attribute again"));
                return None;
            }
            res.push(AttributeChange { key, value });
        }
        Some(Self(res))
    }
}

fn pairs(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Vec<PlacedPair>> {
    match decoded(value) {
        Value::Object(map) => {
            let pair = |(key, value): (String, Value)| PlacedPair {
                place: format!("{place}.{}", visible(&one_line(&key, 60))),
                key,
                value,
            };
            Some(map.into_iter().map(pair).collect())
        }
        it => {
            let items = list(it, place, rejections, "objects with key and value")?;
            // All are read before the first rejection counts, so that every one is reported.
            let pairs: Vec<Option<PlacedPair>> = items
                .into_iter()
                .enumerate()
                .map(|(i, it)| pair(it, format!("{place}[{i}]"), rejections))
                .collect();
            pairs.into_iter().collect()
        }
    }
}

fn pair(item: Value, place: String, rejections: &mut Vec<Rejection>) -> Option<PlacedPair> {
    let mut map = object(item, &place, rejections)?;
    match (map.remove("key"), map.remove("value"), map.is_empty()) {
        // A missing value does not mean that the attribute should be removed.
        (Some(Value::String(key)), Some(value), true) if !key.is_empty() => {
            Some(PlacedPair { place, key, value })
        }
        _ => {
            rejections.push(Rejection::new(place, "must have exactly a key and a value"));
            None
        }
    }
}
