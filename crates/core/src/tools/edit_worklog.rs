//! `editWorklog`: changes what is named, and sends everything else back as it was.

mod moving;
mod output;

use std::sync::Arc;

use futures::{join, try_join};

use super::{
    argument::{Arguments, Param},
    attribute_changes::{AttributeChange, AttributeChanges},
    context::{Clients, Context},
    error::Error,
    parameters::{BILLABLE_HOURS, REMAINING_ESTIMATE_HOURS, TIME_SPENT, TIME_SPENT_HOURS, WORKLOG_ID},
    resolve, schema,
    site_rules::explained,
    time_arguments::TimeArguments,
    tool::{Tool, ToolKind},
    tool_result::{ToolOutput, ToolResult},
    worklog_diff,
    worklog_view::{labelled, stored},
};
use crate::{
    domain::{
        duration::Seconds,
        ids::{IssueRef, WorklogId},
        time::{EndTime, StartTime, WorkDate},
        worklog::{Draft, Issue, Worklog},
    },
    tempo::WriteError,
    upstream::ErrorKind,
};

use output::EditedWorklog;

const START_TIME: Param<StartTime> =
    Param::optional("startTime", "HH:MM on the user's clock; alone it moves the worklog");
const END_TIME: Param<EndTime> =
    Param::optional("endTime", "HH:MM; alone it changes the duration. 00:00 is midnight");
const DESCRIPTION: Param<String> = Param::optional("description", "\"\" clears it");
const ATTRIBUTES: Param<AttributeChanges> =
    Param::optional("attributes", "Only those that change, by key or name; value \"\" removes one");
const DATE: Param<WorkDate> = Param::optional("date", "New day, YYYY-MM-DD");
const ISSUE_KEY: Param<IssueRef> =
    Param::optional("issueKey", "Only to move it to this issue; the worklog gets a new id");

pub(super) const TOOL: Tool = Tool {
    name: "editWorklog",
    title: "Edit a worklog",
    description: "Change one worklog: its worklogId and only the fields that change; everything else stays as it \
                  is. Use retrieveWorklogs for the worklogId. Returns before and after of each field that changed.",
    kind: ToolKind::Edits,
    parameters: &[
        &WORKLOG_ID,
        &TIME_SPENT_HOURS,
        &TIME_SPENT,
        &START_TIME,
        &END_TIME,
        &DESCRIPTION,
        &DATE,
        &ATTRIBUTES,
        &BILLABLE_HOURS,
        &REMAINING_ESTIMATE_HOURS,
        &ISSUE_KEY,
    ],
    output: schema::output::<EditedWorklog>,
    run: |context, args| Box::pin(run(context, args)),
};

/// The fields that change; `None` stays as it is.
struct EditRequest {
    id: WorklogId,
    times: TimeArguments,
    date: Option<WorkDate>,
    description: Option<String>,
    attributes: AttributeChanges,
    billable: Option<Seconds>,
    remaining_estimate: Option<Seconds>,
    issue: Option<IssueRef>,
}

async fn run(context: &Context, mut args: Arguments) -> Result<ToolResult, Error> {
    let request = EditRequest::read(&mut args);
    let request = args.finish(request)?;
    let clients = context.clients()?;
    // The worklog comes first, so that an id that does not exist is what is reported.
    let (stored, target, changes) = join!(
        stored(context, clients, request.id),
        request.target(clients),
        resolve::attribute_changes(clients, &request.attributes, "attributes")
    );
    let (stored, target, changes) = (stored?, target?, changes?);
    let worklog = &stored.worklog;
    let target = target.filter(|it| it.id != worklog.issue);
    let draft = request.draft(clients, worklog, target.as_deref(), changes).await?;
    let view = async { Ok(stored.view(context, clients).await) };
    if let Some(target) = target {
        let moved = moving::moved(context, worklog, target.id, draft.clone());
        let (new, view) = try_join!(moved, view)?;
        return Ok(moving::result(context, worklog, &view, &target, &new, &draft));
    }
    let (after, view) = try_join!(write(clients, worklog, &draft), view)?;
    Ok(EditedWorklog {
        changes: worklog_diff::between(context, worklog, &after),
        worklog: labelled(context, view.with_fields_of(&after)),
        moved_from_worklog_id: None,
        remaining_estimate_seconds: draft.remaining_estimate,
    }
    .into_result())
}

