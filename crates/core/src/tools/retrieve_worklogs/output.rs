//! What a list of worklogs returns.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    domain::duration::Seconds,
    tools::{
        decoration::note_lines,
        tool_result::{Now, ToolOutput, count},
        worklog_view::WorklogView,
    },
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorklogList {
    #[serde(flatten)]
    pub(super) now: Now,
    pub(super) start_date: String,
    pub(super) end_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) issue_key: Option<String>,
    /// Of all rows found, also those not shown
    pub(super) totals: ListTotals,
    /// Per day, or per month in periods of more than 62 days; only those with time
    pub(super) per_period: Vec<PeriodTotal>,
    pub(super) worklogs: Vec<WorklogView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) more: Option<NextPage>,
    /// What could not be read, and why
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListTotals {
    pub(super) count: usize,
    pub(super) time_spent_seconds: Seconds,
    pub(super) time_spent_hours: f64,
    pub(super) billable_seconds: Seconds,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PeriodTotal {
    /// YYYY-MM-DD or YYYY-MM
    pub(super) period: String,
    pub(super) count: usize,
    pub(super) time_spent_seconds: Seconds,
    pub(super) time_spent_hours: f64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NextPage {
    pub(super) remaining: usize,
    /// Pass this as offset, with all other arguments the same
    pub(super) next_offset: usize,
}

impl ToolOutput for WorklogList {
    fn text(&self) -> String {
        let of = self.issue_key.as_ref().map(|it| format!(" on {it}")).unwrap_or_default();
        let period = format!("{} to {}", self.start_date, self.end_date);
        let mut lines = Vec::new();
        if self.totals.count == 0 {
            lines.push(format!("No worklogs{of} from {period}. {}", self.now.text()));
            lines.extend(note_lines(&self.notes));
            return lines.join("\n");
        }
        lines.push(format!(
            "{}{of} from {period}: {} in all, billable {}. {}",
            count(self.totals.count, "worklog"),
            self.totals.time_spent_seconds,
            self.totals.billable_seconds,
            self.now.text()
        ));
        let periods: Vec<String> = self.per_period.iter().map(PeriodTotal::text).collect();
        lines.push(format!("Totals: {}", periods.join("; ")));
        lines.extend(note_lines(&self.notes));
        if self.worklogs.is_empty() {
            lines.push("The offset is beyond the last row. Start again with offset 0.".into());
        }
        lines.extend(self.worklogs.iter().map(WorklogView::text));
        if let Some(more) = &self.more {
            lines.push(format!(
                "{} more not shown: call again with offset {} and all other arguments the same.",
                more.remaining, more.next_offset
            ));
        }
        lines.join("\n")
    }
}

impl PeriodTotal {
    fn text(&self) -> String {
        format!("{} {} ({})", self.period, self.time_spent_seconds, self.count)
    }
}
