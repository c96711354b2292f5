//! `createWorklog`: one new worklog.

use futures::try_join;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    argument::Arguments,
    context::Context,
    error::Error,
    new_worklog::NewWorklog,
    parameters, resolve, schema,
    site_rules::explained,
    tool::{Tool, ToolKind},
    tool_result::{ToolOutput, ToolResult},
    worklog_view::{WorklogView, labelled},
};

pub(super) const TOOL: Tool = Tool {
    name: "createWorklog",
    title: "Log time",
    description: "Log one worklog of the user's time on a Jira issue. Needs a duration (timeSpentHours or timeSpent), or \
                  startTime and endTime. Returns the stored worklog with its worklogId. Issue key unknown: searchIssues first. \
                  Several worklogs: bulkCreateWorklogs. A repeated call logs the time again.",
    kind: ToolKind::Creates,
    parameters: parameters::NEW_WORKLOG,
    output: schema::output::<CreatedWorklog>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
struct CreatedWorklog {
    worklog: WorklogView,
}

async fn run(context: &Context, mut args: Arguments) -> Result<ToolResult, Error> {
    let new = NewWorklog::read(&mut args);
    let new = args.finish(new)?;
    let clients = context.clients()?;
    let identity = async { Ok(clients.jira.identity().await?) };
    let (me, issue) = try_join!(identity, resolve::issue(clients, &new.issue))?;
    let attributes = resolve::attributes(clients, &new.attributes, "attributes", &issue).await?;
    let draft = new.draft(me.account.clone(), attributes);
    match clients.tempo.create(issue.id, draft).await {
        Ok(stored) => {
            let view = WorklogView::new(&stored, Some(&issue), Some(&me));
            Ok(CreatedWorklog { worklog: labelled(context, view) }.into_result())
        }
        Err(error) => Err(explained(clients, error).await),
    }
}

impl ToolOutput for CreatedWorklog {
    fn text(&self) -> String {
        let worklog = &self.worklog;
        let times = worklog.start_time.as_ref().zip(worklog.end_time.as_ref());
        let times = times.map(|(start, end)| format!(", {start} to {end}")).unwrap_or_default();
        format!(
            "Logged {} on {} on {}{times}.\n{}",
            worklog.time_spent_seconds,
            worklog.issue_text(),
            worklog.date,
            worklog.text()
        )
    }
}
