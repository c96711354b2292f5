//! The tenants that called lately. An idle one costs a row in the database, not memory.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;

use super::{Options, Service};
use crate::store::{
    StoreError,
    tenants::{Credentials, Fingerprint, Sealed},
};
use tempo_mcp_core::{
    config::{Config, ConfigErrors, Loaded},
    domain::tenant::TenantId,
    seal::TenantHash,
    tools::{Audience, Caches, Context},
};
use tempo_mcp_protocol::server::Server;

/// About 4 KB each. The ones idle the longest make room.
const MOST: usize = 12_000;
/// What was remembered is stale by then.
const IDLE: Duration = Duration::from_secs(600);
const BETWEEN_SWEEPS: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Tenants {
    known: Mutex<Known>,
    /// How often a row was changed or removed here: who began to read a row before that may hold an old one.
    changes: AtomicU64,
}

#[derive(Default)]
struct Known {
    by_record: HashMap<TenantHash, Kept>,
    swept_at: Timestamp,
}

struct Kept {
    tenant: Arc<Tenant>,
    read_at: Timestamp,
    used_at: Timestamp,
}

/// One tenant: what it gave, and what is remembered of its vendors.
pub(super) struct Tenant {
    pub(super) record: TenantHash,
    fingerprint: Fingerprint,
    given: Given,
    memory: Caches,
    work: Mutex<Work>,
    /// The day that stands in its row as the last one.
    used_on: Mutex<String>,
}

/// What a tenant gave.
enum Given {
    /// As its row has it: smaller than a configuration, which counts where thousands are kept.
    Credentials(Credentials),
    /// Out of what outlives the service.
    Configuration(Arc<Loaded>),
}

/// The clients are made with the first call under way and go with the last.
#[derive(Default)]
struct Work {
    calls: usize,
    server: Option<Arc<Server>>,
}

/// A place among a tenant's calls; free again when dropped.
pub(super) struct Place {
    tenant: Arc<Tenant>,
    pub(super) server: Arc<Server>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut work = self.tenant.work();
        work.calls -= 1;
        if work.calls == 0 {
            work.server = None;
        }
    }
}

impl Tenant {
    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: too many calls are under way.
    fn enter(self: &Arc<Self>, most: usize, make: impl FnOnce() -> Server) -> Option<Place> {
        let mut work = self.work();
        if work.calls >= most {
            return None;
        }
        let server = work.server.get_or_insert_with(|| Arc::new(make())).clone();
        work.calls += 1;
        Some(Place { tenant: self.clone(), server })
    }

    /// Whether `day` is another than that of the last use.
    pub(super) fn is_first_use_on(&self, day: &str) -> bool {
        let mut used_on = self.used_on.lock().unwrap_or_else(PoisonError::into_inner);
        let first = *used_on != day;
        if first {
            day.clone_into(&mut used_on);
        }
        first
    }

