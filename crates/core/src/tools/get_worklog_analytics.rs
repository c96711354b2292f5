//! `getWorklogAnalytics`: the user's time of a period, in groups.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Answer, Clients, Context, Error, Kind, Tool,
    argument::{Argument, Arguments, Fault, Param},
    retrieve_worklogs::{END_DATE, START_DATE},
    schema,
    tool_result::{Now, Output, count},
    worklog_view::NOT_VISIBLE,
};
use crate::{
    domain::{
        duration::Seconds,
        ids::IssueRef,
        text::{one_line, quoted},
        worklog::Worklog,
    },
    jira::Issues,
    tempo::Filter,
};

const GROUP_BY: Param<GroupBy> =
    Param::optional("groupBy", "issue (default), account, day, week (ISO), month, project, or attribute:KEY");
const SORT_BY: Param<SortBy> = Param::optional("sortBy", "hours (default, most first) or key");

const MOST_SHOWN: usize = 100;

pub(super) const TOOL: Tool = Tool {
    name: "getWorklogAnalytics",
    title: "Sum up worklogs",
    about: "Sum up the user's own worklogs between two dates by issue, account, day, week, month, project or a work attribute: \
            hours, count and percentage per group, and totals. Use it for \"how much did I work on …?\" instead of adding rows up.",
    kind: Kind::Reads,
    parameters: &[&START_DATE, &END_DATE, &GROUP_BY, &SORT_BY],
    output: schema::output::<Analytics>,
    run: |context, args| Box::pin(run(context, args)),
};

#[derive(Debug, Clone, PartialEq, Eq)]
enum GroupBy {
    Issue,
    Account,
    Day,
    Week,
    Month,
    Project,
    Attribute(String),
}

impl Argument for GroupBy {
    fn schema() -> Value {
        json!({ "type": "string", "pattern": "^(issue|account|day|week|month|project|attribute:.+)$" })
    }

    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        let text = value.as_str().unwrap_or_default().trim();
        let res = match text {
            "issue" => Self::Issue,
            "account" => Self::Account,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "project" => Self::Project,
            _ => match text.strip_prefix("attribute:").map(str::trim) {
                Some(key) if !key.is_empty() => Self::Attribute(key.into()),
                _ => {
                    let why = "must be issue, account, day, week, month, project or attribute:KEY".into();
                    faults.push(Fault {
                        place: at.into(),
                        value: Some(one_line(&value.to_string(), 60)),
                        why,
                    });
                    return None;
                }
            },
        };
        Some(res)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum SortBy {
    #[default]
    Hours,
    Key,
}

impl Argument for SortBy {
    fn schema() -> Value {
        json!({ "type": "string", "enum": ["hours", "key"] })
    }

