//! `getWorklogAnalytics`: the user's time of a period, in groups.

mod group_by;
mod group_key;
mod groups;
mod output;
mod ranking;

use futures::try_join;

use super::{
    argument::{Arguments, Param},
    context::Context,
    error::Error,
    parameters::{END_DATE, START_DATE},
    schema,
    tool::{Tool, ToolKind},
    tool_result::{Now, ToolOutput, ToolResult},
};
use crate::{domain::worklog::Worklog, tempo::Filter};

use group_by::{GroupBy, SortBy};
use groups::{Grouping, Named, Sums};
use output::Analytics;

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
    let identity = async { Ok(clients.jira.identity().await?) };
    // What groups are made by is known before the worklogs, so that these can be added up as they arrive.
    let (me, grouping) = try_join!(identity, Grouping::of(clients, &by))?;
    let filter = Filter { author: me.account.clone(), range, issue: None };
    let add = |sums: &mut Sums, it: Worklog| sums.add(&grouping, &it);
    let found = async { Ok(clients.tempo.fold_worklogs(&filter, Sums::default, add).await?) };
    let (sums, accounts) = try_join!(found, grouping.accounts(context, clients))?;
    let totals = sums.total;
    let Named { groups, notes } = grouping.named(context, clients, sums, accounts).await?;
    let (groups, others) = ranking::ranked(groups, sort);
    Ok(Analytics {
        now: Now::of(context, &me),
        start_date: range.from.to_string(),
        end_date: range.to.to_string(),
        group_by: by.name(),
        groups,
        others,
        totals,
        notes,
    }
    .into_result())
}
