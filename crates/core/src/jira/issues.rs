//! Issue ids to keys and summaries, and back.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use futures::future::{join_all, try_join_all};

use super::{Client, wire};
use crate::{
    domain::{
        ids::{IssueId, IssueKey, IssueRef},
        worklog::Issue,
    },
    upstream::{Call, Error, ErrorKind},
};

/// Jira responds with 400 to a bulk fetch of more issues.
const CHUNK: usize = 100;

/// Issues by the reference they were asked for. An issue that is absent is deleted or not visible to the user.
pub type Issues = HashMap<IssueRef, Arc<Issue>>;

/// The issues of worklogs, as far as Jira could be asked.
#[derive(Debug, Default)]
pub struct IssueNames {
    found: Issues,
    unread: BTreeSet<IssueId>,
    /// Why some could not be read; `None` if all were.
    pub error: Option<Error>,
}

/// What is known of the issue of a worklog.
#[derive(Debug, Clone, Copy)]
pub enum IssueName<'a> {
    Known(&'a Issue),
    /// The issue is deleted or not visible to the user.
    NotVisible,
    /// Jira could not be asked.
    NotRead,
}

impl<'a> IssueName<'a> {
    #[must_use]
    pub fn issue(self) -> Option<&'a Issue> {
        match self {
            Self::Known(issue) => Some(issue),
            Self::NotVisible | Self::NotRead => None,
        }
    }
}

impl IssueNames {
    #[must_use]
    pub fn get(&self, id: IssueId) -> IssueName<'_> {
        match self.found.get(&IssueRef::Id(id)) {
            Some(issue) => IssueName::Known(issue),
            None if self.unread.contains(&id) => IssueName::NotRead,
            None => IssueName::NotVisible,
        }
    }
}

impl Client {
    /// The issues of worklogs, to show them by key and summary. An issue that cannot be read now is shown as it was
    /// last read, because keys and summaries change rarely.
    pub async fn issue_names(&self, ids: impl IntoIterator<Item = IssueId>) -> IssueNames {
        let (found, missing) = self.cached(ids.into_iter().map(IssueRef::Id).collect());
        let mut names = IssueNames { found, ..IssueNames::default() };
        let read = |chunk| async move { (chunk, self.fetch(chunk).await) };
        for (chunk, outcome) in join_all(missing.chunks(CHUNK).map(read)).await {
            match outcome {
                Ok(found) => names.found.extend(found),
                Err(error) => self.add_earlier(&mut names, chunk, error),
            }
        }
        names
    }

    /// What was read earlier of the issues of worklogs, without a request. `error` is why Jira is not asked.
    #[must_use]
    pub fn earlier_issue_names(&self, ids: impl IntoIterator<Item = IssueId>, error: Error) -> IssueNames {
        let wanted: Vec<IssueRef> = ids.into_iter().map(IssueRef::Id).collect();
        let mut names = IssueNames::default();
        self.add_earlier(&mut names, &wanted, error);
        names
    }

    /// What was read of an issue earlier, however long ago, without a request.
    #[must_use]
    pub fn earlier_issue(&self, wanted: &IssueRef) -> Option<Arc<Issue>> {
        self.cache.get_any_age(wanted)
    }

    fn add_earlier(&self, names: &mut IssueNames, wanted: &[IssueRef], error: Error) {
        for it in wanted {
            match (self.earlier_issue(it), it) {
                (Some(issue), _) => drop(names.found.insert(it.clone(), issue)),
                (None, IssueRef::Id(id)) => drop(names.unread.insert(*id)),
                (None, IssueRef::Key(_)) => {}
            }
        }
        if !names.unread.is_empty() {
            names.error = Some(error);
        }
    }

    /// The issues of worklogs, all of them as they are now.
    ///
    /// # Errors
    /// Jira refused a request or could not be reached. An issue that is not visible is absent, which is no error.
    pub async fn issues_by_id(&self, ids: impl IntoIterator<Item = IssueId>) -> Result<Issues, Error> {
        self.issues(ids.into_iter().map(IssueRef::Id).collect()).await
    }

    /// Issues by key or id, with one request per hundred issues that are not cached.
    ///
    /// # Errors
    /// Jira refused a request or could not be reached. An issue that is not visible is absent, which is no error.
    pub async fn issues(&self, wanted: BTreeSet<IssueRef>) -> Result<Issues, Error> {
        let (mut found, missing) = self.cached(wanted);
        for chunk in try_join_all(missing.chunks(CHUNK).map(|it| self.fetch(it))).await? {
            found.extend(chunk);
        }
        Ok(found)
    }

