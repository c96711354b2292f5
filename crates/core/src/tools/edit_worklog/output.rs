//! What an edit returns.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::duration::Seconds,
    tools::{tool_result::ToolOutput, worklog_diff::FieldChange, worklog_view::WorklogView},
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EditedWorklog {
    pub(super) changes: Vec<FieldChange>,
    pub(super) worklog: WorklogView,
    /// The id that the worklog had before it was moved; it no longer exists
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) moved_from_worklog_id: Option<u64>,
    /// The new remaining estimate of the issue
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remaining_estimate_seconds: Option<Seconds>,
}

impl ToolOutput for EditedWorklog {
    fn text(&self) -> String {
        let id = self.worklog.worklog_id;
        let mut lines = Vec::new();
        match (self.changes.is_empty(), self.moved_from_worklog_id) {
            (_, Some(old)) => {
                lines.push(format!("Moved: worklog {old} is now worklog {id}; the old id no longer exists."))
            }
            (true, None) if self.remaining_estimate_seconds.is_none() => {
                lines.push("Nothing to change: the worklog already has these values.".into());
            }
            _ => lines.push(format!("Changed worklog {id}:")),
        }
        lines.extend(self.changes.iter().map(|it| format!("- {}: {} → {}", it.field, it.before, it.after)));
        if let Some(estimate) = self.remaining_estimate_seconds {
            lines.push(format!("- remaining estimate of the issue: set to {estimate}"));
        }
        lines.push(format!("Now: {}", self.worklog.text()));
        lines.join("\n")
    }
}