    /// The day was not written: the next call tries again.
    pub(super) fn forget_use(&self) {
        self.used_on.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Tenants {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self, record: &TenantHash, now: Timestamp, lifetime: Duration) -> Option<Arc<Tenant>> {
        let mut known = self.known();
        let found = known.by_record.get_mut(record)?;
        found.used_at = now;
        (since(found.read_at, now) < lifetime).then(|| found.tenant.clone())
    }

    /// The tenant as its row was read since there were so many `changes`; what is known of it goes on if the row is the
    /// same.
    fn keep(&self, read: Tenant, now: Timestamp, changes: u64) -> Arc<Tenant> {
        let mut known = self.known();
        if self.changes.load(Ordering::Acquire) != changes {
            return Arc::new(read);
        }
        known.make_room(now);
        let same =
            known.by_record.remove(&read.record).filter(|it| it.tenant.fingerprint == read.fingerprint);
        let tenant = same.map_or_else(|| Arc::new(read), |it| it.tenant);
        let kept = Kept { tenant: tenant.clone(), read_at: now, used_at: now };
        known.by_record.insert(tenant.record.clone(), kept);
        tenant
    }

    /// What changed or ended takes effect at once, also where its row is being read just now.
    pub(super) fn forget(&self, record: &TenantHash) {
        let mut known = self.known();
        self.changes.fetch_add(1, Ordering::AcqRel);
        known.by_record.remove(record);
    }
}

impl Known {
    /// Whoever is idle goes; where nobody is and all places are taken, the quarter that is idle the longest. Not who has
    /// calls under way.
    fn make_room(&mut self, now: Timestamp) {
        if since(self.swept_at, now) >= BETWEEN_SWEEPS {
            self.swept_at = now;
            self.by_record.retain(|_, it| since(it.used_at, now) < IDLE || it.is_at_work());
        }
        if self.by_record.len() < MOST {
            return;
        }
        let mut times: Vec<Timestamp> = self.by_record.values().map(|it| it.used_at).collect();
        let quarter = times.len() / 4;
        let (_, limit, _) = times.select_nth_unstable(quarter);
        let limit = *limit;
        self.by_record.retain(|_, it| it.used_at > limit || it.is_at_work());
    }
}

impl Kept {
    fn is_at_work(&self) -> bool {
        Arc::strong_count(&self.tenant) > 1
    }
}

fn since(then: Timestamp, now: Timestamp) -> Duration {
    now.duration_since(then).unsigned_abs()
}

impl Service {
    /// The tenant of an id; `None` where there is none.
    pub(super) async fn tenant(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        let (record, now) = (TenantHash::of(id), self.ports.clock.now());
        if let Some(tenant) = self.tenants.fresh(&record, now, self.options.lifetime) {
            return Ok(Some(tenant));
        }
        let changes = self.tenants.changes.load(Ordering::Acquire);
        let row = match self.store.read_row(id).await? {
            None if self.move_over(id).await? => self.store.read_row(id).await?,
            row => row,
        };
        let Some(row) = row else {
            self.tenants.known().by_record.remove(&record);
            return Ok(None);
        };
        let fingerprint = row.fingerprint();
        let (given, memory) = self.remembered(id, &record, &row, &fingerprint)?;
        let (work, used_on) = (Mutex::default(), Mutex::new(row.used_on));
        let read = Tenant { record, fingerprint, given, memory, work, used_on };
        Ok(Some(self.tenants.keep(read, now, changes)))
    }

    /// What a row holds, and what is remembered of its tenant: out of what outlives the service, if the row is the same.
    fn remembered(
        &self,
        id: &TenantId,
        record: &TenantHash,
        row: &Sealed,
        fingerprint: &Fingerprint,
    ) -> Result<(Given, Caches), StoreError> {
        let open = || self.store.open_sealed(id, row);
        let Some(kept) = &self.kept else { return Ok((Given::Credentials(open()?), Caches::default())) };
        let (loaded, memory) = match kept.tenant(record, fingerprint) {
            Some(known) => known,
            None => {
                let known = (Arc::new(self.loaded(&open()?)), Caches::default());
                kept.keep(record, fingerprint, known.clone());
                known
            }
        };
        Ok((Given::Configuration(loaded), memory))
    }

    /// A place among the tenant's calls; `None`: too many are under way.
    pub(super) fn enter(self: &Arc<Self>, tenant: &Arc<Tenant>) -> Option<Place> {
        tenant.enter(self.options.calls_per_tenant, || {
            let (service, tenant) = (self.clone(), tenant.clone());
            Server::with_list(self.list.clone(), move || service.context(&tenant))
        })
    }

    fn context(&self, tenant: &Tenant) -> Context {
        let loaded = match &tenant.given {
            Given::Credentials(it) => Arc::new(self.loaded(it)),
            Given::Configuration(it) => it.clone(),
        };
        let context = Context::with_caches(&loaded, self.ports.clone(), &tenant.memory);
        context.for_audience(self.audience())
    }

    fn audience(&self) -> Audience {
        Audience::Hosted { manage: self.options.public_url.as_ref().map(|it| format!("{it}/manage").into()) }
    }

