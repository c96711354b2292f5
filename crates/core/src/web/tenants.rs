//! The tenants that called lately. An idle one costs a row in the database, not memory.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;

use super::{Options, Service};
use crate::{
    config::{Config, Faults, Loaded},
    domain::tenant::TenantId,
    mcp::Server,
    store::{
        Failure,
        seal::Record,
        tenants::{Credentials, Opened},
    },
    tools::{Audience, Context},
};

/// As many as an hour's callers of a large company; the ones idle the longest make room.
const MOST: usize = 2000;

#[derive(Default)]
pub(super) struct Tenants {
    known: Mutex<HashMap<Record, Known>>,
    /// How often a row was changed or removed here: who began to read a row before that may hold an old one.
    changes: AtomicU64,
}

struct Known {
    tenant: Arc<Tenant>,
    read_at: Timestamp,
    used_at: Timestamp,
}

/// One tenant at work: its server, with its own clients and caches.
pub(super) struct Tenant {
    pub(super) server: Server,
    pub(super) record: Record,
    seal: String,
    calls: AtomicUsize,
    /// The day that stands in its row as the last one.
    used_on: Mutex<String>,
}

/// A place among a tenant's calls; free again when dropped.
pub(super) struct Place(Arc<Tenant>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Tenant {
    /// `None`: too many calls are under way.
    pub(super) fn enter(self: &Arc<Self>, most: usize) -> Option<Place> {
        let place = Place(self.clone());
        (self.calls.fetch_add(1, Ordering::AcqRel) < most).then_some(place)
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
}

impl Tenants {
    fn known(&self) -> MutexGuard<'_, HashMap<Record, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self, record: &Record, now: Timestamp, lifetime: Duration) -> Option<Arc<Tenant>> {
        let mut known = self.known();
        let found = known.get_mut(record)?;
        found.used_at = now;
        (now.duration_since(found.read_at).unsigned_abs() < lifetime).then(|| found.tenant.clone())
    }

    /// The tenant whose row was read since there were so many `changes`; the one at work goes on if its row is the same.
    fn keep(
        &self,
        record: &Record,
        seal: &str,
        now: Timestamp,
        changes: u64,
        make: impl FnOnce() -> Tenant,
    ) -> Arc<Tenant> {
        let mut known = self.known();
        if self.changes.load(Ordering::Acquire) != changes {
            return Arc::new(make());
        }
        if known.len() >= MOST && !known.contains_key(record) {
            make_room(&mut known);
        }
        let same = known.remove(record).map(|it| it.tenant).filter(|it| it.seal == seal);
        let tenant = same.unwrap_or_else(|| Arc::new(make()));
        known.insert(record.clone(), Known { tenant: tenant.clone(), read_at: now, used_at: now });
        tenant
    }

    /// What changed or ended takes effect at once, also where its row is being read just now.
    pub(super) fn forget(&self, record: &Record) {
        let mut known = self.known();
        self.changes.fetch_add(1, Ordering::AcqRel);
        known.remove(record);
    }
}

/// The quarter that is idle the longest goes, but for whoever has calls under way.
fn make_room(known: &mut HashMap<Record, Known>) {
    let mut times: Vec<Timestamp> = known.values().map(|it| it.used_at).collect();
    let quarter = times.len() / 4;
    let (_, limit, _) = times.select_nth_unstable(quarter);
    let limit = *limit;
    known.retain(|_, it| it.used_at > limit || Arc::strong_count(&it.tenant) > 1);
}

impl Service {
    /// The tenant of an id; `None` where there is none.
    pub(super) async fn tenant(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, Failure> {
        let (record, now) = (Record::of(id), self.ports.clock.now());
        if let Some(tenant) = self.tenants.fresh(&record, now, self.options.lifetime) {
            return Ok(Some(tenant));
        }
        let changes = self.tenants.changes.load(Ordering::Acquire);
        let opened = match self.store.open_row(id).await? {
            None if self.move_over(id).await? => self.store.open_row(id).await?,
            opened => opened,
        };
        let Some(Opened { credentials, seal, used_on }) = opened else {
            self.tenants.known().remove(&record);
            return Ok(None);
        };
        let make = || Tenant {
            server: self.server.for_tenant(self.context(&record, &seal, &credentials)),
            record: record.clone(),
            seal: seal.clone(),
            calls: AtomicUsize::new(0),
            used_on: Mutex::new(used_on),
        };
        Ok(Some(self.tenants.keep(&record, &seal, now, changes, make)))
    }

    fn context(&self, record: &Record, seal: &str, credentials: &Credentials) -> Context {
        let memory = self.kept.as_ref().map(|it| it.memory(record, seal)).unwrap_or_default();
        let loaded = self.loaded(credentials);
        Context::remembering(&loaded, self.ports.clone(), &memory).for_audience(self.audience())
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
) -> Result<Config, Faults> {
    let lookup = |name: &str| match name {
        "TEMPO_BASE_URL" => Some(options.tempo.to_string()),
        "ATLASSIAN_API_URL" => Some(options.gateway.to_string()),
        "TEMPO_MCP_PACING" => Some(if options.pacing { "on" } else { "off" }.into()),
        name => own(name),
    };
    Loaded::from_lookup(&lookup).config
}
