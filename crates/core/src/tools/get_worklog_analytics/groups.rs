//! Worklogs by group.

use std::collections::HashMap;

use super::{group_by::GroupBy, group_key::GroupKey, output::TimeTotal};
use crate::{
    domain::{
        ids::IssueRef,
        text::{identifier, one_line, quoted},
        worklog::Worklog,
    },
    jira::Issues,
    tools::{context::Clients, error::Error, worklog_view::NOT_VISIBLE},
};

/// Each group's key, and its name and total.
pub(super) type GroupTotals = HashMap<GroupKey, (Option<String>, TimeTotal)>;

pub(super) async fn grouped(
    clients: &Clients,
    by: &GroupBy,
    found: &[Worklog],
) -> Result<GroupTotals, Error> {
    Ok(match by {
        GroupBy::Day => {
            group(found, |it| (GroupKey::Ours(it.date.to_string()), Some(it.date.weekday().into())))
        }
        GroupBy::Week => group(found, |it| (GroupKey::Ours(it.date.iso_week()), None)),
        GroupBy::Month => group(found, |it| (GroupKey::Ours(it.date.month()), None)),
        GroupBy::Issue => {
            let issues = clients.jira.issues_by_id(found.iter().map(|it| it.issue)).await?;
            group(found, |it| issue_key(&issues, it))
        }
        GroupBy::Project => {
            let issues = clients.jira.issues_by_id(found.iter().map(|it| it.issue)).await?;
            group(found, |it| {
                let project = issues.get(&IssueRef::Id(it.issue)).map(|it| it.project.clone());
                let invisible = || GroupKey::Ours("(issue deleted, or not visible to you)".into());
                (project.map_or_else(invisible, GroupKey::OfSite), None)
            })
        }
        GroupBy::Account => by_account(clients, found).await?,
        GroupBy::Attribute(wanted) => by_attribute(clients, wanted, found).await?,
    })
}

fn group(found: &[Worklog], key: impl Fn(&Worklog) -> (GroupKey, Option<String>)) -> GroupTotals {
    let mut res = GroupTotals::new();
    for it in found {
        let (key, name) = key(it);
        let (_, total) = res.entry(key).or_insert_with(|| (name, TimeTotal::default()));
        *total = total.add(1, it.time_spent);
    }
    res
}

fn issue_key(issues: &Issues, worklog: &Worklog) -> (GroupKey, Option<String>) {
    match issues.get(&IssueRef::Id(worklog.issue)) {
        Some(issue) => (GroupKey::Ours(issue.key.to_string()), Some(issue.summary.clone())),
        None => (GroupKey::Ours(format!("issue {} {NOT_VISIBLE}", worklog.issue)), None),
    }
}

/// By the attribute of type ACCOUNT, which each site calls differently, with the names of the accounts.
async fn by_account(clients: &Clients, found: &[Worklog]) -> Result<GroupTotals, Error> {
    let (attributes, accounts) = futures::try_join!(clients.tempo.attributes(), clients.tempo.accounts())?;
    let Some(key) = attributes.iter().find(|it| it.is_account).map(|it| it.key.clone()) else {
        return Err(Error::argument(
            "groupBy",
            "\"account\" cannot be used: this Tempo site has no account attribute".into(),
        ));
    };
    Ok(group(found, |it| match it.attribute(&key) {
        Some(value) => {
            let name = accounts.iter().find(|it| it.key == value).map(|it| it.name.clone());
            (GroupKey::OfSite(value.to_owned()), name)
        }
        None => (GroupKey::Ours("(no account)".into()), None),
    }))
}

async fn by_attribute(clients: &Clients, wanted: &str, found: &[Worklog]) -> Result<GroupTotals, Error> {
    let attributes = clients.tempo.attributes().await?;
    let same = |it: &str| it.eq_ignore_ascii_case(wanted);
    let exact = attributes.iter().find(|it| it.key == wanted);
    let Some(attribute) = exact.or_else(|| attributes.iter().find(|it| same(&it.key) || same(&it.name)))
    else {
        let known: Vec<String> = attributes.iter().map(|it| identifier(&it.key, 60)).collect();
        let reason = format!(
            "{} is not a work attribute of this site, which has {}",
            quoted(&one_line(wanted, 60)),
            known.join(", ")
        );
        return Err(Error::argument("groupBy", reason));
    };
    Ok(group(found, |it| match it.attribute(&attribute.key) {
        Some(value) => {
            let label = Some(attribute.label(value).to_owned()).filter(|label| label != value);
            (GroupKey::OfSite(value.to_owned()), label)
        }
        None => (GroupKey::Ours("(not set)".into()), None),
    }))
}