    /// A tenant's credentials with the service's addresses, as a configuration.
    pub(super) fn loaded(&self, credentials: &Credentials) -> Loaded {
        use secrecy::ExposeSecret;
        let config = configuration(
            &|name| match name {
                "TEMPO_API_TOKEN" => Some(credentials.tempo_token.expose_secret().into()),
                "JIRA_BASE_URL" => Some(credentials.jira_base_url.clone()),
                "JIRA_EMAIL" => credentials.jira_email.as_ref().map(|it| it.expose_secret().into()),
                "JIRA_API_TOKEN" => Some(credentials.jira_token.expose_secret().into()),
                "JIRA_AUTH_TYPE" => credentials.jira_email.is_none().then(|| "bearer".into()),
                "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID" => credentials.account_field.clone(),
                _ => None,
            },
            &self.options,
        );
        Loaded { config, jira: None, read_only: false }
    }
}

/// A tenant's own values by their variables, with the addresses and the pacing of the service.
pub(super) fn configuration(
    own: &dyn Fn(&str) -> Option<String>,
    options: &Options,
) -> Result<Config, ConfigErrors> {
    let lookup = |name: &str| match name {
        "TEMPO_BASE_URL" => Some(options.tempo.to_string()),
        "ATLASSIAN_API_URL" => Some(options.gateway.to_string()),
        "TEMPO_MCP_PACING" => Some(if options.pacing { "on" } else { "off" }.into()),
        name => own(name),
    };
    Loaded::from_lookup(&lookup).config
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(60);

    fn tenant(name: &str, seal: &str) -> Tenant {
        let loaded = Loaded { config: Err(ConfigErrors(Vec::new())), jira: None, read_only: false };
        Tenant {
            record: TenantHash::from_row(name.into()),
            fingerprint: Fingerprint::of(&format!("{seal:0>24}")),
            given: Given::Configuration(Arc::new(loaded)),
            memory: Caches::default(),
            work: Mutex::default(),
            used_on: Mutex::default(),
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_row_that_is_read_again_is_the_same_tenant_until_it_changes() {
        let tenants = Tenants::default();
        let first = tenants.keep(tenant("a", "1"), at(0), 0);
        assert!(tenants.fresh(&first.record, at(59), LIFETIME).is_some());
        assert!(tenants.fresh(&first.record, at(60), LIFETIME).is_none());
        assert!(Arc::ptr_eq(&first, &tenants.keep(tenant("a", "1"), at(60), 0)));
        assert!(!Arc::ptr_eq(&first, &tenants.keep(tenant("a", "2"), at(61), 0)));
        tenants.forget(&first.record);
        tenants.keep(tenant("a", "2"), at(62), 0);
        assert!(tenants.fresh(&first.record, at(62), LIFETIME).is_none(), "read before it was forgotten");
    }

    #[test]
    fn whoever_is_idle_goes_and_whoever_is_at_work_stays() {
        let tenants = Tenants::default();
        let at_work = tenants.keep(tenant("at work", "1"), at(0), 0);
        tenants.keep(tenant("idle", "1"), at(0), 0);
        tenants.keep(tenant("late", "1"), at(500), 0);
        tenants.keep(tenant("new", "1"), at(601), 0);
        let mut left: Vec<String> =
            tenants.known().by_record.keys().map(|it| it.as_str().to_owned()).collect();
        left.sort_unstable();
        assert_eq!(left, ["at work", "late", "new"]);
        drop(at_work);
    }

    #[test]
    fn the_ones_idle_the_longest_make_room() {
        let tenants = Tenants::default();
        for i in 0..=MOST {
            let second = i64::try_from(i / 100).unwrap();
            tenants.keep(tenant(&i.to_string(), "1"), at(second), 0);
        }
        let known = tenants.known();
        assert!(known.by_record.len() < MOST, "{}", known.by_record.len());
        assert!(!known.by_record.contains_key(&TenantHash::from_row("0".into())));
        assert!(known.by_record.contains_key(&TenantHash::from_row(MOST.to_string())));
    }
}
