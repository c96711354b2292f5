//! The tenants of a running service. An idle tenant costs a database row, not memory.

mod cache;
pub(crate) mod isolate_cache;
mod legacy_import;
mod tenant;

use std::sync::Arc;

use tempo_mcp_core::{
    config::{Config, Loaded, credentials::Credentials},
    domain::tenant::TenantId,
    ports::Ports,
    seal::TenantHash,
    tools::{Audience, Caches, Context},
    upstream::Bulkhead,
};
use tempo_mcp_protocol::{server::Server, tool_list::ToolList};

use crate::{
    options::Options,
    store::{
        Store, StoreError,
        tenants::{Lookup, SealedRow},
    },
};
use cache::TenantCache;
use isolate_cache::IsolateCache;
pub(crate) use tenant::{CallPermit, Tenant};

/// Finds tenants, and keeps those that were used recently.
pub(crate) struct Tenants {
    options: Arc<Options>,
    store: Store,
    ports: Ports,
    cache: TenantCache,
    /// `None` where the cache above lives as long as the process.
    isolate_cache: Option<Arc<IsolateCache>>,
    tools: ToolList,
    /// For the calls of all tenants.
    bulkhead: Arc<Bulkhead>,
}

impl Tenants {
    pub(crate) fn new(
        options: Arc<Options>,
        store: Store,
        ports: Ports,
        isolate_cache: Option<Arc<IsolateCache>>,
    ) -> Self {
        let tools = isolate_cache.as_ref().map_or_else(|| ToolList::new(false), |it| it.tools());
        let bulkhead = Bulkhead::new(options.calls);
        Self { options, store, ports, cache: TenantCache::default(), isolate_cache, tools, bulkhead }
    }

    /// The tenant of an id, or `None` if there is none. Imports a tenant of the TypeScript server.
    pub(crate) async fn find(&self, id: &TenantId) -> Result<Option<Arc<Tenant>>, StoreError> {
        let (hash, now) = (TenantHash::of(id), self.ports.clock.now());
        if let Some(tenant) = self.cache.fresh(&hash, now, self.options.lifetime) {
            return Ok(Some(tenant));
        }
        let generation = self.cache.generation();
        let row = match self.store.look_up(id).await? {
            Lookup::Tenant(found) => Some(found.row),
            Lookup::Unknown if self.import_legacy(id).await? => self.store.read_row(id).await?,
            Lookup::Unknown | Lookup::Revoked => None,
        };
        let Some(row) = row else {
            self.cache.remove(&hash);
            return Ok(None);
        };
        let (credentials, caches) = self.open(id, &hash, &row)?;
        let read = Tenant::new(hash, row.fingerprint(), credentials, caches, row.used_on);
        Ok(Some(self.cache.insert(read, now, generation)))
    }

    /// The credentials in a row, and the tenant's caches. Both come from the isolate's cache if the row is unchanged.
    fn open(
        &self,
        id: &TenantId,
        hash: &TenantHash,
        row: &SealedRow,
    ) -> Result<(Arc<Credentials>, Caches), StoreError> {
        let open = || Ok((Arc::new(self.store.open_sealed(id, row)?), Caches::default()));
        let Some(isolate_cache) = &self.isolate_cache else { return open() };
        let fingerprint = row.fingerprint();
        if let Some(cached) = isolate_cache.get(hash, &fingerprint) {
            return Ok(cached);
        }
        let opened = open()?;
        isolate_cache.insert(hash, fingerprint, opened.clone());
        Ok(opened)
    }

    /// Stores the row of a tenant of the TypeScript server, for an id that [`Store::look_up`] does not know. Returns
    /// whether there is a row now.
    pub(crate) async fn import_legacy(&self, id: &TenantId) -> Result<bool, StoreError> {
        legacy_import::import(&self.store, &self.options, id, self.ports.clock.now()).await
    }

    /// Makes a change or deletion take effect at once, even if the row is being read at this moment.
    pub(crate) fn forget(&self, hash: &TenantHash) {
        self.cache.forget(hash);
    }

    /// A permit for one call, or `None` if too many calls of the tenant are in flight.
    pub(crate) fn try_acquire(&self, tenant: &Arc<Tenant>) -> Option<CallPermit> {
        tenant.try_acquire(self.options.calls_per_tenant, || {
            let (options, ports, tenant) = (self.options.clone(), self.ports.clone(), tenant.clone());
            let bulkheads = [Bulkhead::new(options.calls_per_tenant), self.bulkhead.clone()];
            Server::with_list(self.tools.clone(), move || {
                context(&options, ports, &tenant).with_bulkheads(bulkheads)
            })
        })
    }
}

fn context(options: &Options, ports: Ports, tenant: &Tenant) -> Context {
    let config = Config::from_credentials(&tenant.credentials, &options.vendor_apis());
    let loaded = Loaded { config: config.map_err(Into::into), jira: None, read_only: false };
    let manage = options.public_url.as_ref().map(|url| format!("{url}/manage").into());
    Context::with_caches(&loaded, ports, &tenant.caches).for_audience(Audience::Hosted { manage })
}