async fn write(clients: &Clients, worklog: &Worklog, draft: &Draft) -> Result<Worklog, Error> {
    if *draft == Draft::of(worklog) {
        // It already has these values, so a write could only do harm.
        return Ok(worklog.clone());
    }
    match clients.tempo.update(worklog, draft.clone()).await {
        Ok(after) => Ok(after),
        Err(error) => Err(failed(clients, worklog.id, error).await),
    }
}

async fn failed(clients: &Clients, id: WorklogId, error: WriteError) -> Error {
    match error.cause().kind {
        ErrorKind::NotFound(_) => Error::UnknownWorklog(id),
        _ => explained(clients, error).await,
    }
}

impl EditRequest {
    fn read(args: &mut Arguments) -> Option<Self> {
        // Where a name is misspelt, that is reported, and not that there is nothing to change.
        let is_misspelt = args.has_rejections();
        let id = args.required(&WORKLOG_ID);
        let changes = TOOL.parameters.iter().skip(1);
        if !is_misspelt && changes.clone().all(|it| !args.is_given(*it)) {
            let names: Vec<&str> = changes.map(|it| it.name()).collect();
            args.reject("", format!("nothing to change: give at least one of {}", names.join(", ")));
        }
        let request = Self {
            times: TimeArguments::read(args),
            date: args.optional(&DATE),
            description: args.optional(&DESCRIPTION),
            attributes: args.optional(&ATTRIBUTES).unwrap_or_default(),
            billable: args.optional(&BILLABLE_HOURS).map(|it| it.0),
            remaining_estimate: args.optional(&REMAINING_ESTIMATE_HOURS).map(|it| it.0),
            issue: args.optional(&ISSUE_KEY),
            id: id?,
        };
        // What does not depend on the stored worklog is checked before any request.
        let is_independent = request.times.start.is_some() || request.times.end.is_none();
        if is_independent && let Err((name, reason)) = request.times.duration(request.times.start) {
            args.reject(name, reason);
        }
        Some(request)
    }

    /// The issue that the worklog shall be on, if the call names one.
    async fn target(&self, clients: &Clients) -> Result<Option<Arc<Issue>>, Error> {
        match &self.issue {
            Some(wanted) => Ok(Some(resolve::issue(clients, wanted).await?)),
            None => Ok(None),
        }
    }

    /// The whole worklog as it should be.
    async fn draft(
        &self,
        clients: &Clients,
        worklog: &Worklog,
        target: Option<&Issue>,
        mut changes: Vec<AttributeChange>,
    ) -> Result<Draft, Error> {
        let start = self.times.start.or(worklog.start);
        let time_spent =
            self.times.duration(start).map_err(|(name, reason)| Error::argument(name, reason))?;
        let mut draft = Draft::of(worklog);
        draft.start = start;
        draft.time_spent = time_spent.map_or(worklog.time_spent, |it| it.seconds());
        draft.date = self.date.unwrap_or(worklog.date);
        draft.description = self.description.clone().unwrap_or_else(|| worklog.description.clone());
        // Billable time that equalled the time spent still does; billable time that differed stays.
        let is_all_billable = worklog.billable == Some(worklog.time_spent);
        draft.billable =
            self.billable.or(if is_all_billable { Some(draft.time_spent) } else { worklog.billable });
        draft.remaining_estimate = self.remaining_estimate;
        if let Some(target) = target {
            changes.extend(moving::account(clients, target, &changes).await?);
        }
        draft.attributes = resolve::merged(&worklog.attributes, changes);
        Ok(draft)
    }
}
