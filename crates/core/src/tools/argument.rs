//! Arguments as clients send them, into domain values. A parameter's type both promises (schema) and enforces
//! (parsing), so the two cannot part.

use std::marker::PhantomData;

use serde_json::{Map, Value, json};

use super::{Error, ordered};
use crate::domain::{
    duration::{Seconds, TimeSpent},
    ids::{IssueRef, WorklogId},
    text::one_line,
    time::{DateRange, EndTime, StartTime, WorkDate},
};

/// A parameter of type `T`. `required` stands in the schema; a tool may require more by rule.
pub(super) struct Param<T> {
    name: &'static str,
    about: &'static str,
    required: bool,
    of: PhantomData<fn() -> T>,
}

impl<T> Param<T> {
    pub(super) const fn required(name: &'static str, about: &'static str) -> Self {
        Self { name, about, required: true, of: PhantomData }
    }

    pub(super) const fn optional(name: &'static str, about: &'static str) -> Self {
        Self { name, about, required: false, of: PhantomData }
    }
}

/// A parameter without its type: what lists and schemas are made of.
pub(super) trait AnyParam: Sync {
    fn name(&self) -> &'static str;
    fn about(&self) -> &'static str;
    fn is_required(&self) -> bool;
    fn schema(&self) -> Value;
}

impl<T: Argument> AnyParam for Param<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn is_required(&self) -> bool {
        self.required
    }

    fn schema(&self) -> Value {
        let mut schema = T::schema();
        if let (Value::Object(map), false) = (&mut schema, self.about.is_empty()) {
            map.insert("description".into(), self.about.into());
        }
        schema
    }
}

/// What is wrong with one argument, by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `date`, `worklogEntries[3].date`; empty for the arguments as a whole.
    pub place: String,
    /// The value, shortened; not shown where it may be private text.
    pub value: Option<String>,
    pub why: String,
}

/// A type that an argument may have.
pub(super) trait Argument: Sized {
    fn schema() -> Value;
    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self>;
}

/// The arguments of one call, or of one entry in it. Faults are collected: a person mends all of them at once.
pub(super) struct Arguments {
    values: Map<String, Value>,
    place: String,
    faults: Vec<Fault>,
}

impl Arguments {
    /// Refuses unknown names, says which was probably meant; of known ones `null` means "not given".
    pub(super) fn new(values: Map<String, Value>, known: &[&dyn AnyParam]) -> Self {
        Self::at(String::new(), values, known)
    }

    pub(super) fn at(place: String, values: Map<String, Value>, known: &[&dyn AnyParam]) -> Self {
        let mut res = Self { values, place, faults: Vec::new() };
        let unknown: Vec<String> = res
            .values
            .keys()
            .filter(|name| !known.iter().any(|it| it.name() == name.as_str()))
            .cloned()
            .collect();
        for name in unknown {
            let nearest = known.iter().max_by_key(|it| ordered(strsim::jaro_winkler(it.name(), &name)));
            let meant = nearest.filter(|it| strsim::jaro_winkler(it.name(), &name) > 0.8).map(|it| it.name());
            let names: Vec<&str> = known.iter().map(|it| it.name()).collect();
            let why = match meant {
                Some(meant) => format!("is no argument of this tool; did you mean {meant}?"),
                None => format!("is no argument of this tool; it takes {}", names.join(", ")),
            };
            res.fault(&one_line(&name, 60), why);
        }
        res.values.retain(|_, it| !it.is_null());
        res
    }

    fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.into() } else { format!("{}.{name}", self.place) }
    }

    pub(super) fn fault(&mut self, name: &str, why: impl Into<String>) {
        let place = if name.is_empty() { self.place.clone() } else { self.place_of(name) };
        self.faults.push(Fault { place, value: None, why: why.into() });
    }

    pub(super) fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    pub(super) fn is_given(&self, param: &dyn AnyParam) -> bool {
        self.values.contains_key(param.name())
    }

    pub(super) fn optional<T: Argument>(&mut self, param: &Param<T>) -> Option<T> {
        let value = self.values.remove(param.name)?;
        T::read(value, &self.place_of(param.name), &mut self.faults)
    }

    pub(super) fn required<T: Argument>(&mut self, param: &Param<T>) -> Option<T> {
        if !self.is_given(param) {
            self.fault(param.name, "is required");
        }
        self.optional(param)
    }

    /// Both ends of a period.
    pub(super) fn range(&mut self, from: &Param<WorkDate>, to: &Param<WorkDate>) -> Option<DateRange> {
        let (start, end) = (self.required(from), self.required(to));
        let (start, end) = start.zip(end)?;
        let range = DateRange::new(start, end);
        if range.is_none() {
            self.fault(from.name, format!("{start} is after {} {end}", to.name));
        }
        range
    }

    pub(super) fn faults(self) -> Vec<Fault> {
        self.faults
    }

    /// `value` if nothing was wrong.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Error> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Error::Arguments(self.faults)),
        }
    }
}

/// A scalar out of text; a number counts as its text.
fn from_text<T>(
    value: &Value,
    at: &str,
    faults: &mut Vec<Fault>,
    expected: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    let text = match value {
        Value::String(it) => it.clone(),
        Value::Number(it) => it.to_string(),
        other => {
            faults.push(Fault {
                place: at.into(),
                value: Some(shown(other)),
                why: format!("must be {expected}"),
            });
            return None;
        }
    };
    parse(&text).map_err(|why| faults.push(Fault { place: at.into(), value: Some(shown(value)), why })).ok()
}

