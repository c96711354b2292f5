//! `getWorklogAnalytics`: the user's time of a period, in groups.

mod group_by;
mod group_key;
mod groups;
mod output;
mod ranking;

use super::{
    argument::{Arguments, Param},
    context::Context,
    error::Error,
    parameters::{END_DATE, START_DATE},
    schema,
    tool::{Tool, ToolKind},
    tool_result::{Now, ToolOutput, ToolResult},
};
use crate::tempo::Filter;

use group_by::{GroupBy, SortBy};
use output::{Analytics, TimeTotal};

const GROUP_BY: Param<GroupBy> =
    Param::optional("groupBy", "issue (default), account, day, week (ISO), month, project, or attribute:KEY");
const SORT_BY: Param<SortBy> = Param::optional("sortBy", "hours (default, most first) or key");

pub(super) const TOOL: Tool = Tool {
    name: "getWorklogAnalytics",
    title: "Sum up time",
    description: "Sum up the user's own time between two dates by issue, account, day, week, month, project or a work \
                  attribute: hours, count and percentage per group, and totals. Use it for every \"how much\" and \"how many \
                  hours per …\"; never add up rows yourself.",
    kind: ToolKind::Reads,
    parameters: &[&START_DATE, &END_DATE, &GROUP_BY, &SORT_BY],
    output: schema::output::<Analytics>,
    run: |context, args| Box::pin(run(context, args)),
};

async fn run(context: &Context, mut args: Arguments) -> Result<ToolResult, Error> {
    let range = args.range(&START_DATE, &END_DATE);
    let by = args.optional(&GROUP_BY).unwrap_or(GroupBy::Issue);
    let sort = args.optional(&SORT_BY).unwrap_or_default();
    let range = args.finish(range)?;
    let clients = context.clients()?;
    let me = clients.jira.identity().await?;
    let found = clients.tempo.worklogs(&Filter { author: me.account.clone(), range, issue: None }).await?;
    let groups = groups::grouped(clients, &by, &found).await?;
    let (groups, others) = ranking::ranked(groups, sort);
    let totals = found.iter().fold(TimeTotal::default(), |total, it| total.add(1, it.time_spent));
    Ok(Analytics {
        now: Now::of(context, &me),
        start_date: range.from.to_string(),
        end_date: range.to.to_string(),
        group_by: by.name(),
        groups,
        others,
        totals,
    }
    .into_result())
}
