//! `createWorklog`: one new entry.

use futures::try_join;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Answer, Context, Error, Kind, Tool,
    argument::Arguments,
    entry::{self, Entry},
    resolve, schema,
    site_rules::explained,
    tool_result::Output,
    worklog_view::Row,
};
use crate::domain::duration::Seconds;

pub(super) const TOOL: Tool = Tool {
    name: "createWorklog",
    title: "Log time",
    about: "Log time on one Jira issue for the user. Give the duration (timeSpentHours or timeSpent), or startTime and \
            endTime. Answers with the worklog as stored, its worklogId included. Use searchIssues first if the issue key is \
            not known, and bulkCreateWorklogs for several entries. A repeated call logs the time again.",
    kind: Kind::Creates,
    parameters: entry::PARAMETERS,
    output: schema::output::<Created>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
pub(super) struct Created {
    worklog: Row,
}

async fn run(context: &Context, mut args: Arguments) -> Result<Answer, Error> {
    let entry = Entry::read(&mut args);
    let entry = args.finish(entry)?;
    let clients = context.clients()?;
    let identity = async { Ok(clients.jira.identity().await?) };
    let (me, issue) = try_join!(identity, resolve::issue(clients, &entry.issue))?;
    let attributes = resolve::attributes(clients, &entry.attributes, "attributes", &issue).await?;
    let draft = entry.draft(me.account.clone(), attributes);
    match clients.tempo.create(issue.id, draft).await {
        Ok(stored) => {
            let row = Row::new(&stored, Some(&issue), Some(&me));
            Ok(Created { worklog: labelled(context, row) }.answer())
        }
        Err(error) => Err(explained(clients, error).await),
    }
}

/// With what is known of the site already: a success costs no further request.
pub(super) fn labelled(context: &Context, row: Row) -> Row {
    let Ok(clients) = context.clients() else { return row };
    let attributes = clients.tempo.known_attributes().unwrap_or_default();
    row.labelled(&attributes, |key| clients.tempo.known_account_name(key))
}

impl Output for Created {
    fn text(&self) -> String {
        let row = &self.worklog;
        let spent = Seconds(row.time_spent_seconds);
        let until = row.end_time.as_ref().zip(row.start_time.as_ref());
        let until = until.map(|(end, start)| format!(", {start} to {end}")).unwrap_or_default();
        format!("Logged {spent} on {} on {}{until}.\n{}", row.issue_text(), row.date, row.text())
    }
}
