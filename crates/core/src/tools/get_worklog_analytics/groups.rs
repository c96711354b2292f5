//! Worklogs by group.

use std::collections::HashMap;

use super::{group_by::GroupBy, group_key::GroupKey, output::TimeTotal};
use crate::{
    domain::{
        ids::{IssueId, IssueRef},
        site::{Account, WorkAttribute},
        text::{identifier, one_line, quoted},
        time::WorkDate,
        worklog::Worklog,
    },
    jira::IssueName,
    tools::{
        context::{Clients, Context},
        decoration,
        error::Error,
        messages::{UnreadPart, unread},
        worklog_view::issue_note,
    },
    upstream,
};

/// Each group's key, and its name and total.
pub(super) type GroupTotals = HashMap<GroupKey, (Option<String>, TimeTotal)>;

/// The groups as they are shown.
pub(super) struct Named {
    pub(super) groups: GroupTotals,
    /// About names that could not be read.
    pub(super) notes: Vec<String>,
}

/// How worklogs are assigned to groups.
pub(super) enum Grouping {
    Day,
    Week,
    Month,
    Issue,
    Project,
    /// By the attribute of type ACCOUNT, which each site calls differently.
    Account(WorkAttribute),
    Attribute(WorkAttribute),
    /// By an attribute as the user wrote it, because the site's attributes could not be read.
    UnreadAttribute(String, upstream::Error),
}

/// The distinctions that are made while worklogs are added up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Bucket {
    Day(WorkDate),
    Issue(IssueId),
    Value(Option<String>),
}

/// Times per bucket, and of all.
#[derive(Default)]
pub(super) struct Sums {
    buckets: HashMap<Bucket, TimeTotal>,
    pub(super) total: TimeTotal,
}

impl Sums {
    pub(super) fn add(&mut self, by: &Grouping, it: &Worklog) {
        let total = self.buckets.entry(by.bucket(it)).or_default();
        *total = total.add(1, it.time_spent);
        self.total = self.total.add(1, it.time_spent);
    }

    fn issues(&self) -> impl Iterator<Item = IssueId> + '_ {
        self.buckets.keys().filter_map(|it| match it {
            Bucket::Issue(id) => Some(*id),
            Bucket::Day(_) | Bucket::Value(_) => None,
        })
    }

    fn has_values(&self) -> bool {
        self.buckets.keys().any(|it| matches!(it, Bucket::Value(Some(_))))
    }

    /// The groups by key and name. Several buckets may be one group.
    fn named(self, name: impl Fn(&Bucket) -> (GroupKey, Option<String>)) -> GroupTotals {
        let mut res = GroupTotals::new();
        for (bucket, sum) in self.buckets {
            let (key, name) = name(&bucket);
            let (_, total) = res.entry(key).or_insert_with(|| (name, TimeTotal::default()));
            *total = total.add(sum.count, sum.time_spent_seconds);
        }
        res
    }
}

impl Grouping {
    /// # Errors
    /// The site has no such attribute, or it is not known which one contains the account.
    pub(super) async fn of(clients: &Clients, by: &GroupBy) -> Result<Self, Error> {
        Ok(match by {
            GroupBy::Day => Self::Day,
            GroupBy::Week => Self::Week,
            GroupBy::Month => Self::Month,
            GroupBy::Issue => Self::Issue,
            GroupBy::Project => Self::Project,
            GroupBy::Account => {
                let site = clients.tempo.attributes_of_any_age().await?;
                let account = site.iter().find(|it| it.is_account).cloned();
                Self::Account(account.ok_or_else(no_account_attribute)?)
            }
            GroupBy::Attribute(wanted) => match clients.tempo.attributes_of_any_age().await {
                Ok(site) => Self::Attribute(attribute(&site, wanted)?),
                Err(error) => Self::UnreadAttribute(wanted.clone(), error),
            },
        })
    }

    /// The accounts whose names the groups need.
    pub(super) async fn accounts(
        &self,
        context: &Context,
        clients: &Clients,
    ) -> Result<(Vec<Account>, Option<String>), Error> {
        match self {
            Self::Account(_) => Ok(decoration::accounts(context, clients).await),
            _ => Ok((Vec::new(), None)),
        }
    }

    fn bucket(&self, it: &Worklog) -> Bucket {
        let value = |key: &str| Bucket::Value(it.attribute(key).map(str::to_owned));
        match self {
            Self::Day | Self::Week | Self::Month => Bucket::Day(it.date),
            Self::Issue | Self::Project => Bucket::Issue(it.issue),
            Self::Account(attribute) | Self::Attribute(attribute) => value(&attribute.key),
            Self::UnreadAttribute(key, _) => value(key),
        }
    }

