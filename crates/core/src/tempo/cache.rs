//! What is remembered of a tenant's Tempo site between calls. Plain data: no lock is held across an `await`.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use parking_lot::Mutex;

use crate::{
    domain::{
        ids::{IssueId, WorklogId},
        site::{Account, SiteRules, WorkAttribute},
    },
    ttl_cache::TtlCache,
};

/// Accounts, attributes and rules change rarely. An outdated value is refused by Tempo, so nothing wrong is stored.
const SITE_LIFETIME: Duration = Duration::from_secs(600);

/// No call creates worklogs for longer. A permit also ends where the platform aborts a request without dropping it.
const CREATE_PERMIT_LIFETIME: Duration = Duration::from_secs(300);

/// More than anyone reads or writes within a lifetime.
const CAPACITY: usize = 5000;

pub(super) struct SiteCache {
    pub(super) attributes: TtlCache<(), Arc<[WorkAttribute]>>,
    pub(super) rules: TtlCache<(), SiteRules>,
    pub(super) accounts: TtlCache<(), Arc<[Account]>>,
    account_by_id: TtlCache<u64, Account>,
    /// Whether this token may not POST a search, but may GET the list.
    lists_only: AtomicBool,
    /// Issues on which a call is creating worklogs.
    creating: TtlCache<IssueId, ()>,
    /// Worklogs that this process stored, so none of them is a later create whose response was lost.
    own: Mutex<HashSet<WorklogId>>,
}

impl Default for SiteCache {
    fn default() -> Self {
        Self {
            attributes: TtlCache::new(SITE_LIFETIME, CAPACITY),
            rules: TtlCache::new(SITE_LIFETIME, CAPACITY),
            accounts: TtlCache::new(SITE_LIFETIME, CAPACITY),
            account_by_id: TtlCache::new(SITE_LIFETIME, CAPACITY),
            lists_only: AtomicBool::new(false),
            creating: TtlCache::new(CREATE_PERMIT_LIFETIME, CAPACITY),
            own: Mutex::default(),
        }
    }
}

impl SiteCache {
    /// An account from the list or from a single read.
    pub(super) fn account(&self, now: Timestamp, id: u64) -> Option<Account> {
        let listed = self.accounts.get(now, &()).and_then(|all| all.iter().find(|it| it.id == id).cloned());
        listed.or_else(|| self.account_by_id.get(now, &id))
    }

    pub(super) fn insert_account(&self, now: Timestamp, account: Account) {
        self.account_by_id.insert(now, account.id, account);
    }

    /// An account's name by its key. An outdated name is still better than none.
    pub(super) fn account_name(&self, key: &str) -> Option<String> {
        let name = |it: &Account| (it.key == key).then(|| it.name.clone());
        let listed = self.accounts.find_map_any_age(|all| all.iter().find_map(name));
        listed.or_else(|| self.account_by_id.find_map_any_age(name))
    }

    pub(super) fn lists_only(&self) -> bool {
        self.lists_only.load(Ordering::Relaxed)
    }

    pub(super) fn set_lists_only(&self) {
        self.lists_only.store(true, Ordering::Relaxed);
    }

    /// Whether the caller may create worklogs on this issue. `false` while another call creates some.
    pub(super) fn try_begin_creating(&self, now: Timestamp, issue: IssueId) -> bool {
        self.creating.try_insert(now, issue, ())
    }

    pub(super) fn end_creating(&self, issue: IssueId) {
        self.creating.remove(&issue);
    }

    pub(super) fn remember_own(&self, id: WorklogId) {
        let mut own = self.own.lock();
        if own.len() >= CAPACITY {
            own.clear();
        }
        own.insert(id);
    }

    pub(super) fn is_own(&self, id: WorklogId) -> bool {
        self.own.lock().contains(&id)
    }
}
