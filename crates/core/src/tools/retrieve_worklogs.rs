//! `retrieveWorklogs`: the user's worklogs of a period.

mod found;
mod output;

use futures::join;

use super::{
    argument::{Arguments, Param, types::IntegerIn},
    context::{Clients, Context},
    decoration,
    error::Error,
    parameters::{END_DATE, START_DATE},
    resolve, schema,
    tool::{Tool, ToolKind},
    tool_result::{Now, ToolOutput, ToolResult},
    worklog_view::{WorklogView, labelled},
};
use crate::{
    domain::{
        ids::{IssueId, IssueRef},
        time::DateRange,
        worklog::{Issue, Worklog},
    },
    tempo::Filter,
    upstream::Vendor,
};

use found::FoundWorklogs;
use output::{NextPage, WorklogList};

const ISSUE_KEY: Param<IssueRef> = Param::optional("issueKey", "Only this issue (key or numeric id)");
const LIMIT: Param<IntegerIn<1, 1000>> = Param::optional("limit", "Rows, default 150");
const OFFSET: Param<IntegerIn<0, 10_000_000>> =
    Param::optional("offset", "Rows to skip, as the previous result says");

const DEFAULT_LIMIT: usize = 150;
/// Characters of rows in one result, so that one call does not fill a model's context.
const MOST_TEXT: usize = 60_000;

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
    let issue = match issue {
        Some(wanted) => Some(filter_issue(context, clients, wanted).await?),
        None => None,
    };
    let filter = Filter { author: me.account.clone(), range, issue: issue.as_ref().map(|it| it.id) };
    let start = || FoundWorklogs::new(range, offset, limit);
    let found = clients.tempo.fold_worklogs(&filter, start, FoundWorklogs::add).await?;
    let (count, totals, per_period) = (found.count, found.totals(), found.per_period());
    let shown = found.into_rows();
    let ids = shown.iter().map(|it| it.issue).collect();
    let has_attributes = shown.iter().any(|it| !it.attributes.is_empty());
    let (names, no_labels) = join!(
        decoration::issue_names(context, clients, ids),
        decoration::attribute_labels(context, clients, has_attributes)
    );
    let (names, no_names) = names?;
    let row = |it: &Worklog| labelled(context, WorklogView::listed(it, names.get(it.issue), &me));
    let rows = fitting(shown.iter().map(row));
    let end = offset.saturating_add(rows.len());
    let remaining = count.saturating_sub(end);
    Ok(WorklogList {
        now: Now::of(context, &me),
        start_date: range.from.to_string(),
        end_date: range.to.to_string(),
        issue_key: issue.map(|it| it.name),
        totals,
        per_period,
        worklogs: rows,
        more: (remaining > 0).then_some(NextPage { remaining, next_offset: end }),
        notes: no_names.into_iter().chain(no_labels).collect(),
    }
    .into_result())
}

/// The issue whose worklogs are listed.
struct FilterIssue {
    id: IssueId,
    /// Its key, or the id where the key could not be read.
    name: String,
}

/// Tempo only needs the issue's id. If Jira cannot be asked, an issue that is given by id, or was read before, will do.
async fn filter_issue(context: &Context, clients: &Clients, wanted: IssueRef) -> Result<FilterIssue, Error> {
    let read = resolve::issue(clients, &wanted);
    let substitute = match (clients.jira.earlier_issue(&wanted), &wanted) {
        (Some(issue), _) => FilterIssue::of(&issue),
        (None, IssueRef::Id(id)) => FilterIssue { id: *id, name: id.to_string() },
        (None, IssueRef::Key(_)) => return Ok(FilterIssue::of(&*read.await?)),
    };
    match decoration::in_time(context, Vendor::Jira, read).await {
        Ok(Ok(issue)) => Ok(FilterIssue::of(&issue)),
        Ok(Err(Error::Upstream(_))) | Err(_) => Ok(substitute),
        Ok(Err(error)) => Err(error),
    }
}

impl FilterIssue {
    fn of(issue: &Issue) -> Self {
        Self { id: issue.id, name: issue.key.to_string() }
    }
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