    /// # Errors
    /// Something could not be read without which worklogs would be put into wrong groups.
    pub(super) async fn named(
        &self,
        context: &Context,
        clients: &Clients,
        sums: Sums,
        (accounts, no_accounts): (Vec<Account>, Option<String>),
    ) -> Result<Named, Error> {
        let without_notes = |groups| Named { groups, notes: Vec::new() };
        Ok(match self {
            Self::Day => without_notes(sums.named(|it| by_date(it, WorkDate::to_string))),
            Self::Week => without_notes(sums.named(|it| by_date(it, |day| day.iso_week()))),
            Self::Month => without_notes(sums.named(|it| by_date(it, |day| day.month()))),
            Self::Issue => by_issue(context, clients, sums).await?,
            Self::Project => without_notes(by_project(clients, sums).await?),
            Self::Account(_) => {
                let name = |key: &str| accounts.iter().find(|it| it.key == key).map(|it| it.name.clone());
                let notes = no_accounts.filter(|_| sums.has_values()).into_iter().collect();
                Named { groups: sums.named(|it| by_value(it, "(no account)", name)), notes }
            }
            Self::Attribute(attribute) => {
                let label =
                    |value: &str| Some(attribute.label(value).to_owned()).filter(|label| label != value);
                without_notes(sums.named(|it| by_value(it, "(not set)", label)))
            }
            // Attributes can be given by name too, so a worklog may have a value although none has this key.
            Self::UnreadAttribute(_, error) if sums.total.count > 0 && !sums.has_values() => {
                return Err(error.clone().into());
            }
            Self::UnreadAttribute(_, error) => {
                let notes = vec![unread(UnreadPart::AttributeLabels, error, &context.audience)];
                Named { groups: sums.named(|it| by_value(it, "(not set)", |_| None)), notes }
            }
        })
    }
}

fn by_date(it: &Bucket, key: impl Fn(&WorkDate) -> String) -> (GroupKey, Option<String>) {
    let Bucket::Day(day) = it else { return (GroupKey::Ours(String::new()), None) };
    let key = key(day);
    let name = (key == day.to_string()).then(|| day.weekday().into());
    (GroupKey::Ours(key), name)
}

fn by_value(it: &Bucket, none: &str, name: impl Fn(&str) -> Option<String>) -> (GroupKey, Option<String>) {
    match it {
        Bucket::Value(Some(value)) => (GroupKey::OfSite(value.clone()), name(value)),
        _ => (GroupKey::Ours(none.into()), None),
    }
}

async fn by_issue(context: &Context, clients: &Clients, sums: Sums) -> Result<Named, Error> {
    let (names, note) = decoration::issue_names(context, clients, sums.issues().collect()).await?;
    let groups = sums.named(|it| {
        let Bucket::Issue(id) = it else { return (GroupKey::Ours(String::new()), None) };
        match names.get(*id) {
            IssueName::Known(issue) => (GroupKey::Ours(issue.key.to_string()), Some(issue.summary.clone())),
            unknown => (GroupKey::Ours(format!("issue {id} {}", issue_note(unknown))), None),
        }
    });
    Ok(Named { groups, notes: note.into_iter().collect() })
}

/// The call fails if an issue's project cannot be read, because the issue would be missing from the project's total.
async fn by_project(clients: &Clients, sums: Sums) -> Result<GroupTotals, Error> {
    let issues = clients.jira.issues_by_id(sums.issues()).await?;
    Ok(sums.named(|it| {
        let Bucket::Issue(id) = it else { return (GroupKey::Ours(String::new()), None) };
        let project = issues.get(&IssueRef::Id(*id)).map(|it| it.project.clone());
        let invisible = || GroupKey::Ours("(issue deleted, or not visible to you)".into());
        (project.map_or_else(invisible, GroupKey::OfSite), None)
    }))
}

fn no_account_attribute() -> Error {
    Error::argument("groupBy", "\"account\" cannot be used: this Tempo site has no account attribute".into())
}

fn attribute(site: &[WorkAttribute], wanted: &str) -> Result<WorkAttribute, Error> {
    let same = |it: &str| it.eq_ignore_ascii_case(wanted);
    let exact = site.iter().find(|it| it.key == wanted);
    let found = exact.or_else(|| site.iter().find(|it| same(&it.key) || same(&it.name)));
    found.cloned().ok_or_else(|| {
        let known: Vec<String> = site.iter().map(|it| identifier(&it.key, 60)).collect();
        let reason = format!(
            "{} is not a work attribute of this site, which has {}",
            quoted(&one_line(wanted, 60)),
            known.join(", ")
        );
        Error::argument("groupBy", reason)
    })
}
