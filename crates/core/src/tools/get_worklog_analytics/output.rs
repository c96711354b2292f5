//! What the analytics return.

use schemars::JsonSchema;
use serde::Serialize;

use super::group_key::GroupKey;
use crate::{
    domain::{
        duration::Seconds,
        text::{one_line, quoted, visible},
    },
    tools::{
        decoration::note_lines,
        tool_result::{Now, ToolOutput, count},
    },
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Analytics {
    #[serde(flatten)]
    pub(super) now: Now,
    pub(super) start_date: String,
    pub(super) end_date: String,
    pub(super) group_by: String,
    pub(super) groups: Vec<Group>,
    /// The groups that are not shown, as one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) others: Option<OtherGroups>,
    pub(super) totals: TimeTotal,
    /// What could not be read, and why
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    #[schemars(with = "String")]
    pub(super) key: GroupKey,
    /// An issue's summary, an account's name, a list value's label
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(flatten)]
    pub(super) total: TimeTotal,
    pub(super) percentage: f64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OtherGroups {
    pub(super) groups: usize,
    #[serde(flatten)]
    pub(super) total: TimeTotal,
    pub(super) percentage: f64,
}

#[derive(Clone, Copy, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TimeTotal {
    pub(super) count: usize,
    pub(super) time_spent_seconds: Seconds,
    time_spent_hours: f64,
}

impl TimeTotal {
    /// With `count` more worklogs of `time` in all.
    pub(super) fn add(self, count: usize, time: Seconds) -> Self {
        let time = self.time_spent_seconds + time;
        Self { count: self.count + count, time_spent_seconds: time, time_spent_hours: time.hours() }
    }
}

impl ToolOutput for Analytics {
    fn text(&self) -> String {
        let period = format!("{} to {}", self.start_date, self.end_date);
        if self.totals.count == 0 {
            return format!("No worklogs from {period}. {}", self.now.text());
        }
        let mut lines = vec![format!(
            "{} in {} from {period}, by {}. {}",
            self.totals.time_spent_seconds,
            count(self.totals.count, "worklog"),
            visible(&one_line(&self.group_by, 100)),
            self.now.text()
        )];
        lines.extend(note_lines(&self.notes));
        lines.extend(self.groups.iter().map(Group::text));
        if let Some(it) = &self.others {
            let head = format!("and {} not shown", count(it.groups, "group"));
            lines.push(line(&head, "", it.total, it.percentage));
        }
        lines.join("\n")
    }
}

impl Group {
    fn text(&self) -> String {
        let name = self.name.as_ref().map(|it| format!(" {}", quoted(it))).unwrap_or_default();
        line(&self.key.text(), &name, self.total, self.percentage)
    }
}

fn line(key: &str, name: &str, total: TimeTotal, percentage: f64) -> String {
    let time = total.time_spent_seconds;
    format!("- {key}{name}: {time}, {percentage} %, {}", count(total.count, "worklog"))
}
