//! What changes rarely about a Tempo site. Plain data: nothing here is waited for.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use super::SITE_LIFETIME;
use crate::domain::{
    ids::{IssueId, WorklogId},
    site::{Account, SiteRules, WorkAttribute},
};

/// No call creates for longer. Where the platform ends a request without a word, its turn ends so.
const LONGEST_TURN: Duration = Duration::from_secs(300);

/// More than anybody writes within the minutes in which it matters.
const MOST_OWN: usize = 5000;

#[derive(Default)]
pub(super) struct Cache {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    attributes: Option<(Timestamp, Arc<[WorkAttribute]>)>,
    rules: Option<(Timestamp, SiteRules)>,
    accounts: Option<(Timestamp, Arc<[Account]>)>,
    account_by_id: HashMap<u64, (Timestamp, Account)>,
    /// This token may not POST a search, but may GET the list.
    lists_only: bool,
    /// Issues on which a call is creating worklogs just now.
    creating: HashMap<IssueId, Timestamp>,
    /// Worklogs that this process stored: none of them can be the one whose answer was lost later.
    own: HashSet<WorklogId>,
}

fn fresh<T: Clone>(kept: Option<&(Timestamp, T)>, now: Timestamp) -> Option<T> {
    let (at, value) = kept?;
    let age = now.duration_since(*at);
    (age.unsigned_abs() < SITE_LIFETIME).then(|| value.clone())
}

impl Cache {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn attributes(&self, now: Timestamp) -> Option<Arc<[WorkAttribute]>> {
        fresh(self.state().attributes.as_ref(), now)
    }

    pub(super) fn keep_attributes(&self, now: Timestamp, found: Arc<[WorkAttribute]>) {
        self.state().attributes = Some((now, found));
    }

    pub(super) fn rules(&self, now: Timestamp) -> Option<SiteRules> {
        fresh(self.state().rules.as_ref(), now)
    }

    pub(super) fn keep_rules(&self, now: Timestamp, found: SiteRules) {
        self.state().rules = Some((now, found));
    }

    pub(super) fn accounts(&self, now: Timestamp) -> Option<Arc<[Account]>> {
        fresh(self.state().accounts.as_ref(), now)
    }

    pub(super) fn keep_accounts(&self, now: Timestamp, found: Arc<[Account]>) {
        self.state().accounts = Some((now, found));
    }

    pub(super) fn account(&self, now: Timestamp, id: u64) -> Option<Account> {
        let state = self.state();
        let listed =
            fresh(state.accounts.as_ref(), now).and_then(|all| all.iter().find(|it| it.id == id).cloned());
        listed.or_else(|| fresh(state.account_by_id.get(&id), now))
    }

    pub(super) fn keep_account(&self, now: Timestamp, account: Account) {
        self.state().account_by_id.insert(account.id, (now, account));
    }

    pub(super) fn account_name(&self, key: &str) -> Option<String> {
        let state = self.state();
        let listed = state.accounts.iter().flat_map(|(_, all)| all.iter());
        let single = state.account_by_id.values().map(|(_, it)| it);
        listed.chain(single).find(|it| it.key == key).map(|it| it.name.clone())
    }

    pub(super) fn lists_only(&self) -> bool {
        self.state().lists_only
    }

    pub(super) fn keep_lists_only(&self) {
        self.state().lists_only = true;
    }

    /// Whether nobody else was creating worklogs on this issue; from then on the caller is.
    pub(super) fn begin_creating(&self, now: Timestamp, issue: IssueId) -> bool {
        let mut state = self.state();
        let since = state.creating.get(&issue);
        let is_taken = since.is_some_and(|it| now.duration_since(*it).unsigned_abs() < LONGEST_TURN);
        if !is_taken {
            state.creating.insert(issue, now);
        }
        !is_taken
    }

    pub(super) fn end_creating(&self, issue: IssueId) {
        self.state().creating.remove(&issue);
    }

    pub(super) fn remember_own(&self, id: WorklogId) {
        let mut state = self.state();
        if state.own.len() >= MOST_OWN {
            state.own.clear();
        }
        state.own.insert(id);
    }

    pub(super) fn is_own(&self, id: WorklogId) -> bool {
        self.state().own.contains(&id)
    }
}
