//! Issues by id and by key, remembered between calls. Plain data: no lock is held across an `await`.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    domain::{
        ids::{IssueId, IssueKey, IssueRef},
        worklog::Issue,
    },
    ttl_cache::TtlCache,
};

/// Keys and summaries change rarely, and Tempo stores the id, which never changes.
const LIFETIME: Duration = Duration::from_secs(600);
const CAPACITY: usize = 10_000;

pub(super) struct IssueCache {
    by_id: TtlCache<IssueId, PackedIssue>,
    /// Also the former keys of moved issues, as they were asked for.
    by_key: TtlCache<IssueKey, IssueId>,
}

impl Default for IssueCache {
    fn default() -> Self {
        Self { by_id: TtlCache::new(LIFETIME, CAPACITY), by_key: TtlCache::new(LIFETIME, CAPACITY) }
    }
}

/// An issue without its id, with all its texts in one allocation.
///
/// A hosted service keeps the issues of thousands of people: with ten issues each, those of 10,000 tenants take 15 MB instead
/// of 33 MB as [`Issue`]s.
struct PackedIssue {
    account: Option<u64>,
    /// Key, status, project and summary, one after the other.
    texts: Box<str>,
    /// Where the key, the status and the project end in `texts`.
    ends: [u32; 3],
}

impl PackedIssue {
    /// `None` if the texts are longer than any that Jira stores.
    fn of(issue: &Issue) -> Option<Self> {
        let key = issue.key.as_str().len();
        let status = key + issue.status.len();
        let project = status + issue.project.len();
        let ends = [key.try_into().ok()?, status.try_into().ok()?, project.try_into().ok()?];
        let texts = [issue.key.as_str(), &issue.status, &issue.project, &issue.summary].concat();
        Some(Self { account: issue.account, texts: texts.into(), ends })
    }

    fn unpack(&self, id: IssueId) -> Option<Issue> {
        let [key, status, project] = self.ends.map(|it| it as usize);
        Some(Issue {
            id,
            key: self.texts.get(..key)?.parse().ok()?,
            status: self.texts.get(key..status)?.into(),
            project: self.texts.get(status..project)?.into(),
            summary: self.texts.get(project..)?.into(),
            account: self.account,
        })
    }
}

impl IssueCache {
    pub(super) fn get(&self, now: Timestamp, wanted: &IssueRef) -> Option<Arc<Issue>> {
        let id = match wanted {
            IssueRef::Id(id) => *id,
            IssueRef::Key(key) => self.by_key.get(now, key)?,
        };
        self.by_id.get_with(now, &id, |it| it.unpack(id))?.map(Arc::new)
    }

    /// An issue as it was last read, however long ago.
    pub(super) fn get_any_age(&self, wanted: &IssueRef) -> Option<Arc<Issue>> {
        let id = match wanted {
            IssueRef::Id(id) => *id,
            IssueRef::Key(key) => self.by_key.get_any_age_with(key, |it| *it)?,
        };
        self.by_id.get_any_age_with(&id, |it| it.unpack(id))?.map(Arc::new)
    }

    pub(super) fn insert(&self, now: Timestamp, asked_as: Option<&IssueKey>, issue: &Issue) {
        let Some(packed) = PackedIssue::of(issue) else { return };
        self.by_id.insert(now, issue.id, packed);
        for key in asked_as.into_iter().chain([&issue.key]) {
            self.by_key.insert(now, key.clone(), issue.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issue_is_the_same_after_packing() {
        let issue = Issue {
            id: IssueId(7),
            key: "WEB-12".parse().unwrap(),
            summary: "Säumig \0 🎉".into(),
            status: "In Progress".into(),
            project: "WEB".into(),
            account: Some(3),
        };
        assert_eq!(PackedIssue::of(&issue).unwrap().unpack(issue.id), Some(issue));
    }
}
