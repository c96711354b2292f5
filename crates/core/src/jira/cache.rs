//! Issues by id and by key. Plain data, bounded; nothing here is waited for.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use crate::domain::{
    ids::{IssueId, IssueKey, IssueRef},
    worklog::Issue,
};

/// A key moves and a summary changes, but seldom: what Tempo stores is the id.
const LIFETIME: Duration = Duration::from_secs(600);
const MOST: usize = 10_000;

#[derive(Default)]
pub(super) struct Cache {
    state: Mutex<State>,
}

/// Trees rather than hash tables, and issues in one piece: most people have a dozen of them, and a service keeps the
/// issues of thousands of people.
#[derive(Default)]
struct State {
    by_id: BTreeMap<IssueId, Packed>,
    /// Also the former keys of moved issues, as they were asked for.
    by_key: BTreeMap<IssueKey, IssueId>,
}

struct Packed {
    at: Timestamp,
    account: Option<u64>,
    /// Key, status, project and summary, with [`BETWEEN`] between them.
    texts: Box<str>,
}

/// In no key, and in no name that Jira takes.
const BETWEEN: char = '\0';

impl Packed {
    fn of(at: Timestamp, issue: &Issue) -> Self {
        let texts = [issue.key.as_str(), &issue.status, &issue.project, &issue.summary];
        Self { at, account: issue.account, texts: texts.join(&*BETWEEN.to_string()).into() }
    }

    /// `None`: a text is not what Jira gives, and the issue is asked for again.
    fn unpacked(&self, id: IssueId) -> Option<Issue> {
        let mut texts = self.texts.splitn(4, BETWEEN);
        let mut next = || texts.next();
        let (key, status, project, summary) = (next()?.parse().ok()?, next()?, next()?, next()?);
        let (status, project, summary) = (status.into(), project.into(), summary.into());
        Some(Issue { id, key, summary, status, project, account: self.account })
    }
}

impl Cache {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, now: Timestamp, wanted: &IssueRef) -> Option<Arc<Issue>> {
        let state = self.state();
        let id = match wanted {
            IssueRef::Id(id) => id,
            IssueRef::Key(key) => state.by_key.get(key)?,
        };
        let known = state.by_id.get(id)?;
        let is_fresh = now.duration_since(known.at).unsigned_abs() < LIFETIME;
        is_fresh.then(|| known.unpacked(*id))?.map(Arc::new)
    }

    pub(super) fn keep(&self, now: Timestamp, asked_as: Option<&IssueKey>, issue: &Issue) {
        let mut state = self.state();
        if state.by_id.len() >= MOST || state.by_key.len() >= MOST {
            *state = State::default();
        }
        state.by_id.insert(issue.id, Packed::of(now, issue));
        for key in asked_as.into_iter().chain([&issue.key]) {
            state.by_key.insert(key.clone(), issue.id);
        }
    }
}
