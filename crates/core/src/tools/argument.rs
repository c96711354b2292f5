//! The arguments of a call, as clients send them, turned into domain values.
//!
//! The type of a parameter both promises (schema) and enforces (parsing), so that the two cannot differ. The types that
//! parameters have are in `argument/types.rs`.

pub(super) mod json;
pub(super) mod types;

use std::marker::PhantomData;

use serde_json::{Map, Value};

use super::{
    error::Error,
    rejection::{MAX_SHOWN, Rejection, Rejections},
    similarity::probably_meant,
};
use crate::domain::{
    text::{one_line, visible},
    time::{DateRange, WorkDate},
};

/// A parameter of type `T`. `required` is what the schema says; a tool may require more by a rule of its own.
pub(super) struct Param<T> {
    name: &'static str,
    description: &'static str,
    required: bool,
    of: PhantomData<fn() -> T>,
}

impl<T> Param<T> {
    pub(super) const fn required(name: &'static str, description: &'static str) -> Self {
        Self { name, description, required: true, of: PhantomData }
    }

    pub(super) const fn optional(name: &'static str, description: &'static str) -> Self {
        Self { name, description, required: false, of: PhantomData }
    }
}

/// A parameter of any type: what lists and schemas are made of.
pub(super) trait AnyParam: Sync {
    fn name(&self) -> &'static str;
    fn description(&self) -> &'static str;
    fn is_required(&self) -> bool;
    fn schema(&self) -> Value;
}

impl<T: Argument> AnyParam for Param<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn is_required(&self) -> bool {
        self.required
    }

    fn schema(&self) -> Value {
        let mut schema = T::schema();
        if let (Value::Object(map), false) = (&mut schema, self.description.is_empty()) {
            map.insert("description".into(), self.description.into());
        }
        schema
    }
}

/// A type that an argument may have.
pub(super) trait Argument: Sized {
    fn schema() -> Value;

    /// The value at `place`; `None` if it was rejected.
    fn read(value: Value, place: &str, rejections: &mut Vec<Rejection>) -> Option<Self>;
}

/// The arguments of one call, or of one entry in it. Rejections are collected, so that all of them can be fixed at once.
pub(super) struct Arguments {
    values: Map<String, Value>,
    place: String,
    rejections: Vec<Rejection>,
}

impl Arguments {
    /// Rejects unknown names. `null` means that an argument is not given.
    pub(super) fn new(values: Map<String, Value>, known: &[&dyn AnyParam]) -> Self {
        Self::at(String::new(), values, known)
    }

    /// The arguments of one entry, which is at `place` in the call.
    pub(super) fn at(place: String, values: Map<String, Value>, known: &[&dyn AnyParam]) -> Self {
        let mut res = Self { values, place, rejections: Vec::new() };
        let is_known = |name: &str| known.iter().any(|it| it.name() == name);
        let unknown: Vec<String> = res.values.keys().filter(|name| !is_known(name)).cloned().collect();
        for (index, name) in unknown.iter().enumerate() {
            // Thousands of names are not compared with the known ones: a message shows only the first rejections.
            let reason =
                if index < MAX_SHOWN { unknown_name(name, known) } else { "unknown argument".into() };
            res.reject(&visible(&one_line(name, 60)), reason);
        }
        res.values.retain(|_, it| !it.is_null());
        res
    }

    fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.into() } else { format!("{}.{name}", self.place) }
    }

    /// Rejects the argument called `name`, or all of them together where the name is empty.
    pub(super) fn reject(&mut self, name: &str, reason: impl Into<String>) {
        let place = if name.is_empty() { self.place.clone() } else { self.place_of(name) };
        self.rejections.push(Rejection::new(place, reason));
    }

    pub(super) fn has_rejections(&self) -> bool {
        !self.rejections.is_empty()
    }

    pub(super) fn is_given(&self, param: &dyn AnyParam) -> bool {
        self.values.contains_key(param.name())
    }

    pub(super) fn optional<T: Argument>(&mut self, param: &Param<T>) -> Option<T> {
        let value = self.values.remove(param.name)?;
        T::read(value, &self.place_of(param.name), &mut self.rejections)
    }

    pub(super) fn required<T: Argument>(&mut self, param: &Param<T>) -> Option<T> {
        if !self.is_given(param) {
            self.reject(param.name, "is required");
        }
        self.optional(param)
    }

    /// The period between two required dates.
    pub(super) fn range(&mut self, from: &Param<WorkDate>, to: &Param<WorkDate>) -> Option<DateRange> {
        let (start, end) = (self.required(from), self.required(to));
        let (start, end) = start.zip(end)?;
        let range = DateRange::new(start, end);
        if range.is_none() {
            self.reject(from.name, format!("{start} is after {} {end}", to.name));
        }
        range
    }

    pub(super) fn into_rejections(self) -> Vec<Rejection> {
        self.rejections
    }

    /// `value`, if nothing was rejected.
    ///
    /// # Errors
    /// [`Error::Arguments`] with everything that was rejected.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Error> {
        match value {
            Some(value) if self.rejections.is_empty() => Ok(value),
            _ => Err(Error::Arguments(Rejections::from(self.rejections))),
        }
    }
}

/// Why an argument that the tool does not have is rejected.
fn unknown_name(name: &str, known: &[&dyn AnyParam]) -> String {
    let names = || known.iter().map(|it| it.name());
    match probably_meant(name, names()) {
        Some(meant) => format!("unknown argument; did you mean {meant}?"),
        None => {
            format!("unknown argument; known arguments: {}", names().collect::<Vec<_>>().join(", "))
        }
    }
}
