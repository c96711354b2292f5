//! The tenants that called recently, by hash.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use parking_lot::Mutex;
use tempo_mcp_core::seal::TenantHash;

use super::Tenant;

/// A tenant takes about 4 KB. When the cache is full, the tenants that were idle longest are removed.
const MAX_TENANTS: usize = 12_000;
/// What is cached of the vendors is stale after this time.
const MAX_IDLE: Duration = Duration::from_secs(600);
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// Not a plain cache with a lifetime: a tenant whose row is read again and has not changed stays the same tenant, with
/// its caches and its calls in flight.
#[derive(Default)]
pub(super) struct TenantCache {
    entries: Mutex<Entries>,
    /// Counts changes and deletions. A row whose reading began before the latest one may be outdated.
    generation: AtomicU64,
}

#[derive(Default)]
struct Entries {
    by_hash: HashMap<TenantHash, Entry>,
    swept_at: Timestamp,
}

struct Entry {
    tenant: Arc<Tenant>,
    read_at: Timestamp,
    used_at: Timestamp,
}

impl TenantCache {
    /// The tenant, if its row was read within `lifetime`.
    pub(super) fn fresh(&self, hash: &TenantHash, now: Timestamp, lifetime: Duration) -> Option<Arc<Tenant>> {
        let mut entries = self.entries.lock();
        let entry = entries.by_hash.get_mut(hash)?;
        entry.used_at = now;
        (elapsed(entry.read_at, now) < lifetime).then(|| entry.tenant.clone())
    }

    /// The value to give to [`Self::insert`]; taken before a row is read.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Caches a tenant whose row has just been read, unless a tenant changed since `generation`. Returns the tenant
    /// that was cached before, if its row is the same.
    pub(super) fn insert(&self, read: Tenant, now: Timestamp, generation: u64) -> Arc<Tenant> {
        let mut entries = self.entries.lock();
        if self.generation() != generation {
            return Arc::new(read);
        }
        entries.make_room(now);
        let unchanged =
            entries.by_hash.remove(&read.hash).filter(|it| it.tenant.fingerprint == read.fingerprint);
        let tenant = unchanged.map_or_else(|| Arc::new(read), |it| it.tenant);
        let entry = Entry { tenant: tenant.clone(), read_at: now, used_at: now };
        entries.by_hash.insert(tenant.hash.clone(), entry);
        tenant
    }

    /// Removes a tenant that turned out to have no row.
    pub(super) fn remove(&self, hash: &TenantHash) {
        self.entries.lock().by_hash.remove(hash);
    }

    /// Removes a tenant that was changed or deleted, also where its row is being read at this moment.
    pub(super) fn forget(&self, hash: &TenantHash) {
        let mut entries = self.entries.lock();
        self.generation.fetch_add(1, Ordering::AcqRel);
        entries.by_hash.remove(hash);
    }
}

impl Entries {
    /// Removes idle tenants. If there are too many left, removes the quarter that was idle longest. Tenants with calls
    /// in flight stay.
    fn make_room(&mut self, now: Timestamp) {
        if elapsed(self.swept_at, now) >= SWEEP_INTERVAL {
            self.swept_at = now;
            self.by_hash.retain(|_, it| elapsed(it.used_at, now) < MAX_IDLE || it.is_in_use());
        }
        if self.by_hash.len() < MAX_TENANTS {
            return;
        }
        let mut times: Vec<Timestamp> = self.by_hash.values().map(|it| it.used_at).collect();
        let quarter = times.len() / 4;
        let (_, limit, _) = times.select_nth_unstable(quarter);
        let limit = *limit;
        self.by_hash.retain(|_, it| it.used_at > limit || it.is_in_use());
    }
}

impl Entry {
    fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.tenant) > 1
    }
}

fn elapsed(then: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(then).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use tempo_mcp_core::{config::credentials::Credentials, tools::Caches};

    use super::*;
    use crate::store::tenants::Fingerprint;

    const LIFETIME: Duration = Duration::from_secs(60);

    fn tenant(name: &str, seal: &str) -> Tenant {
        let credentials = Credentials {
            tempo_api_token: String::new().into(),
            jira_base_url: String::new(),
            jira_email: None,
            jira_api_token: String::new().into(),
            account_field: None,
        };
        Tenant::new(
            TenantHash::from_row(name.into()),
            Fingerprint::of(&format!("{seal:0>24}")),
            Arc::new(credentials),
            Caches::default(),
            String::new(),
        )
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn row_read_again_is_the_same_tenant_until_it_changes() {
        let cache = TenantCache::default();
        let first = cache.insert(tenant("a", "1"), at(0), 0);
        assert!(cache.fresh(&first.hash, at(59), LIFETIME).is_some());
        assert!(cache.fresh(&first.hash, at(60), LIFETIME).is_none());
        assert!(Arc::ptr_eq(&first, &cache.insert(tenant("a", "1"), at(60), 0)));
        assert!(!Arc::ptr_eq(&first, &cache.insert(tenant("a", "2"), at(61), 0)));
        cache.forget(&first.hash);
        cache.insert(tenant("a", "2"), at(62), 0);
        assert!(cache.fresh(&first.hash, at(62), LIFETIME).is_none(), "read before it was forgotten");
    }

    #[test]
    fn idle_tenants_are_removed_unless_they_are_in_use() {
        let cache = TenantCache::default();
        let in_use = cache.insert(tenant("in use", "1"), at(0), 0);
        cache.insert(tenant("idle", "1"), at(0), 0);
        cache.insert(tenant("recent", "1"), at(500), 0);
        cache.insert(tenant("new", "1"), at(601), 0);
        let mut left: Vec<String> =
            cache.entries.lock().by_hash.keys().map(|it| it.as_str().to_owned()).collect();
        left.sort_unstable();
        assert_eq!(left, ["in use", "new", "recent"]);
        drop(in_use);
    }

    #[test]
    fn full_cache_removes_the_tenants_idle_longest() {
        let cache = TenantCache::default();
        for i in 0..=MAX_TENANTS {
            let second = i64::try_from(i / 100).unwrap();
            cache.insert(tenant(&i.to_string(), "1"), at(second), 0);
        }
        let entries = cache.entries.lock();
        assert!(entries.by_hash.len() < MAX_TENANTS, "{}", entries.by_hash.len());
        assert!(!entries.by_hash.contains_key(&TenantHash::from_row("0".into())));
        assert!(entries.by_hash.contains_key(&TenantHash::from_row(MAX_TENANTS.to_string())));
    }
}