fn shown(value: &Value) -> String {
    one_line(&value.to_string(), 60)
}

macro_rules! text_argument {
    ($type:ty, $expected:literal, $schema:tt) => {
        impl Argument for $type {
            fn schema() -> Value {
                json!($schema)
            }

            fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
                from_text(&value, at, faults, $expected, |text| text.parse())
            }
        }
    };
}

text_argument!(WorkDate, "a date like 2026-03-15", { "type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$" });
text_argument!(StartTime, "a time of day like 09:00", { "type": "string", "pattern": r"^\d{1,2}:\d{2}(:\d{2})?$" });
text_argument!(EndTime, "a time of day like 17:30", { "type": "string", "pattern": r"^\d{1,2}:\d{2}(:\d{2})?$" });
text_argument!(TimeSpent, "a duration like 1h30m", { "type": "string", "minLength": 1 });
text_argument!(IssueRef, "an issue key like PROJ-12 or a numeric issue id", { "type": "string", "minLength": 1 });
text_argument!(WorklogId, "a Tempo worklog id", { "type": "string", "pattern": r"^\d+$" });

/// Decimal hours of one worklog.
pub(super) struct Hours(pub(super) TimeSpent);

impl Argument for Hours {
    fn schema() -> Value {
        json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 24 })
    }

    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        from_text(&value, at, faults, "a number of hours", |text| {
            number(text).and_then(TimeSpent::from_hours)
        })
        .map(Self)
    }
}

/// Decimal hours that may be none: billable time, an estimate, a threshold.
pub(super) struct HoursOrNone(pub(super) Seconds);

impl Argument for HoursOrNone {
    fn schema() -> Value {
        json!({ "type": "number", "minimum": 0, "maximum": 100_000 })
    }

    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let parse = |text: &str| {
            let hours = number(text)?;
            if !(0.0..=100_000.0).contains(&hours) {
                return Err("must be a number of hours from 0 up".to_owned());
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 360,000,000, see above"
            )]
            let seconds = (hours * 3600.0).round() as u64;
            Ok(Self(Seconds(seconds)))
        };
        from_text(&value, at, faults, "a number of hours", parse)
    }
}

/// What every day should have: more than nothing, and no more than a day holds.
pub(super) struct DayHours(pub(super) Seconds);

impl Argument for DayHours {
    fn schema() -> Value {
        json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 24 })
    }

    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let parse = |text: &str| {
            let hours = number(text).ok().and_then(|it| TimeSpent::from_hours(it).ok());
            hours.ok_or_else(|| "must be a number of hours, more than 0 and at most 24".to_owned())
        };
        from_text(&value, at, faults, "a number of hours", parse).map(|it| Self(it.seconds()))
    }
}

fn number(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let plain = text.bytes().all(|it| it.is_ascii_digit() || b".-+eE".contains(&it));
    text.parse()
        .ok()
        .filter(|it: &f64| plain && it.is_finite())
        .ok_or_else(|| "must be a number, like 1.5".into())
}

/// A whole number from `MIN` to `MAX`.
pub(super) struct Whole<const MIN: u64, const MAX: u64>(pub(super) usize);

impl<const MIN: u64, const MAX: u64> Argument for Whole<MIN, MAX> {
    fn schema() -> Value {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }

    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let parse = |text: &str| {
            let whole = text.trim().strip_suffix(".0").unwrap_or(text.trim());
            let number = whole.parse::<u64>().ok().filter(|it| (MIN..=MAX).contains(it));
            number
                .and_then(|it| usize::try_from(it).ok())
                .ok_or_else(|| format!("must be a whole number from {MIN} to {MAX}"))
        };
        from_text(&value, at, faults, "a whole number", parse).map(Self)
    }
}

impl Argument for bool {
    fn schema() -> Value {
        json!({ "type": "boolean" })
    }

    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        if let Value::Bool(it) = value {
            return Some(it);
        }
        from_text(&value, at, faults, "true or false", |text| {
            text.trim().parse().map_err(|_| "must be true or false".into())
        })
    }
}

/// Text by a person: kept to the letter, and never repeated in an error.
impl Argument for String {
    fn schema() -> Value {
        json!({ "type": "string" })
    }

    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        match value {
            Value::String(it) => Some(it),
            Value::Number(it) => Some(it.to_string()),
            _ => {
                faults.push(Fault { place: at.into(), value: None, why: "must be text".into() });
                None
            }
        }
    }
}

/// A list, also as JSON text: some clients send it so.
pub(super) fn list(value: Value, at: &str, faults: &mut Vec<Fault>, of: &str) -> Option<Vec<Value>> {
    let value = match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        it => it,
    };
    match value {
        Value::Array(items) => Some(items),
        _ => {
            faults.push(Fault { place: at.into(), value: None, why: format!("must be a list of {of}") });
            None
        }
    }
}

/// An object in a list, also as JSON text.
pub(super) fn object(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Map<String, Value>> {
    let value = match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        it => it,
    };
    match value {
        Value::Object(map) => Some(map),
        _ => {
            faults.push(Fault { place: at.into(), value: None, why: "must be an object".into() });
            None
        }
    }
}