    fn read(value: Value, at: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        match value.as_str() {
            Some("hours") => Some(Self::Hours),
            Some("key") => Some(Self::Key),
            _ => {
                let value = Some(one_line(&value.to_string(), 60));
                faults.push(Fault { place: at.into(), value, why: "must be hours or key".into() });
                None
            }
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Analytics {
    #[serde(flatten)]
    now: Now,
    start_date: String,
    end_date: String,
    group_by: String,
    groups: Vec<Group>,
    /// The groups beyond those shown, as one
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<Others>,
    totals: Sum,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Group {
    key: String,
    /// An issue's summary, an account's name, a list value's label
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(flatten)]
    sum: Sum,
    percentage: f64,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Others {
    groups: usize,
    #[serde(flatten)]
    sum: Sum,
    percentage: f64,
}

#[derive(Clone, Copy, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Sum {
    count: usize,
    time_spent_seconds: u64,
    time_spent_hours: f64,
}

impl Sum {
    fn add(self, count: usize, time: Seconds) -> Self {
        let time = Seconds(self.time_spent_seconds) + time;
        Self { count: self.count + count, time_spent_seconds: time.0, time_spent_hours: time.hours() }
    }
}

async fn run(context: &Context, mut args: Arguments) -> Result<Answer, Error> {
    let range = args.range(&START_DATE, &END_DATE);
    let by = args.optional(&GROUP_BY).unwrap_or(GroupBy::Issue);
    let sort = args.optional(&SORT_BY).unwrap_or_default();
    let range = args.finish(range)?;
    let clients = context.clients()?;
    let me = clients.jira.identity().await?;
    let found = clients.tempo.worklogs(&Filter { author: me.account.clone(), range, issue: None }).await?;
    let groups = grouped(clients, &by, &found).await?;
    let (groups, others) = ranked(groups, sort);
    let totals = found.iter().fold(Sum::default(), |sum, it| sum.add(1, it.time_spent));
    Ok(Analytics {
        now: Now::of(context, &me),
        start_date: range.from.to_string(),
        end_date: range.to.to_string(),
        group_by: by.name(),
        groups,
        others,
        totals,
    }
    .answer())
}

type Groups = HashMap<String, (Option<String>, Sum)>;

async fn grouped(clients: &Clients, by: &GroupBy, found: &[Worklog]) -> Result<Groups, Error> {
    Ok(match by {
        GroupBy::Day => group(found, |it| (it.date.to_string(), Some(it.date.weekday().into()))),
        GroupBy::Week => group(found, |it| (it.date.iso_week(), None)),
        GroupBy::Month => group(found, |it| (it.date.month(), None)),
        GroupBy::Issue => {
            let issues = clients.jira.issues_by_id(found.iter().map(|it| it.issue)).await?;
            group(found, |it| issue_key(&issues, it))
        }
        GroupBy::Project => {
            let issues = clients.jira.issues_by_id(found.iter().map(|it| it.issue)).await?;
            group(found, |it| {
                let project = issues.get(&IssueRef::Id(it.issue)).map(|it| it.project.clone());
                (project.unwrap_or_else(|| "(issue deleted, or not visible to you)".into()), None)
            })
        }
        GroupBy::Account => by_account(clients, found).await?,
        GroupBy::Attribute(wanted) => by_attribute(clients, wanted, found).await?,
    })
}

fn group(found: &[Worklog], key: impl Fn(&Worklog) -> (String, Option<String>)) -> Groups {
    let mut res = Groups::new();
    for it in found {
        let (key, name) = key(it);
        let (_, sum) = res.entry(key).or_insert_with(|| (name, Sum::default()));
        *sum = sum.add(1, it.time_spent);
    }
    res
}

fn issue_key(issues: &Issues, worklog: &Worklog) -> (String, Option<String>) {
    match issues.get(&IssueRef::Id(worklog.issue)) {
        Some(issue) => (issue.key.to_string(), Some(issue.summary.clone())),
        None => (format!("issue {} {NOT_VISIBLE}", worklog.issue), None),
    }
}

/// By the attribute of type ACCOUNT, whatever it is called; names from the list of accounts.
async fn by_account(clients: &Clients, found: &[Worklog]) -> Result<Groups, Error> {
    let (attributes, accounts) = futures::try_join!(clients.tempo.attributes(), clients.tempo.accounts())?;
    let Some(key) = attributes.iter().find(|it| it.is_account).map(|it| it.key.clone()) else {
        return Err(Error::argument(
            "groupBy",
            "\"account\" cannot be used: this Tempo site has no account attribute".into(),
        ));
    };
    Ok(group(found, |it| match it.attribute(&key) {
        Some(value) => {
            (value.to_owned(), accounts.iter().find(|it| it.key == value).map(|it| it.name.clone()))
        }
        None => ("(no account)".into(), None),
    }))
}

async fn by_attribute(clients: &Clients, wanted: &str, found: &[Worklog]) -> Result<Groups, Error> {
    let attributes = clients.tempo.attributes().await?;
    let same = |it: &str| it.eq_ignore_ascii_case(wanted);
    let exact = attributes.iter().find(|it| it.key == wanted);
    let Some(attribute) = exact.or_else(|| attributes.iter().find(|it| same(&it.key) || same(&it.name)))
    else {
        let known: Vec<String> = attributes.iter().map(|it| one_line(&it.key, 60)).collect();
        let why = format!(
            "{} is no work attribute of this site; it has {}",
            quoted(&one_line(wanted, 60)),
            known.join(", ")
        );
        return Err(Error::argument("groupBy", why));
    };
    Ok(group(found, |it| match it.attribute(&attribute.key) {
        Some(value) => {
            (value.to_owned(), Some(attribute.label(value).to_owned()).filter(|label| label != value))
        }
        None => ("(not set)".into(), None),
    }))
}

fn ranked(groups: Groups, sort: SortBy) -> (Vec<Group>, Option<Others>) {
    let mut groups: Vec<(String, Option<String>, Sum)> =
        groups.into_iter().map(|(key, (name, sum))| (key, name, sum)).collect();
    groups.sort_by(|a, b| {
        let by_time = b.2.time_spent_seconds.cmp(&a.2.time_spent_seconds);
        let by_key = natural(&a.0).cmp(&natural(&b.0));
        if sort == SortBy::Hours { by_time.then(by_key) } else { by_key }
    });
    let shares = shares(&groups.iter().map(|it| it.2.time_spent_seconds).collect::<Vec<_>>());
    let mut res: Vec<(Group, u64)> = groups
        .into_iter()
        .zip(shares)
        .map(|((key, name, sum), share)| (Group { key, name, sum, percentage: percent(share) }, share))
        .collect();
    let rest = res.split_off(res.len().min(MOST_SHOWN));
    let others = (!rest.is_empty()).then(|| Others {
        groups: rest.len(),
        sum: rest
            .iter()
            .fold(Sum::default(), |sum, (it, _)| sum.add(it.sum.count, Seconds(it.sum.time_spent_seconds))),
        percentage: percent(rest.iter().map(|(_, share)| share).sum()),
    });
    (res.into_iter().map(|(it, _)| it).collect(), others)
}

/// `PROJ-2` before `PROJ-10`.
fn natural(key: &str) -> (String, u64, String) {
    let split = key.rsplit_once('-').and_then(|(head, tail)| Some((head, tail.parse().ok()?)));
    split.map_or_else(
        || (key.to_owned(), 0, key.to_owned()),
        |(head, number)| (head.to_owned(), number, key.to_owned()),
    )
}

/// Hundredths of a percent that add up to 10,000: the largest remainders get what rounding down left over.
fn shares(times: &[u64]) -> Vec<u64> {
    let total: u128 = times.iter().map(|it| u128::from(*it)).sum();
    if total == 0 {
        return vec![0; times.len()];
    }
    let exact: Vec<u128> = times.iter().map(|it| u128::from(*it) * 10_000).collect();
    let mut res: Vec<u64> = exact.iter().map(|it| u64::try_from(it / total).unwrap_or(0)).collect();
    let left = usize::try_from(10_000 - res.iter().sum::<u64>()).unwrap_or(0);
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(exact.get(*i).map_or(0, |it| it % total)));
    for i in order.into_iter().take(left) {
        if let Some(it) = res.get_mut(i) {
            *it += 1;
        }
    }
    res
}

#[expect(clippy::cast_precision_loss, reason = "at most 10,000")]
fn percent(share: u64) -> f64 {
    share as f64 / 100.0
}

impl GroupBy {
    fn name(&self) -> String {
        match self {
            Self::Issue => "issue".into(),
            Self::Account => "account".into(),
            Self::Day => "day".into(),
            Self::Week => "week".into(),
            Self::Month => "month".into(),
            Self::Project => "project".into(),
            Self::Attribute(key) => format!("attribute:{key}"),
        }
    }
}

impl Output for Analytics {
    fn text(&self) -> String {
        let period = format!("{} to {}", self.start_date, self.end_date);
        if self.totals.count == 0 {
            return format!("No worklogs from {period}. {}", self.now.text());
        }
        let mut lines = vec![format!(
            "{} in {} from {period}, by {}. {}",
            Seconds(self.totals.time_spent_seconds),
            count(self.totals.count, "worklog"),
            one_line(&self.group_by, 100),
            self.now.text()
        )];
        lines.extend(self.groups.iter().map(Group::text));
        if let Some(it) = &self.others {
            let head = format!("and {} not shown", count(it.groups, "group"));
            lines.push(line(&head, "", it.sum, it.percentage));
        }
        lines.join("\n")
    }
}

impl Group {
    fn text(&self) -> String {
        let name = self.name.as_ref().map(|it| format!(" {}", quoted(it))).unwrap_or_default();
        line(&one_line(&self.key, 200), &name, self.sum, self.percentage)
    }
}

fn line(key: &str, name: &str, sum: Sum, percentage: f64) -> String {
    let time = Seconds(sum.time_spent_seconds);
    format!("- {key}{name}: {time}, {percentage} %, {}", count(sum.count, "worklog"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        assert_eq!(shares(&[1, 1, 1]), [3334, 3333, 3333]);
        assert_eq!(shares(&[0, 0]), [0, 0]);
        assert_eq!(shares(&[]), [0_u64; 0]);
    }

    proptest::proptest! {
        #[test]
        fn whatever_was_logged_is_a_hundred_percent(times in proptest::collection::vec(1_u64..100_000, 1..60)) {
            proptest::prop_assert_eq!(shares(&times).iter().sum::<u64>(), 10_000);
        }
    }

    #[test]
    fn keys_sort_by_number() {
        let mut keys = ["A-10", "A-2", "B-1", "2026-03"];
        keys.sort_by_key(|it| natural(it));
        assert_eq!(keys, ["2026-03", "A-2", "A-10", "B-1"]);
    }
}
