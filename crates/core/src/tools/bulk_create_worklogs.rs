//! `bulkCreateWorklogs`: many new worklogs. Each entry ends in exactly one of created, failed, unknown or not sent.

mod output;
mod resolved_entries;
mod run;
mod send;

use super::{
    argument::{Arguments, Param},
    context::Context,
    error::Error,
    new_worklog::WorklogEntries,
    schema,
    tool::{Tool, ToolKind},
    tool_result::{ToolOutput, ToolResult},
};

use output::BulkCreatedWorklogs;

const WORKLOG_ENTRIES: Param<WorklogEntries> =
    Param::required("worklogEntries", "Entries, each as for createWorklog");

pub(super) const TOOL: Tool = Tool {
    name: "bulkCreateWorklogs",
    title: "Log time in bulk",
    description: "Log up to 500 entries in one call, e.g. a week; any mix of issues and days. If any argument is invalid, \
                  nothing is written. Every entry is reported in the order given: created with its worklogId, failed with the \
                  reason, unknown, or notSent for lack of time. Repeat only those that failed or were not sent.",
    kind: ToolKind::Creates,
    parameters: &[&WORKLOG_ENTRIES],
    output: schema::output::<BulkCreatedWorklogs>,
    run: |context, args| Box::pin(run(context, args)),
};

async fn run(context: &Context, mut args: Arguments) -> Result<ToolResult, Error> {
    let entries = args.required(&WORKLOG_ENTRIES);
    let WorklogEntries(entries) = args.finish(entries)?;
    let clients = context.clients()?;
    Ok(run::run(context, clients, &entries).await?.into_result())
}
