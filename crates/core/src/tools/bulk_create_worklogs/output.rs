//! What a bulk create returns: every entry, in the order given.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::duration::Seconds,
    tools::{
        new_worklog::NewWorklogArguments,
        tool_result::ToolOutput,
        worklog_view::{AttributeView, issue_text},
    },
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BulkCreatedWorklogs {
    created: usize,
    failed: usize,
    unknown: usize,
    not_sent: usize,
    /// Of the created entries
    created_seconds: Seconds,
    created_hours: f64,
    entries: Vec<EntryView>,
    /// Arguments of a call that sends the entries that were not sent
    #[serde(skip_serializing_if = "Vec::is_empty")]
    worklog_entries: Vec<NewWorklogArguments>,
    /// What this Tempo site requires of worklogs, where it refused an entry
    #[serde(skip_serializing_if = "Vec::is_empty")]
    site_demands: Vec<String>,
}

/// What became of one entry.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryView {
    /// Index in worklogEntries, from 0
    pub(super) index: usize,
    pub(super) status: EntryStatus,
    pub(super) issue_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) issue_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary: Option<String>,
    pub(super) date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_time: Option<String>,
    pub(super) time_spent_seconds: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) worklog_id: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) attributes: Vec<AttributeView>,
    /// Why it failed or was not sent, or why the outcome is unknown
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum EntryStatus {
    Created,
    Failed,
    Unknown,
    NotSent,
}

impl BulkCreatedWorklogs {
    /// `not_sent`: the arguments of those that were not sent.
    pub(super) fn of(
        entries: Vec<EntryView>,
        not_sent: Vec<NewWorklogArguments>,
        site_demands: Vec<String>,
    ) -> Self {
        let with = |status| entries.iter().filter(|it| it.status == status).count();
        let created = entries.iter().filter(|it| it.status == EntryStatus::Created);
        let time: Seconds = created.map(|it| it.time_spent_seconds).sum();
        Self {
            created: with(EntryStatus::Created),
            failed: with(EntryStatus::Failed),
            unknown: with(EntryStatus::Unknown),
            not_sent: with(EntryStatus::NotSent),
            created_seconds: time,
            created_hours: time.hours(),
            entries,
            worklog_entries: not_sent,
            site_demands,
        }
    }
}

impl ToolOutput for BulkCreatedWorklogs {
    fn text(&self) -> String {
        let entries = match self.entries.len() {
            1 => "1 entry".to_owned(),
            more => format!("{more} entries"),
        };
        let not_sent = match self.not_sent {
            0 => String::new(),
            some => format!(", {some} not sent"),
        };
        let mut lines = vec![format!(
            "Created {} of {entries} ({}). {} failed, {} unknown{not_sent}.",
            self.created, self.created_seconds, self.failed, self.unknown
        )];
        lines.extend(self.entries.iter().map(EntryView::text));
        if !self.site_demands.is_empty() {
            lines.push("This Tempo site:".into());
            lines.extend(self.site_demands.iter().map(|it| format!("- {it}")));
        }
        if self.failed > 0 || self.unknown > 0 {
            lines.push(
                "Repeat only failed entries. Check the days of unknown ones with retrieveWorklogs first."
                    .into(),
            );
        }
        if self.not_sent > 0 {
            lines.push(
                "Call again with only the entries that were not sent: worklogEntries in the structured content lists them."
                    .into(),
            );
        }
        lines.join("\n")
    }

    fn is_error(&self) -> bool {
        self.created == 0
    }
}

impl EntryView {
    fn text(&self) -> String {
        let status = match self.status {
            EntryStatus::Created => "created",
            EntryStatus::Failed => "failed",
            EntryStatus::Unknown => "unknown",
            EntryStatus::NotSent => "not sent",
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
            self.index, self.date, self.time_spent_seconds
        )
    }
}
