//! The types that parameters have.

use serde_json::{Value, json};

use super::{Argument, json::shown};
use crate::{
    domain::{
        duration::{DurationError, Seconds, TimeSpent},
        ids::{IssueRef, WorklogId},
        time::{EndTime, StartTime, WorkDate},
    },
    tools::rejection::Rejection,
};

/// Reads one plain value with `parse`, whose error is the reason for a rejection.
fn scalar<T>(
    value: &Value,
    place: &str,
    rejections: &mut Vec<Rejection>,
    parse: impl FnOnce(&Value) -> Result<T, String>,
) -> Option<T> {
    parse(value)
        .map_err(|reason| {
            rejections.push(Rejection { place: place.into(), value: Some(shown(value)), reason })
        })
        .ok()
}

/// Parses a string, or a number as it is written.
fn from_text<T>(
    value: &Value,
    expected: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, String> {
    match value {
        Value::String(it) => parse(it),
        Value::Number(it) => parse(&it.to_string()),
        _ => Err(format!("must be {expected}")),
    }
}

macro_rules! text_argument {
    ($type:ty, $expected:literal, $schema:tt) => {
        impl Argument for $type {
            fn schema() -> Value {
                json!($schema)
            }

            fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
                scalar(&value, place, rejections, |it| from_text(it, $expected, |text| text.parse()))
            }
        }
    };
}

text_argument!(WorkDate, "a date like 2026-03-15", { "type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$" });
text_argument!(StartTime, "a time of day like 09:00", { "type": "string", "pattern": r"^\d{1,2}:\d{2}(:\d{2})?$" });
text_argument!(EndTime, "a time of day like 17:30", { "type": "string", "pattern": r"^\d{1,2}:\d{2}(:\d{2})?$" });
text_argument!(IssueRef, "an issue key like PROJ-12 or a numeric issue id", { "type": "string", "minLength": 1 });
text_argument!(WorklogId, "a Tempo worklog id", { "type": "string", "pattern": r"^\d+$" });

/// A duration as text; a number is decimal hours.
impl Argument for TimeSpent {
    fn schema() -> Value {
        json!({ "type": "string", "minLength": 1 })
    }

    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        scalar(&value, place, rejections, |it| match it {
            Value::String(text) => text.parse(),
            Value::Number(number) => {
                Self::from_hours(number.as_f64().unwrap_or(f64::NAN)).map_err(|it| it.to_string())
            }
            _ => Err("must be a duration like 1h30m".into()),
        })
    }
}

/// A number, also as text, where an exponent is as good as in JSON.
fn number(value: &Value) -> Result<f64, String> {
    let number = match value {
        Value::Number(it) => it.as_f64(),
        Value::String(text) => {
            let text = text.trim();
            let is_plain = text.bytes().all(|it| it.is_ascii_digit() || b".-+eE".contains(&it));
            if is_plain { text.parse().ok() } else { None }
        }
        _ => return Err("must be a number of hours".into()),
    };
    number.filter(|it| it.is_finite()).ok_or_else(|| "must be a number, like 1.5".into())
}

/// The duration of one worklog in decimal hours.
pub(in crate::tools) struct Hours(pub(in crate::tools) TimeSpent);

impl Argument for Hours {
    fn schema() -> Value {
        json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 24 })
    }

    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        scalar(&value, place, rejections, |it| {
            TimeSpent::from_hours(number(it)?).map(Self).map_err(|error| match error {
                DurationError::PerhapsMinutes { minutes } => {
                    format!("is more than 24 h; did you mean timeSpent \"{minutes}m\"?")
                }
                other => other.to_string(),
            })
        })
    }
}

/// Decimal hours, 0 included: billable time, a remaining estimate.
pub(in crate::tools) struct NonNegativeHours(pub(in crate::tools) Seconds);

impl Argument for NonNegativeHours {
    fn schema() -> Value {
        json!({ "type": "number", "minimum": 0, "maximum": 100_000 })
    }

    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        scalar(&value, place, rejections, |it| {
            let seconds = Seconds::from_hours(number(it)?);
            seconds.map(Self).ok_or_else(|| "must be a number of hours from 0 to 100000".into())
        })
    }
}

/// The hours that a working day should have: more than 0, and at most 24.
pub(in crate::tools) struct DayHours(pub(in crate::tools) Seconds);

impl Argument for DayHours {
    fn schema() -> Value {
        json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 24 })
    }

    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        scalar(&value, place, rejections, |it| {
            if !matches!(it, Value::Number(_) | Value::String(_)) {
                return Err("must be a number of hours".into());
            }
            let hours = number(it).ok().and_then(|it| TimeSpent::from_hours(it).ok());
            hours
                .map(|it| Self(it.seconds()))
                .ok_or_else(|| "must be a number of hours, more than 0 and at most 24".into())
        })
    }
}

/// An integer from `MIN` to `MAX`.
pub(in crate::tools) struct IntegerIn<const MIN: u64, const MAX: u64>(pub(in crate::tools) usize);

impl<const MIN: u64, const MAX: u64> Argument for IntegerIn<MIN, MAX> {
    fn schema() -> Value {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }

    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        let parse = |text: &str| {
            let digits = text.trim().strip_suffix(".0").unwrap_or(text.trim());
            let number = digits.parse::<u64>().ok().filter(|it| (MIN..=MAX).contains(it));
            number
                .and_then(|it| usize::try_from(it).ok())
                .map(Self)
                .ok_or_else(|| format!("must be a whole number from {MIN} to {MAX}"))
        };
        scalar(&value, place, rejections, |it| from_text(it, "a whole number", parse))
    }
}

impl Argument for bool {
    fn schema() -> Value {
        json!({ "type": "boolean" })
    }

    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        if let Value::Bool(it) = value {
            return Some(it);
        }
        let parse = |text: &str| text.trim().parse().map_err(|_| "must be true or false".into());
        scalar(&value, place, rejections, |it| from_text(it, "true or false", parse))
    }
}

/// Text that people write: passed on unchanged, and never repeated in an error.
impl Argument for String {
    fn schema() -> Value {
        json!({ "type": "string" })
    }

    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self> {
        match value {
            Value::String(it) => Some(it),
            Value::Number(it) => Some(it.to_string()),
            _ => {
                rejections.push(Rejection::new(place, "must be text"));
                None
            }
        }
    }
}
