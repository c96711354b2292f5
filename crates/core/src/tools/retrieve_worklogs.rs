//! `retrieveWorklogs`: the user's worklogs of a period.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    argument::{Arguments, Param, types::IntegerIn},
    context::Context,
    error::Error,
    parameters::{END_DATE, START_DATE},
    resolve, schema,
    tool::{Tool, ToolKind},
    tool_result::{Now, ToolOutput, ToolResult, count},
    worklog_view::{WorklogView, labelled},
};
use crate::{
    domain::{duration::Seconds, ids::IssueRef, time::DateRange, worklog::Worklog},
    tempo::Filter,
};

const ISSUE_KEY: Param<IssueRef> = Param::optional("issueKey", "Only this issue (key or numeric id)");
const LIMIT: Param<IntegerIn<1, 1000>> = Param::optional("limit", "Rows, default 150");
const OFFSET: Param<IntegerIn<0, 10_000_000>> =
    Param::optional("offset", "Rows to skip, as the previous result says");

const DEFAULT_LIMIT: usize = 150;
/// Characters of rows in one result, so that one call does not fill a model's context.
const MOST_TEXT: usize = 60_000;
/// Longer periods have totals by month instead of by day.
const MOST_DAYS: i64 = 62;

pub(super) const TOOL: Tool = Tool {
    name: "retrieveWorklogs",
    title: "List worklogs",
    description: "List the user's own worklogs between two dates: worklogId, issue, times, description, attributes, and totals \
                  of all rows found (also of those not shown). Says today's date. Use it for \"what did I do\", before \
                  editing or deleting, and after a write whose outcome is unknown. For sums use getWorklogAnalytics; for missing \
                  time, getMissingWorklogDays.",
    kind: ToolKind::Reads,
    parameters: &[&START_DATE, &END_DATE, &ISSUE_KEY, &LIMIT, &OFFSET],
    output: schema::output::<WorklogList>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct WorklogList {
    #[serde(flatten)]
    now: Now,
    start_date: String,
    end_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue_key: Option<String>,
    /// Of all rows found, also those not shown
    totals: ListTotals,
    /// Per day, or per month in periods of more than 62 days; only those with time
    per_period: Vec<PeriodTotal>,
    worklogs: Vec<WorklogView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<NextPage>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListTotals {
    count: usize,
    time_spent_seconds: Seconds,
    time_spent_hours: f64,
    billable_seconds: Seconds,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PeriodTotal {
    /// YYYY-MM-DD or YYYY-MM
    period: String,
    count: usize,
    time_spent_seconds: Seconds,
    time_spent_hours: f64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NextPage {
    remaining: usize,
    /// Pass this as offset, with all other arguments the same
    next_offset: usize,
}

struct ListRequest {
    range: DateRange,
    issue: Option<IssueRef>,
    limit: usize,
    offset: usize,
}

async fn run(context: &Context, mut args: Arguments) -> Result<ToolResult, Error> {
    let request = read(&mut args);
    let ListRequest { range, issue, limit, offset } = args.finish(request)?;
    let clients = context.clients()?;
    let me = clients.jira.identity().await?;
    let issue = match &issue {
        Some(wanted) => Some(resolve::issue(clients, wanted).await?),
        None => None,
    };
    let filter = Filter { author: me.account.clone(), range, issue: issue.as_ref().map(|it| it.id) };
    let found = clients.tempo.worklogs(&filter).await?;
    let shown = found.iter().skip(offset).take(limit);
    let issues = clients.jira.issues_by_id(shown.clone().map(|it| it.issue)).await?;
    let rows = fitting(shown.map(|it| labelled(context, WorklogView::listed(it, &issues, &me))));
    let end = offset.saturating_add(rows.len());
    let remaining = found.len().saturating_sub(end);
    Ok(WorklogList {
        now: Now::of(context, &me),
        start_date: range.from.to_string(),
        end_date: range.to.to_string(),
        issue_key: issue.map(|it| it.key.to_string()),
        totals: totals(&found),
        per_period: per_period(&found, range),
        worklogs: rows,
        more: (remaining > 0).then_some(NextPage { remaining, next_offset: end }),
    }
    .into_result())
}

fn read(args: &mut Arguments) -> Option<ListRequest> {
    let range = args.range(&START_DATE, &END_DATE);
    let issue = args.optional(&ISSUE_KEY);
    let limit = args.optional(&LIMIT).map_or(DEFAULT_LIMIT, |it| it.0);
    let offset = args.optional(&OFFSET).map_or(0, |it| it.0);
    Some(ListRequest { range: range?, issue, limit, offset })
}

/// The first rows that fit the limit of text; at least one.
fn fitting(rows: impl Iterator<Item = WorklogView>) -> Vec<WorklogView> {
    let mut length = 0;
    let mut res = Vec::new();
    for row in rows {
        length += row.text().chars().count();
        if length > MOST_TEXT && !res.is_empty() {
            break;
        }
        res.push(row);
    }
    res
}

fn totals(found: &[Worklog]) -> ListTotals {
    let time: Seconds = found.iter().map(|it| it.time_spent).sum();
    let billable: Seconds = found.iter().filter_map(|it| it.billable).sum();
    ListTotals {
        count: found.len(),
        time_spent_seconds: time,
        time_spent_hours: time.hours(),
        billable_seconds: billable,
    }
}

fn per_period(found: &[Worklog], range: DateRange) -> Vec<PeriodTotal> {
    let by_day = range.days() <= MOST_DAYS;
    let mut sums: BTreeMap<String, (usize, Seconds)> = BTreeMap::new();
    for it in found {
        let period = if by_day { it.date.to_string() } else { it.date.month() };
        let sum = sums.entry(period).or_default();
        *sum = (sum.0 + 1, sum.1 + it.time_spent);
    }
    let period = |(period, (count, time)): (String, (usize, Seconds))| PeriodTotal {
        period,
        count,
        time_spent_seconds: time,
        time_spent_hours: time.hours(),
    };
    sums.into_iter().map(period).collect()
}

impl ToolOutput for WorklogList {
    fn text(&self) -> String {
        let of = self.issue_key.as_ref().map(|it| format!(" on {it}")).unwrap_or_default();
        let period = format!("{} to {}", self.start_date, self.end_date);
        let mut lines = Vec::new();
        if self.totals.count == 0 {
            lines.push(format!("No worklogs{of} from {period}. {}", self.now.text()));
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