    /// The issues that are cached, and those to ask Jira for.
    fn cached(&self, wanted: BTreeSet<IssueRef>) -> (Issues, Vec<IssueRef>) {
        let mut found = Issues::new();
        let mut missing = Vec::new();
        for it in wanted {
            match self.cache.get(self.now(), &it) {
                Some(issue) => drop(found.insert(it, issue)),
                None if exists_by_form(&it) => missing.push(it),
                None => {}
            }
        }
        (found, missing)
    }

    /// One issue, or `None` if it is deleted or not visible.
    ///
    /// # Errors
    /// Jira refused the request or could not be reached.
    pub async fn issue(&self, wanted: &IssueRef) -> Result<Option<Arc<Issue>>, Error> {
        Ok(self.issues(BTreeSet::from([wanted.clone()])).await?.remove(wanted))
    }

    /// `POST /rest/api/3/issue/bulkfetch`: takes ids and keys mixed; issues that are not visible are absent from the response.
    async fn fetch(&self, wanted: &[IssueRef]) -> Result<Issues, Error> {
        let names: Vec<String> = wanted.iter().map(ToString::to_string).collect();
        let body =
            wire::BulkFetch { issue_ids_or_keys: &names, fields: &self.fields(), fields_by_keys: false };
        let call = Call::search(&["rest", "api", "3", "issue", "bulkfetch"], &body);
        let response: wire::SearchPage = self.json(&call).await?;
        let mut res = Issues::new();
        let mut moved = Vec::new();
        for issue in self.known(response.issues, None) {
            let named = [IssueRef::Key(issue.key.clone()), IssueRef::Id(issue.id)];
            let asked: Vec<&IssueRef> = named.iter().filter(|it| wanted.contains(it)).collect();
            if asked.is_empty() {
                moved.push(issue);
            } else {
                res.extend(asked.into_iter().map(|it| (it.clone(), issue.clone())));
            }
        }
        // A moved issue is returned under its new key only, even if it was asked for by its former one. A key without an
        // issue may therefore be a former key of an issue that nothing asked for by its new key.
        let left: Vec<&IssueKey> = wanted.iter().filter(|it| !res.contains_key(it)).filter_map(key).collect();
        match (moved.as_slice(), left.as_slice()) {
            ([issue], [former]) if res.is_empty() => {
                self.cache.insert(self.now(), Some(former), issue);
                res.insert(IssueRef::Key((*former).clone()), issue.clone());
            }
            (moved, left) if !(moved.is_empty() && res.is_empty()) => {
                let found = try_join_all(left.iter().map(|it| self.fetch_one(it))).await?;
                let found =
                    left.iter().zip(found).filter_map(|(key, it)| Some((IssueRef::Key((*key).clone()), it?)));
                res.extend(found);
            }
            _ => {}
        }
        Ok(res)
    }

    async fn fetch_one(&self, wanted: &IssueKey) -> Result<Option<Arc<Issue>>, Error> {
        let call = Call::get(&["rest", "api", "3", "issue", wanted.as_str()])
            .query("fields", self.fields().join(","));
        match self.json::<wire::Issue>(&call).await {
            Ok(issue) => Ok(self.known([issue], Some(wanted)).pop()),
            Err(Error { kind: ErrorKind::NotFound(_), .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn fields(&self) -> Vec<&str> {
        ["summary", "project", "status"].into_iter().chain(self.account_field.as_deref()).collect()
    }

    /// Converts issues to domain types and caches them.
    pub(super) fn known(
        &self,
        issues: impl IntoIterator<Item = wire::Issue>,
        asked_as: Option<&IssueKey>,
    ) -> Vec<Arc<Issue>> {
        let now = self.now();
        let issues = issues.into_iter().filter_map(|it| it.into_domain(self.account_field.as_deref()));
        issues.map(Arc::new).inspect(|it| self.cache.insert(now, asked_as, it)).collect()
    }
}

fn key(it: &IssueRef) -> Option<&IssueKey> {
    match it {
        IssueRef::Key(key) => Some(key),
        IssueRef::Id(_) => None,
    }
}

/// Whether an issue of this name can exist. Others are not asked for, because Jira might refuse the whole request.
fn exists_by_form(it: &IssueRef) -> bool {
    key(it).is_none_or(IssueKey::can_exist)
}
