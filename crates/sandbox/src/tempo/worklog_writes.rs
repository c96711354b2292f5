//! Creating, updating and deleting single worklogs.

use jiff::{Timestamp, Unit, civil::Date};
use serde_json::Value;

use super::{
    errors,
    parameters::json_body,
    worklog_input::{self, WorklogInput, WriteKind},
    worklog_wire::WorklogSerializer,
    worklogs::find,
};
use crate::{
    context::RequestContext,
    model::{UserIndex, Worklog},
    response::{HandlerResult, Response},
    site_data::jira_worklog_id,
};

pub(super) fn create(context: &mut RequestContext) -> HandlerResult {
    let body = json_body(context)?;
    let issue = issue_of(context, &body);
    let input = worklog_input::read(context, &body, WriteKind::Create);
    let (issue, input) = match (issue, input) {
        (Ok(issue), Ok(input)) => (issue, input),
        (issue, input) => {
            let messages = [issue.err().into_iter().collect(), input.err().unwrap_or_default()].concat();
            return Err(errors::with_messages(context.settings, 400, &messages));
        }
    };
    check_rules(context, &input, None)?;
    let id = store(context, issue, input);
    Ok(stored_worklog(context, id))
}

fn issue_of(context: &RequestContext, body: &Value) -> Result<u64, String> {
    let value = body.get("issueId").filter(|value| !value.is_null());
    let value = value.ok_or_else(|| "issueId must not be null".to_owned())?;
    let id = value.as_u64().filter(|id| *id >= 1);
    let id = id.ok_or_else(|| "issueId must be a number greater than or equal to 1".to_owned())?;
    visible_issue(context, id)
}

/// The id itself if the caller can see the issue, or else the message that says that they cannot.
pub(super) fn visible_issue(context: &RequestContext, id: u64) -> Result<u64, String> {
    let issue = context.site.visible_issue(context.caller, &id.to_string());
    issue
        .map(|issue| issue.id)
        .ok_or_else(|| format!("Issue with id {id} does not exist or you cannot see it"))
}

/// Checks the permissions, closed periods and the daily limit. `replaced` is the worklog that an update replaces.
pub(super) fn check_rules(
    context: &RequestContext,
    input: &WorklogInput,
    replaced: Option<&Worklog>,
) -> Result<(), Response> {
    check_author(context, input.author)?;
    check_period(context, input.date, input.bypass)?;
    // bypassPeriodClosuresAndApprovals does not bypass the daily limit.
    let Some(most) = context.settings.max_seconds_per_day else { return Ok(()) };
    let others = context.site.worklogs.iter().filter(|worklog| {
        worklog.author == input.author
            && worklog.date == input.date
            && replaced.is_none_or(|old| old.id != worklog.id)
    });
    let logged: u64 = others.map(|worklog| worklog.seconds).sum();
    if logged.saturating_add(input.seconds) > most {
        let message = format!("Logged time exceeds the maximum of {} hours per day", most as f64 / 3600.0);
        return Err(errors::bad_request(context.settings, &message));
    }
    Ok(())
}

/// Only the lead has the permissions "Log Work for Others", "Edit All Worklogs" and "Delete All Worklogs".
fn check_author(context: &RequestContext, author: UserIndex) -> Result<(), Response> {
    if author == context.caller || context.user().is_lead {
        return Ok(());
    }
    Err(errors::forbidden(context.settings, "You do not have permission to log work for other users"))
}

/// A closed period gets 403, unlike all other reasons not to store a worklog.
fn check_period(context: &RequestContext, date: Date, bypass: bool) -> Result<(), Response> {
    let closed = context.settings.closed_until.is_some_and(|last| date <= last);
    let overridden = bypass && context.settings.allow_overrides && context.user().is_lead;
    if closed && !overridden {
        return Err(errors::forbidden(context.settings, "Period is closed"));
    }
    Ok(())
}

/// The current time without fractions of a second, as Tempo stores it.
fn current_second(context: &RequestContext) -> Timestamp {
    let round = jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor);
    context.now.round(round).unwrap_or(context.now)
}

/// Stores the worklog and returns its id. The issue's remaining estimate becomes the one in the request, or else is
/// reduced by the time spent.
pub(super) fn store(context: &mut RequestContext, issue: u64, input: WorklogInput) -> u64 {
    let now = current_second(context);
    let mut project = 0;
    if let Some(issue) = context.site.issue_mut(issue) {
        project = issue.project;
        let reduced = issue.remaining_estimate.map(|left| left.saturating_sub(input.seconds));
        issue.remaining_estimate = input.remaining_estimate.or(reduced);
        issue.updated = now;
    }
    let id = context.site.add_worklog(Worklog {
        id: 0,
        jira_id: None,
        issue,
        project,
        author: input.author,
        date: input.date,
        start_time: input.start_time,
        seconds: input.seconds,
        billable: input.billable,
        description: input.description,
        attributes: input.attributes,
        created: now,
        updated: now,
    });
    if let Some(index) = context.site.worklog_index(id) {
        context.site.worklogs[index].jira_id = Some(jira_worklog_id(id));
    }
    id
}

fn stored_worklog(context: &RequestContext, id: u64) -> Response {
    match context.site.worklog_index(id) {
        Some(index) => Response::ok(&WorklogSerializer::of(context).worklog(&context.site.worklogs[index])),
        None => errors::not_found(context.settings, "Worklog cannot be found in the system"),
    }
}

/// PUT replaces the worklog: "any fields not specified in the request will be reset to their default values or
/// removed" (Tempo, "REST semantics"). The issue cannot change: an update has no issueId, and Tempo ignores unknown
/// fields.
pub(super) fn update(context: &mut RequestContext, id: &str) -> HandlerResult {
    let index = find(context, id)?;
    let body = json_body(context)?;
    let input = worklog_input::read(context, &body, WriteKind::Update)
        .map_err(|messages| errors::with_messages(context.settings, 400, &messages))?;
    let old = &context.site.worklogs[index];
    check_author(context, old.author)?;
    check_period(context, old.date, false)?;
    check_rules(context, &input, Some(old))?;
    let now = current_second(context);
    let worklog = &mut context.site.worklogs[index];
    worklog.author = input.author;
    worklog.date = input.date;
    worklog.start_time = input.start_time;
    worklog.seconds = input.seconds;
    worklog.billable = input.billable;
    worklog.description = input.description;
    worklog.attributes = input.attributes;
    worklog.updated = now;
    let (id, issue) = (worklog.id, worklog.issue);
    if let (Some(estimate), Some(issue)) = (input.remaining_estimate, context.site.issue_mut(issue)) {
        issue.remaining_estimate = Some(estimate);
    }
    Ok(stored_worklog(context, id))
}

/// A delete takes the bypass as a query parameter, not in the body.
pub(super) fn delete(context: &mut RequestContext, id: &str) -> HandlerResult {
    let index = find(context, id)?;
    let bypass = context.request.param("bypassPeriodClosuresAndApprovals") == Some("true");
    let worklog = &context.site.worklogs[index];
    check_author(context, worklog.author)?;
    check_period(context, worklog.date, bypass)?;
    context.site.worklogs.remove(index);
    Ok(Response::no_content())
}
