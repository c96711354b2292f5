//! `deleteWorklog`: removes one entry, and says what it was.

use futures::join;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Answer, Clients, Context, Error, Kind, Tool,
    argument::{Arguments, Param},
    create_worklog::labelled,
    schema,
    site_rules::explained,
    tool_result::Output,
    worklog_view::{AttributeRow, Row},
};
use crate::{
    domain::{
        ids::{IssueRef, WorklogId},
        worklog::{Issue, Worklog},
    },
    upstream::{Error as UpstreamError, ErrorKind},
};

pub(super) const WORKLOG_ID: Param<WorklogId> =
    Param::required("worklogId", "Tempo's id of the worklog, from retrieveWorklogs");

pub(super) const TOOL: Tool = Tool {
    name: "deleteWorklog",
    title: "Delete a worklog",
    about: "Delete one worklog for good. Answers with the whole worklog that is gone, and with `restore`: the createWorklog \
            arguments that enter it again (under a new id). To change an entry use editWorklog.",
    kind: Kind::Deletes,
    parameters: &[&WORKLOG_ID],
    output: schema::output::<Deleted>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
pub(super) struct Deleted {
    deleted: Row,
    /// Arguments for createWorklog that enter it again
    restore: Restore,
}

/// What `createWorklog` takes to enter a worklog again, to the second.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Restore {
    issue_key: String,
    date: String,
    time_spent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    billable_hours: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<AttributeRow>,
}

async fn run(context: &Context, mut args: Arguments) -> Result<Answer, Error> {
    let id = args.required(&WORKLOG_ID);
    let id = args.finish(id)?;
    let clients = context.clients()?;
    let (before, row) = before(context, clients, id).await?;
    let restore = restore(&before, &row);
    match clients.tempo.delete(id).await {
        Ok(()) => Ok(Deleted { deleted: row, restore }.answer()),
        Err(error) if matches!(error.cause().kind, ErrorKind::NotFound(_)) => Err(Error::UnknownWorklog(id)),
        Err(error) => Err(explained(clients, error).await),
    }
}

/// A worklog as it is, and as a row. Where its issue's key cannot be read, the change is made all the same.
pub(super) async fn before(
    context: &Context,
    clients: &Clients,
    id: WorklogId,
) -> Result<(Worklog, Row), Error> {
    let (before, me) = join!(clients.tempo.worklog(id), clients.jira.identity());
    let before = before.map_err(|it| match it {
        UpstreamError { kind: ErrorKind::NotFound(_), .. } => Error::UnknownWorklog(id),
        other => other.into(),
    })?;
    let wanted = IssueRef::Id(before.issue);
    let issue = clients.jira.issue(&wanted).await;
    let of = |issue: Option<&Issue>| Row::new(&before, issue, me.as_ref().ok());
    let row = match &issue {
        Ok(issue) => of(issue.as_deref()),
        Err(_) => of(None).key_not_read(),
    };
    Ok((before, labelled(context, row)))
}

fn restore(before: &Worklog, row: &Row) -> Restore {
    let differs = before.billable.filter(|it| *it != before.time_spent);
    Restore {
        issue_key: row.issue_key.clone().unwrap_or_else(|| before.issue.to_string()),
        date: row.date.clone(),
        time_spent: before.time_spent.to_string(),
        start_time: before.start.map(|it| it.to_string()),
        description: before.description.clone(),
        billable_hours: differs.map(|it| it.hours()),
        attributes: row.attributes.iter().map(|it| AttributeRow { label: None, ..it.clone() }).collect(),
    }
}

impl Output for Deleted {
    fn text(&self) -> String {
        let restore = serde_json::to_string(&self.restore).unwrap_or_default();
        let author = self.deleted.author.as_ref();
        let note = author.map_or("", |_| " It was somebody else's: entered again, it would be the user's.");
        format!(
            "Deleted:\n{}\nTo enter it again, call createWorklog with {restore}{note}",
            self.deleted.text()
        )
    }
}
