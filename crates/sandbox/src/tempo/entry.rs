//! Reading and checking what a create, an update or a bulk item says. Tempo reports every fault it finds, not
//! only the first, so the checks collect.

use jiff::{
    ToSpan,
    civil::{Date, Time},
};
use serde_json::Value;

use super::{attributes, query::parse_date};
use crate::{context::Context, world::UserIndex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Update,
    BulkItem,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) author: UserIndex,
    pub(super) date: Date,
    pub(super) time: Option<Time>,
    pub(super) seconds: u64,
    pub(super) billable: u64,
    pub(super) description: String,
    pub(super) remaining: Option<u64>,
    pub(super) attributes: Vec<(String, String)>,
    /// `bypassPeriodClosuresAndApprovals`, which only a creation can carry.
    pub(super) bypass: bool,
}

/// The entry, or all that is wrong with it.
pub(super) fn read(context: &Context, body: &Value, kind: Kind) -> Result<Entry, Vec<String>> {
    if !body.is_object() {
        return Err(vec!["Unable to process JSON".to_owned()]);
    }
    let mut faults = Vec::new();
    let author = author(context, body, &mut faults);
    let date = date(context, body, &mut faults);
    let seconds = seconds(body, &mut faults);
    let time = time(context, body, &mut faults);
    let billable = amount(body, "billableSeconds", &mut faults);
    let remaining = amount(body, "remainingEstimateSeconds", &mut faults);
    let description = description(context, body, &mut faults);
    let attributes = attributes::read(context, body, &mut faults);
    let bypass =
        body.get("bypassPeriodClosuresAndApprovals").is_some_and(|value| *value == Value::Bool(true));
    let asks_estimate = match kind {
        Kind::BulkItem => context.settings.bulk_needs_remaining_estimate,
        _ => true,
    };
    if context.settings.remaining_estimate_required && asks_estimate && remaining.is_none() {
        faults.push("Estimated remaining time must not be empty.".to_owned());
    }
    match (author, date, seconds) {
        (Some(author), Some(date), Some(seconds)) if faults.is_empty() => {
            let billable = billable.unwrap_or(seconds);
            let bypass = bypass && kind == Kind::Create;
            Ok(Entry { author, date, time, seconds, billable, description, remaining, attributes, bypass })
        }
        _ => Err(faults),
    }
}

fn given<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}

fn author(context: &Context, body: &Value, faults: &mut Vec<String>) -> Option<UserIndex> {
    let Some(id) = given(body, "authorAccountId").and_then(Value::as_str).filter(|id| !id.is_empty()) else {
        faults.push("authorAccountId must not be empty".to_owned());
        return None;
    };
    let user = context.world.user(id).filter(|user| context.world.users[*user].active);
    if user.is_none() {
        faults.push(format!("User with account id {id} does not exist or is not active"));
    }
    user
}

fn date(context: &Context, body: &Value, faults: &mut Vec<String>) -> Option<Date> {
    let Some(value) = given(body, "startDate") else {
        faults.push("startDate must not be null".to_owned());
        return None;
    };
    let Some(date) = value.as_str().and_then(parse_date) else {
        faults.push("startDate must be a date in format yyyy-MM-dd".to_owned());
        return None;
    };
    let days = context.settings.days_into_future;
    let last = context.today().saturating_add(days.days());
    if date > last {
        faults.push(format!("Work can be logged at most {days} days into the future"));
    }
    Some(date)
}

fn seconds(body: &Value, faults: &mut Vec<String>) -> Option<u64> {
    match given(body, "timeSpentSeconds") {
        None => faults.push("timeSpentSeconds must not be null".to_owned()),
        Some(value) if value.is_number() => {
            let seconds = value.as_u64().filter(|seconds| *seconds >= 1);
            if seconds.is_none() {
                faults.push("timeSpentSeconds must be a whole number greater than or equal to 1".to_owned());
            }
            return seconds;
        }
        Some(_) => faults.push("timeSpentSeconds must be a number".to_owned()),
    }
    None
}

fn amount(body: &Value, name: &str, faults: &mut Vec<String>) -> Option<u64> {
    let value = given(body, name)?;
    if value.as_u64().is_none() {
        faults.push(format!("{name} must be a whole number greater than or equal to 0"));
    }
    value.as_u64()
}

/// Without one, the default of the settings: Tempo's documentation does not say what it takes.
fn time(context: &Context, body: &Value, faults: &mut Vec<String>) -> Option<Time> {
    let Some(value) = given(body, "startTime") else {
        return context.settings.default_start_time.as_deref().and_then(parse_time);
    };
    let time = value.as_str().and_then(parse_time);
    if time.is_none() {
        let pattern = "^([0-1]?[0-9]|2[0-3])(:[0-5][0-9])(:[0-5][0-9])$";
        faults.push(format!("startTime must match \"{pattern}\""));
    }
    time
}

/// `HH:MM:SS`; the hour alone may have one digit.
fn parse_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, least: usize| {
        (least..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if parts.next().is_some() || !digits(hour, 1) || !digits(minute, 2) || !digits(second, 2) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?, 0).ok()
}

fn description(context: &Context, body: &Value, faults: &mut Vec<String>) -> String {
    let text = match given(body, "description") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => {
            faults.push("description must be a text".to_owned());
            String::new()
        }
    };
    if context.settings.description_required && text.trim().is_empty() {
        faults.push("Description must not be empty.".to_owned());
    }
    text
}
