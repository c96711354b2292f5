//! Issues by id and by key. Plain data, bounded; nothing here is waited for.

use std::{
    collections::HashMap,
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

#[derive(Default)]
struct State {
    by_id: HashMap<IssueId, (Timestamp, Arc<Issue>)>,
    /// Also the former keys of moved issues, as they were asked for.
    by_key: HashMap<IssueKey, IssueId>,
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
        let (at, issue) = state.by_id.get(id)?;
        (now.duration_since(*at).unsigned_abs() < LIFETIME).then(|| issue.clone())
    }

    pub(super) fn keep(&self, now: Timestamp, asked_as: Option<&IssueKey>, issue: &Arc<Issue>) {
        let mut state = self.state();
        if state.by_id.len() >= MOST || state.by_key.len() >= MOST {
            *state = State::default();
        }
        state.by_id.insert(issue.id, (now, issue.clone()));
        for key in asked_as.into_iter().chain([&issue.key]) {
            state.by_key.insert(key.clone(), issue.id);
        }
    }
}
