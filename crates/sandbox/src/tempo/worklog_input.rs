//! Reading and checking the body of a create, an update or a bulk item. Tempo reports every error it finds, not only
//! the first, so the checks collect messages.

use jiff::{
    ToSpan,
    civil::{Date, Time},
};
use serde_json::Value;

use super::{parameters::parse_date, work_attributes};
use crate::{context::RequestContext, model::UserIndex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteKind {
    Create,
    Update,
    BulkItem,
}

#[derive(Debug)]
pub(super) struct WorklogInput {
    pub(super) author: UserIndex,
    pub(super) date: Date,
    pub(super) start_time: Option<Time>,
    pub(super) seconds: u64,
    pub(super) billable: u64,
    pub(super) description: String,
    /// The new remaining estimate of the issue, in seconds.
    pub(super) remaining_estimate: Option<u64>,
    pub(super) attributes: Vec<(String, String)>,
    /// `bypassPeriodClosuresAndApprovals`, which is read only from a create.
    pub(super) bypass: bool,
}

/// The worklog, or all messages about what is invalid.
pub(super) fn read(
    context: &RequestContext,
    body: &Value,
    kind: WriteKind,
) -> Result<WorklogInput, Vec<String>> {
    if !body.is_object() {
        return Err(vec!["Unable to process JSON".to_owned()]);
    }
    let mut messages = Vec::new();
    let author = author(context, body, &mut messages);
    let date = date(context, body, &mut messages);
    let seconds = seconds(body, &mut messages);
    let start_time = start_time(context, body, &mut messages);
    let billable = optional_seconds(body, "billableSeconds", &mut messages);
    let remaining_estimate = optional_seconds(body, "remainingEstimateSeconds", &mut messages);
    let description = description(context, body, &mut messages);
    let attributes = work_attributes::read(context, body, &mut messages);
    let bypass =
        body.get("bypassPeriodClosuresAndApprovals").is_some_and(|value| *value == Value::Bool(true));
    if remaining_estimate.is_none() && estimate_required(context, kind) {
        messages.push("Estimated remaining time must not be empty.".to_owned());
    }
    match (author, date, seconds) {
        (Some(author), Some(date), Some(seconds)) if messages.is_empty() => Ok(WorklogInput {
            author,
            date,
            start_time,
            seconds,
            billable: billable.unwrap_or(seconds),
            description,
            remaining_estimate,
            attributes,
            bypass: bypass && kind == WriteKind::Create,
        }),
        _ => Err(messages),
    }
}

fn estimate_required(context: &RequestContext, kind: WriteKind) -> bool {
    let settings = context.settings;
    let applies = kind != WriteKind::BulkItem || settings.bulk_needs_remaining_estimate;
    settings.remaining_estimate_required && applies
}

fn non_null<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}

fn author(context: &RequestContext, body: &Value, messages: &mut Vec<String>) -> Option<UserIndex> {
    let id = non_null(body, "authorAccountId").and_then(Value::as_str).filter(|id| !id.is_empty());
    let Some(id) = id else {
        messages.push("authorAccountId must not be empty".to_owned());
        return None;
    };
    let user = context.site.user(id).filter(|user| context.site.users[*user].active);
    if user.is_none() {
        messages.push(format!("User with account id {id} does not exist or is not active"));
    }
    user
}

fn date(context: &RequestContext, body: &Value, messages: &mut Vec<String>) -> Option<Date> {
    let Some(value) = non_null(body, "startDate") else {
        messages.push("startDate must not be null".to_owned());
        return None;
    };
    let Some(date) = value.as_str().and_then(parse_date) else {
        messages.push("startDate must be a date in format yyyy-MM-dd".to_owned());
        return None;
    };
    let days = context.settings.days_into_future;
    let last = context.today().saturating_add(days.days());
    if date > last {
        messages.push(format!("Work can be logged at most {days} days into the future"));
    }
    Some(date)
}

fn seconds(body: &Value, messages: &mut Vec<String>) -> Option<u64> {
    match non_null(body, "timeSpentSeconds") {
        None => messages.push("timeSpentSeconds must not be null".to_owned()),
        Some(value) if value.is_number() => {
            let seconds = value.as_u64().filter(|seconds| *seconds >= 1);
            if seconds.is_none() {
                messages
                    .push("timeSpentSeconds must be a whole number greater than or equal to 1".to_owned());
            }
            return seconds;
        }
        Some(_) => messages.push("timeSpentSeconds must be a number".to_owned()),
    }
    None
}

fn optional_seconds(body: &Value, name: &str, messages: &mut Vec<String>) -> Option<u64> {
    let value = non_null(body, name)?;
    if value.as_u64().is_none() {
        messages.push(format!("{name} must be a whole number greater than or equal to 0"));
    }
    value.as_u64()
}

/// Without a start time, the default from the settings: Tempo's documentation does not say which one it uses.
fn start_time(context: &RequestContext, body: &Value, messages: &mut Vec<String>) -> Option<Time> {
    let Some(value) = non_null(body, "startTime") else {
        return context.settings.default_start_time.as_deref().and_then(parse_time);
    };
    let time = value.as_str().and_then(parse_time);
    if time.is_none() {
        let pattern = "^([0-1]?[0-9]|2[0-3])(:[0-5][0-9])(:[0-5][0-9])$";
        messages.push(format!("startTime must match \"{pattern}\""));
    }
    time
}

/// Parses `HH:MM:SS`. Only the hour may have one digit.
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

fn description(context: &RequestContext, body: &Value, messages: &mut Vec<String>) -> String {
    let text = match non_null(body, "description") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => {
            messages.push("description must be a text".to_owned());
            String::new()
        }
    };
    if context.settings.description_required && text.trim().is_empty() {
        messages.push("Description must not be empty.".to_owned());
    }
    text
}
