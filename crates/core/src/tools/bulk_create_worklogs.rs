//! `bulkCreateWorklogs`: many new entries, each of which ends in exactly one of created, failed or unknown.

mod run;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Answer, Context, Error, Kind, Tool,
    argument::{Arguments, Param},
    entry::Entries,
    schema,
    tool_result::{Output, count},
    worklog_view::{AttributeRow, issue_text},
};
use crate::domain::duration::Seconds;

const WORKLOG_ENTRIES: Param<Entries> =
    Param::required("worklogEntries", "Entries, each as for createWorklog");

pub(super) const TOOL: Tool = Tool {
    name: "bulkCreateWorklogs",
    title: "Log time in bulk",
    about: "Log many entries at once for the user, up to 500, e.g. a whole week. If any argument is wrong, nothing is written. \
            Answers with every entry in the order given: created with its worklogId, failed with the reason, or unknown. Repeat \
            only the failed ones. Entries may be on different issues and days.",
    kind: Kind::Creates,
    parameters: &[&WORKLOG_ENTRIES],
    output: schema::output::<BulkCreated>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BulkCreated {
    created: usize,
    failed: usize,
    unknown: usize,
    /// Of the created entries
    created_seconds: u64,
    created_hours: f64,
    entries: Vec<EntryRow>,
    /// What this Tempo site demands of entries, where it refused one
    #[serde(skip_serializing_if = "Vec::is_empty")]
    site_demands: Vec<String>,
}

/// One entry, in the order given.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct EntryRow {
    /// Place in worklogEntries, from 0
    index: usize,
    status: Status,
    issue_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    time_spent_seconds: u64,
    time_spent_hours: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    worklog_id: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<AttributeRow>,
    /// Why it failed, or is unknown
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Created,
    Failed,
    Unknown,
}

async fn run(context: &Context, mut args: Arguments) -> Result<Answer, Error> {
    let entries = args.required(&WORKLOG_ENTRIES);
    let Entries(entries) = args.finish(entries)?;
    let clients = context.clients()?;
    Ok(run::run(context, clients, &entries).await?.answer())
}

impl BulkCreated {
    fn of(entries: Vec<EntryRow>, site_demands: Vec<String>) -> Self {
        let number = |status| entries.iter().filter(|it| it.status == status).count();
        let created = entries.iter().filter(|it| it.status == Status::Created);
        let time: Seconds = created.map(|it| Seconds(it.time_spent_seconds)).sum();
        Self {
            created: number(Status::Created),
            failed: number(Status::Failed),
            unknown: number(Status::Unknown),
            created_seconds: time.0,
            created_hours: time.hours(),
            entries,
            site_demands,
        }
    }
}

impl Output for BulkCreated {
    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{} of {}: {} created ({}), {} failed, {} unknown.",
            self.created,
            count(self.entries.len(), "entry").replace("entrys", "entries"),
            self.created,
            Seconds(self.created_seconds),
            self.failed,
            self.unknown
        )];
        lines.extend(self.entries.iter().map(EntryRow::text));
        if !self.site_demands.is_empty() {
            lines.push("This Tempo site:".into());
            lines.extend(self.site_demands.iter().map(|it| format!("- {it}")));
        }
        if self.failed > 0 || self.unknown > 0 {
            lines.push(
                "Repeat only failed entries; look at the days of unknown ones with retrieveWorklogs first."
                    .into(),
            );
        }
        lines.join("\n")
    }

    fn is_error(&self) -> bool {
        self.created == 0
    }
}

impl EntryRow {
    fn text(&self) -> String {
        let status = match self.status {
            Status::Created => "created",
            Status::Failed => "failed",
            Status::Unknown => "unknown",
        };
        let time = match (&self.start_time, &self.end_time) {
            (Some(start), Some(end)) => format!(" {start}–{end}"),
            _ => String::new(),
        };
        let issue = match self.issue_id {
            Some(id) => issue_text(id, Some(&self.issue_key), self.summary.as_deref(), ""),
            None => self.issue_key.clone(),
        };
        let id = self.worklog_id.map(|it| format!(" | worklogId {it}")).unwrap_or_default();
        let attributes: String = self.attributes.iter().map(|it| format!(" | {}", it.text())).collect();
        let reason = self.reason.as_ref().map(|it| format!(" | {it}")).unwrap_or_default();
        format!(
            "[{}] {status}{id} | {}{time} | {} | {issue}{attributes}{reason}",
            self.index,
            self.date,
            Seconds(self.time_spent_seconds)
        )
    }
}
