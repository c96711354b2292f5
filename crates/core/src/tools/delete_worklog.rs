//! `deleteWorklog`: removes one worklog and returns what it was.

use futures::try_join;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    argument::Arguments,
    context::{Clients, Context},
    error::Error,
    new_worklog::NewWorklogArguments,
    parameters::WORKLOG_ID,
    schema,
    site_rules::explained,
    tool::{Tool, ToolKind},
    tool_result::{ToolOutput, ToolResult},
    worklog_view::{AttributeView, WorklogView, stored},
};
use crate::{
    domain::{ids::WorklogId, worklog::Worklog},
    upstream::ErrorKind,
};

pub(super) const TOOL: Tool = Tool {
    name: "deleteWorklog",
    title: "Delete a worklog",
    description: "Delete one worklog permanently. Show it to the user first. Returns the whole worklog that is gone, and \
                  `restore`: the createWorklog arguments that enter it again (with a new id). To change a worklog use \
                  editWorklog.",
    kind: ToolKind::Deletes,
    parameters: &[&WORKLOG_ID],
    output: schema::output::<DeletedWorklog>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
struct DeletedWorklog {
    deleted: WorklogView,
    /// Arguments for createWorklog that enter it again
    restore: NewWorklogArguments,
}

async fn run(context: &Context, mut args: Arguments) -> Result<ToolResult, Error> {
    let id = args.required(&WORKLOG_ID);
    let id = args.finish(id)?;
    let clients = context.clients()?;
    let stored = stored(context, clients, id).await?;
    let view = async { Ok(stored.view(context, clients).await) };
    let ((), view) = try_join!(delete(clients, id), view)?;
    let restore = restore(&stored.worklog, &view);
    Ok(DeletedWorklog { deleted: view, restore }.into_result())
}

async fn delete(clients: &Clients, id: WorklogId) -> Result<(), Error> {
    match clients.tempo.delete(id).await {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.cause().kind, ErrorKind::NotFound(_)) => Err(Error::UnknownWorklog(id)),
        Err(error) => Err(explained(clients, error).await),
    }
}

fn restore(worklog: &Worklog, view: &WorklogView) -> NewWorklogArguments {
    let partly_billable = worklog.billable.filter(|it| *it != worklog.time_spent);
    NewWorklogArguments {
        issue_key: view.issue_key.clone().unwrap_or_else(|| worklog.issue.to_string()),
        date: view.date.clone(),
        time_spent: worklog.time_spent.to_string(),
        start_time: worklog.start.map(|it| it.to_string()),
        description: worklog.description.clone(),
        billable_hours: partly_billable.map(|it| it.hours()),
        remaining_estimate_hours: None,
        attributes: view.attributes.iter().map(|it| AttributeView { label: None, ..it.clone() }).collect(),
    }
}

impl ToolOutput for DeletedWorklog {
    fn text(&self) -> String {
        let restore = serde_json::to_string(&self.restore).unwrap_or_default();
        let note = match self.deleted.author {
            Some(_) => " It was another person's worklog: entered again, it would be the user's.",
            None => "",
        };
        format!(
            "Deleted:\n{}\nTo enter it again, call createWorklog with {restore}{note}",
            self.deleted.text()
        )
    }
}
