//! The entries of a bulk call with what Tempo needs to know of them: issue ids, attributes and accounts as stored.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use futures::{future::join_all, try_join};

use crate::{
    domain::{
        ids::{IssueId, IssueRef},
        worklog::{Attribute, Draft, Issue},
    },
    jira::{Identity, Issues},
    tools::{
        attribute_changes::AttributeChange, context::Clients, error::Error, new_worklog::NewWorklog,
        rejection::Rejections, resolve,
    },
};

/// What was looked up for all entries of one call.
pub(super) struct ResolvedEntries {
    pub(super) me: Identity,
    pub(super) issues: Issues,
    accounts: Accounts,
    /// Of each entry, in the order of the call.
    attributes: Vec<Vec<AttributeChange>>,
}

impl ResolvedEntries {
    /// # Errors
    /// Attributes that the site does not have, and any error that concerns the whole call.
    pub(super) async fn read(clients: &Clients, entries: &[NewWorklog]) -> Result<Self, Error> {
        let wanted: BTreeSet<IssueRef> = entries.iter().map(|it| it.issue.clone()).collect();
        let me = async { Ok::<_, Error>(clients.jira.identity().await?) };
        let issues = async { Ok(clients.jira.issues(wanted).await?) };
        let (me, issues) = try_join!(me, issues)?;
        let attributes = attribute_changes(clients, entries).await?;
        let accounts = accounts(clients, entries, &issues).await;
        Ok(Self { me, issues, accounts, attributes })
    }

    /// The entry at `index` as it is sent.
    ///
    /// # Errors
    /// Why this entry alone cannot be sent: an unknown issue, an account that could not be read.
    pub(super) fn draft(&self, index: usize, entry: &NewWorklog) -> Result<(IssueId, Draft), Error> {
        let issue = self.issues.get(&entry.issue).ok_or_else(|| Error::UnknownIssue(entry.issue.clone()))?;
        let changes = self.attributes.get(index).map(Vec::as_slice).unwrap_or_default();
        let account = match self.accounts.get(&issue.id) {
            Some(Ok(account)) => {
                account.clone().filter(|it| !changes.iter().any(|change| change.key == it.key))
            }
            Some(Err(error)) => return Err(error.clone()),
            None => None,
        };
        let given =
            changes.iter().filter_map(|it| Some(Attribute { key: it.key.clone(), value: it.value.clone()? }));
        let attributes = given.chain(account).collect();
        Ok((issue.id, entry.draft(self.me.account.clone(), attributes)))
    }
}

/// The attributes of all entries. An unknown one rejects the whole call, and all of them are reported.
async fn attribute_changes(
    clients: &Clients,
    entries: &[NewWorklog],
) -> Result<Vec<Vec<AttributeChange>>, Error> {
    let mut rejections = Vec::new();
    let mut res = Vec::with_capacity(entries.len());
    for (i, entry) in entries.iter().enumerate() {
        let place = format!("worklogEntries[{i}].attributes");
        match resolve::attribute_changes(clients, &entry.attributes, &place).await {
            Ok(changes) => res.push(changes),
            Err(Error::Arguments(more)) => rejections.extend(more.list),
            Err(error) => return Err(error),
        }
    }
    if rejections.is_empty() { Ok(res) } else { Err(Error::Arguments(Rejections::from(rejections))) }
}

type Accounts = HashMap<IssueId, Result<Option<Attribute>, Error>>;

/// The account of each issue. What several issues share is read once, and accounts are read in parallel.
async fn accounts(clients: &Clients, entries: &[NewWorklog], issues: &Issues) -> Accounts {
    let distinct: BTreeMap<IssueId, &Arc<Issue>> =
        entries.iter().filter_map(|it| issues.get(&it.issue)).map(|it| (it.id, it)).collect();
    let ids: BTreeSet<u64> = distinct.values().filter_map(|it| it.account).collect();
    if ids.is_empty() {
        return Accounts::new();
    }
    // This fills the caches. An error is met again below, where it is reported with its entry.
    let _ = clients.tempo.attributes().await;
    join_all(ids.into_iter().map(|it| clients.tempo.account(it))).await;
    let one = async |(id, issue): (IssueId, &Arc<Issue>)| (id, resolve::account(clients, issue, &[]).await);
    join_all(distinct.into_iter().map(one)).await.into_iter().collect()
}
