//! `editWorklog`: changes what is named and sends everything else back as it was.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Answer, Clients, Context, Error, Kind, Tool,
    argument::{Arguments, Param},
    create_worklog::labelled,
    delete_worklog::{WORKLOG_ID, before},
    entry::{
        ATTRIBUTES, BILLABLE_HOURS, DESCRIPTION, END_TIME, GivenAttributes, REMAINING_ESTIMATE_HOURS,
        START_TIME, TIME_SPENT, TIME_SPENT_HOURS, Times,
    },
    resolve, schema,
    site_rules::explained,
    tool_result::Output,
    worklog_diff::{self, Change},
    worklog_view::{Row, issue_text},
};
use crate::{
    domain::{
        duration::Seconds,
        ids::{IssueRef, WorklogId},
        time::WorkDate,
        worklog::{Draft, Issue, Worklog},
    },
    tempo::WriteError,
};

mod moving;

const DATE: Param<WorkDate> = Param::optional("date", "New day, YYYY-MM-DD");
const ISSUE_KEY: Param<IssueRef> =
    Param::optional("issueKey", "Only to move it to this other issue; the worklog gets a new id");

pub(super) const TOOL: Tool = Tool {
    name: "editWorklog",
    title: "Edit a worklog",
    about: "Change one worklog: give its worklogId and only what should change; everything else stays as it is. A new \
            startTime alone keeps the duration, a new endTime alone changes it. description \"\" clears it; an attribute with \
            value \"\" is removed. Answers with before and after of each field that changed.",
    kind: Kind::Edits,
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
    output: schema::output::<Edited>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Edited {
    changes: Vec<Change>,
    worklog: Row,
    /// The id that the worklog had before it was moved; it is gone
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_from_worklog_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_estimate_seconds: Option<u64>,
}

/// What should change; `None` stays.
struct Request {
    id: WorklogId,
    times: Times,
    date: Option<WorkDate>,
    description: Option<String>,
    attributes: GivenAttributes,
    billable: Option<Seconds>,
    remaining_estimate: Option<Seconds>,
    issue: Option<IssueRef>,
}

async fn run(context: &Context, mut args: Arguments) -> Result<Answer, Error> {
    let request = Request::read(&mut args);
    let request = args.finish(request)?;
    let clients = context.clients()?;
    let (worklog, row) = before(context, clients, request.id).await?;
    let target = request.target(clients, &worklog).await?;
    let draft = request.draft(clients, &worklog, target.as_deref()).await?;
    if let Some(target) = target {
        return moving::run(context, &worklog, &row, &target, draft).await;
    }
    let after = if draft == Draft::of(&worklog) {
        // It already is as asked for; writing would only risk something.
        worklog.clone()
    } else {
        match clients.tempo.update(&worklog, draft.clone()).await {
            Ok(after) => after,
            Err(error) => return Err(failed(clients, request.id, error).await),
        }
    };
    Ok(Edited {
        changes: worklog_diff::between(context, &worklog, &after),
        worklog: labelled(context, row.with_fields_of(&after)),
        moved_from_worklog_id: None,
        remaining_estimate_seconds: draft.remaining_estimate.map(|it| it.0),
    }
    .answer())
}

async fn failed(clients: &Clients, id: WorklogId, error: WriteError) -> Error {
    use crate::upstream::ErrorKind;
    match error.cause().kind {
        ErrorKind::NotFound(_) => Error::UnknownWorklog(id),
        _ => explained(clients, error).await,
    }
}

impl Request {
    fn read(args: &mut Arguments) -> Option<Self> {
        // A misspelt name is the fault to tell, not that nothing was named.
        let is_misspelt = args.has_faults();
        let id = args.required(&WORKLOG_ID);
        let nothing_named = TOOL.parameters.iter().skip(1).all(|it| !args.is_given(*it));
        if nothing_named && !is_misspelt {
            args.fault("", "nothing to change: give at least one of timeSpentHours, timeSpent, startTime, endTime, description, date, attributes, billableHours, remainingEstimateHours, issueKey");
        }
        let request = Self {
            times: Times::read(args),
            date: args.optional(&DATE),
            description: args.optional(&DESCRIPTION),
            attributes: args.optional(&ATTRIBUTES).unwrap_or_default(),
            billable: args.optional(&BILLABLE_HOURS).map(|it| it.0),
            remaining_estimate: args.optional(&REMAINING_ESTIMATE_HOURS).map(|it| it.0),
            issue: args.optional(&ISSUE_KEY),
            id: id?,
        };
        // What can be told without the worklog is told before any request.
        let independent = request.times.start.is_some() || request.times.end.is_none();
        if independent && let Err((name, why)) = request.times.resolve(request.times.start) {
            args.fault(name, why);
        }
        Some(request)
    }

    /// The issue to move to, if it is another one.
    async fn target(
        &self,
        clients: &Clients,
        worklog: &Worklog,
    ) -> Result<Option<std::sync::Arc<Issue>>, Error> {
        let Some(wanted) = &self.issue else { return Ok(None) };
        let issue = resolve::issue(clients, wanted).await?;
        Ok((issue.id != worklog.issue).then_some(issue))
    }

    /// The whole worklog as it should be.
    async fn draft(
        &self,
        clients: &Clients,
        worklog: &Worklog,
        target: Option<&Issue>,
    ) -> Result<Draft, Error> {
        let start = self.times.start.or(worklog.start);
        let time_spent = self.times.resolve(start).map_err(|(name, why)| Error::argument(name, why))?;
        let mut draft = Draft::of(worklog);
        draft.start = start;
        draft.time_spent = time_spent.map_or(worklog.time_spent, |it| it.seconds());
        draft.date = self.date.unwrap_or(worklog.date);
        draft.description = self.description.clone().unwrap_or_else(|| worklog.description.clone());
        // Billable time that equalled the time spent follows it; what somebody set apart stays.
        let followed = worklog.billable == Some(worklog.time_spent);
        draft.billable = self.billable.or(if followed { Some(draft.time_spent) } else { worklog.billable });
        draft.remaining_estimate = self.remaining_estimate;
        let mut given = resolve::given(clients, &self.attributes, "attributes").await?;
        if let Some(target) = target {
            given.extend(moving::account(clients, target, &given).await?);
        }
        draft.attributes = resolve::merged(&worklog.attributes, given);
        Ok(draft)
    }
}

impl Output for Edited {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        match (self.changes.is_empty(), self.moved_from_worklog_id) {
            (_, Some(old)) => lines.push(format!(
                "Moved: worklog {old} is gone, worklog {} has taken its place.",
                self.worklog.worklog_id
            )),
            (true, None) if self.remaining_estimate_seconds.is_none() => {
                lines.push("Nothing had to be changed: the worklog already was so.".into());
            }
            _ => lines.push(format!("Changed worklog {}:", self.worklog.worklog_id)),
        }
        lines.extend(self.changes.iter().map(|it| format!("- {}: {} → {}", it.field, it.before, it.after)));
        if let Some(seconds) = self.remaining_estimate_seconds {
            lines.push(format!("- remaining estimate of the issue: set to {}", Seconds(seconds)));
        }
        lines.push(format!("Now: {}", self.worklog.text()));
        lines.join("\n")
    }
}

/// An issue as the "before" or "after" of a move.
fn issue_name(id: u64, key: Option<&str>, summary: Option<&str>) -> String {
    issue_text(id, key, summary, super::worklog_view::NOT_VISIBLE)
}
