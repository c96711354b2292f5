//! `retrieveWorklogs`: the user's entries of a period.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Answer, Context, Error, Kind, Tool,
    argument::{Arguments, Param, Whole},
    create_worklog::labelled,
    resolve, schema,
    tool_result::{Now, Output, count},
    worklog_view::Row,
};
use crate::{
    domain::{
        duration::Seconds,
        ids::IssueRef,
        time::{DateRange, WorkDate},
        worklog::Worklog,
    },
    tempo::Filter,
};

pub(super) const START_DATE: Param<WorkDate> = Param::required("startDate", "First day, YYYY-MM-DD");
pub(super) const END_DATE: Param<WorkDate> = Param::required("endDate", "Last day, included");
const ISSUE_KEY: Param<IssueRef> = Param::optional("issueKey", "Only this issue (key or numeric id)");
const LIMIT: Param<Whole<1, 1000>> = Param::optional("limit", "At most this many rows (default 150)");
const OFFSET: Param<Whole<0, 10_000_000>> =
    Param::optional("offset", "Rows to skip, as told by the answer before");

const DEFAULT_LIMIT: usize = 150;
/// Characters of rows in one answer: a model's window is not filled by one call.
const MOST_TEXT: usize = 60_000;
/// Longer periods are totalled by month.
const MOST_DAYS: i64 = 62;

pub(super) const TOOL: Tool = Tool {
    name: "retrieveWorklogs",
    title: "List worklogs",
    about: "List the user's own worklogs between two dates, with ids, issue keys, times, descriptions and the totals of all \
            rows found (also of those not shown). Also tells today's date. Use it to look before editing or deleting, and \
            after a write whose outcome is unknown.",
    kind: Kind::Reads,
    parameters: &[&START_DATE, &END_DATE, &ISSUE_KEY, &LIMIT, &OFFSET],
    output: schema::output::<Retrieved>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Retrieved {
    #[serde(flatten)]
    now: Now,
    start_date: String,
    end_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue_key: Option<String>,
    /// Of all rows found, shown or not
    totals: Totals,
    /// Up to 62 days by day, longer periods by month; only those with time
    per_period: Vec<Period>,
    worklogs: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<More>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Totals {
    count: usize,
    time_spent_seconds: u64,
    time_spent_hours: f64,
    billable_seconds: u64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Period {
    /// YYYY-MM-DD or YYYY-MM
    period: String,
    count: usize,
    time_spent_seconds: u64,
    time_spent_hours: f64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct More {
    remaining: usize,
    /// Pass this as offset, with everything else the same
    next_offset: usize,
}

struct Request {
    range: DateRange,
    issue: Option<IssueRef>,
    limit: usize,
    offset: usize,
}

async fn run(context: &Context, mut args: Arguments) -> Result<Answer, Error> {
    let request = read(&mut args);
    let Request { range, issue, limit, offset } = args.finish(request)?;
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
    let rows = fitting(shown.map(|it| labelled(context, Row::listed(it, &issues, &me))));
    let end = offset.saturating_add(rows.len());
    let remaining = found.len().saturating_sub(end);
    Ok(Retrieved {
        now: Now::of(context, &me),
        start_date: range.from.to_string(),
        end_date: range.to.to_string(),
        issue_key: issue.map(|it| it.key.to_string()),
        totals: totals(&found),
        per_period: per_period(&found, range),
        worklogs: rows,
        more: (remaining > 0).then_some(More { remaining, next_offset: end }),
    }
    .answer())
}

fn read(args: &mut Arguments) -> Option<Request> {
    let range = args.range(&START_DATE, &END_DATE);
    let issue = args.optional(&ISSUE_KEY);
    let limit = args.optional(&LIMIT).map_or(DEFAULT_LIMIT, |it| it.0);
    let offset = args.optional(&OFFSET).map_or(0, |it| it.0);
    Some(Request { range: range?, issue, limit, offset })
}

/// Rows up to the limit of text, at least one.
fn fitting(rows: impl Iterator<Item = Row>) -> Vec<Row> {
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

fn totals(found: &[Worklog]) -> Totals {
    let time: Seconds = found.iter().map(|it| it.time_spent).sum();
    let billable: Seconds = found.iter().filter_map(|it| it.billable).sum();
    Totals {
        count: found.len(),
        time_spent_seconds: time.0,
        time_spent_hours: time.hours(),
        billable_seconds: billable.0,
    }
}

fn per_period(found: &[Worklog], range: DateRange) -> Vec<Period> {
    let by_day = range.days() <= MOST_DAYS;
    let mut sums: BTreeMap<String, (usize, Seconds)> = BTreeMap::new();
    for it in found {
        let period = if by_day { it.date.to_string() } else { it.date.month() };
        let sum = sums.entry(period).or_default();
        *sum = (sum.0 + 1, sum.1 + it.time_spent);
    }
    let period = |(period, (count, time)): (String, (usize, Seconds))| Period {
        period,
        count,
        time_spent_seconds: time.0,
        time_spent_hours: time.hours(),
    };
    sums.into_iter().map(period).collect()
}

impl Output for Retrieved {
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
            Seconds(self.totals.time_spent_seconds),
            Seconds(self.totals.billable_seconds),
            self.now.text()
        ));
        let periods: Vec<String> = self.per_period.iter().map(Period::text).collect();
        lines.push(format!("Totals: {}", periods.join("; ")));
        if self.worklogs.is_empty() {
            lines.push("The offset is beyond the last row: begin again with offset 0.".into());
        }
        lines.extend(self.worklogs.iter().map(Row::text));
        if let Some(more) = &self.more {
            lines.push(format!(
                "{} more not shown: call again with offset {} and everything else the same.",
                more.remaining, more.next_offset
            ));
        }
        lines.join("\n")
    }
}

impl Period {
    fn text(&self) -> String {
        format!("{} {} ({})", self.period, Seconds(self.time_spent_seconds), self.count)
    }
}
