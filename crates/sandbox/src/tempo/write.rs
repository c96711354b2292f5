//! Creating, replacing and deleting single worklogs.

use jiff::{Timestamp, Unit, civil::Date};
use serde_json::Value;

use super::{
    body,
    entry::{self, Entry, Kind},
    errors,
    worklogs::{Writer, find},
};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    world::{UserIndex, Worklog},
};

pub(super) fn create(context: &mut Context) -> Outcome {
    let body = body(context)?;
    let issue = issue_of(context, &body);
    let entry = entry::read(context, &body, Kind::Create);
    let (issue, entry) = match (issue, entry) {
        (Ok(issue), Ok(entry)) => (issue, entry),
        (issue, entry) => {
            let faults = [issue.err().into_iter().collect(), entry.err().unwrap_or_default()].concat();
            return Err(errors::refuse(context.settings, 400, &faults));
        }
    };
    admit(context, &entry, None)?;
    let id = store(context, issue, entry);
    Ok(written(context, id))
}

fn issue_of(context: &Context, body: &Value) -> Result<u64, String> {
    let given = body.get("issueId").filter(|value| !value.is_null());
    let value = given.ok_or_else(|| "issueId must not be null".to_owned())?;
    let id = value.as_u64().filter(|id| *id >= 1);
    let id = id.ok_or_else(|| "issueId must be a number greater than or equal to 1".to_owned())?;
    visible_issue(context, id)
}

pub(super) fn visible_issue(context: &Context, id: u64) -> Result<u64, String> {
    let issue = context.world.visible_issue(context.who, &id.to_string());
    issue
        .map(|issue| issue.id)
        .ok_or_else(|| format!("Issue with id {id} does not exist or you cannot see it"))
}

/// Permissions, closed periods and the daily cap; `replaced` is the worklog that an update stands in for.
pub(super) fn admit(context: &Context, entry: &Entry, replaced: Option<&Worklog>) -> Result<(), Answer> {
    may_act_for(context, entry.author)?;
    open(context, entry.date, entry.bypass)?;
    // The cap is not skipped by bypassPeriodClosuresAndApprovals.
    let Some(most) = context.settings.max_seconds_per_day else { return Ok(()) };
    let others = context.world.worklogs.iter().filter(|worklog| {
        worklog.author == entry.author
            && worklog.date == entry.date
            && replaced.is_none_or(|old| old.id != worklog.id)
    });
    let logged: u64 = others.map(|worklog| worklog.seconds).sum();
    if logged.saturating_add(entry.seconds) > most {
        let message = format!("Logged time exceeds the maximum of {} hours per day", most as f64 / 3600.0);
        return Err(errors::bad_request(context.settings, &message));
    }
    Ok(())
}

/// "Log Work for Others", "Edit All Worklogs" and "Delete All Worklogs" are the lead's alone.
fn may_act_for(context: &Context, author: UserIndex) -> Result<(), Answer> {
    if author == context.who || context.user().lead {
        return Ok(());
    }
    Err(errors::forbidden(context.settings, "You do not have permission to log work for other users"))
}

/// Refuses a closed period: 403, unlike every other refusal of an entry.
fn open(context: &Context, date: Date, bypass: bool) -> Result<(), Answer> {
    let closed = context.settings.closed_until.is_some_and(|last| date <= last);
    let overridden = bypass && context.settings.allow_overrides && context.user().lead;
    if closed && !overridden {
        return Err(errors::forbidden(context.settings, "Period is closed"));
    }
    Ok(())
}

/// The current time as Tempo writes it, to the second.
fn stamp(context: &Context) -> Timestamp {
    let round = jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor);
    context.now.round(round).unwrap_or(context.now)
}

/// Stores the entry and returns its id. The issue's remaining estimate becomes what the entry says, or else
/// goes down by the time spent.
pub(super) fn store(context: &mut Context, issue: u64, entry: Entry) -> u64 {
    let now = stamp(context);
    let mut project = 0;
    if let Some(issue) = context.world.issue_mut(issue) {
        project = issue.project;
        let left = issue.remaining_estimate.map(|left| left.saturating_sub(entry.seconds));
        issue.remaining_estimate = entry.remaining.or(left);
        issue.updated = now;
    }
    let id = context.world.add_worklog(Worklog {
        id: 0,
        jira_id: None,
        issue,
        project,
        author: entry.author,
        date: entry.date,
        time: entry.time,
        seconds: entry.seconds,
        billable: entry.billable,
        description: entry.description,
        attributes: entry.attributes,
        created: now,
        updated: now,
    });
    if let Some(place) = context.world.worklog_place(id) {
        context.world.worklogs[place].jira_id = Some(crate::data::jira_worklog_id(id));
    }
    id
}

pub(super) fn written(context: &Context, id: u64) -> Answer {
    match context.world.worklog_place(id) {
        Some(place) => Answer::ok(&Writer::of(context).row(&context.world.worklogs[place])),
        None => errors::not_found(context.settings, "Worklog cannot be found in the system"),
    }
}

/// PUT replaces: "any fields not specified in the request will be reset to their default values or removed"
/// ("REST semantics"). The issue stays: the update has no issueId, and an unknown field is ignored.
pub(super) fn replace(context: &mut Context, id: &str) -> Outcome {
    let place = find(context, id)?;
    let body = body(context)?;
    let entry = entry::read(context, &body, Kind::Update)
        .map_err(|faults| errors::refuse(context.settings, 400, &faults))?;
    let old = &context.world.worklogs[place];
    may_act_for(context, old.author)?;
    open(context, old.date, false)?;
    admit(context, &entry, Some(old))?;
    let now = stamp(context);
    let old = &mut context.world.worklogs[place];
    old.author = entry.author;
    old.date = entry.date;
    old.time = entry.time;
    old.seconds = entry.seconds;
    old.billable = entry.billable;
    old.description = entry.description;
    old.attributes = entry.attributes;
    old.updated = now;
    let (id, issue) = (old.id, old.issue);
    if let (Some(left), Some(issue)) = (entry.remaining, context.world.issue_mut(issue)) {
        issue.remaining_estimate = Some(left);
    }
    Ok(written(context, id))
}

/// The bypass is a query parameter here; in a body it is ignored.
pub(super) fn delete(context: &mut Context, id: &str) -> Outcome {
    let place = find(context, id)?;
    let bypass = context.call.param("bypassPeriodClosuresAndApprovals") == Some("true");
    let old = &context.world.worklogs[place];
    may_act_for(context, old.author)?;
    open(context, old.date, bypass)?;
    context.world.worklogs.remove(place);
    Ok(Answer::no_content())
}
