//! What outlives a service that is created for one request, as on Workers: plain data, no I/O handle.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use parking_lot::Mutex;
use tempo_mcp_core::{config::credentials::Credentials, seal::TenantHash, tools::Caches};
use tempo_mcp_protocol::tool_list::ToolList;

use crate::{refusals::Refusals, store::tenants::Fingerprint};

/// The number of tenants that fit into an isolate with their caches. One more empties the cache.
const MAX_TENANTS: usize = 500;

/// Decrypted credentials and the tenants' caches, for as long as the isolate lives.
#[derive(Default)]
pub struct IsolateCache {
    tools: OnceLock<ToolList>,
    tenants: Mutex<HashMap<TenantHash, (Fingerprint, Cached)>>,
    refusals: Arc<Refusals>,
}

type Cached = (Arc<Credentials>, Caches);

impl IsolateCache {
    pub(super) fn tools(&self) -> ToolList {
        self.tools.get_or_init(|| ToolList::new(false)).clone()
    }

    /// The refusals that the isolate has counted and not yet logged.
    pub(crate) fn refusals(&self) -> Arc<Refusals> {
        self.refusals.clone()
    }

    /// `None` if the tenant is not cached or its row has changed.
    pub(super) fn get(&self, tenant: &TenantHash, row: &Fingerprint) -> Option<Cached> {
        let tenants = self.tenants.lock();
        tenants.get(tenant).filter(|(fingerprint, _)| fingerprint == row).map(|(_, cached)| cached.clone())
    }

    pub(super) fn insert(&self, tenant: &TenantHash, row: Fingerprint, cached: Cached) {
        let mut tenants = self.tenants.lock();
        if tenants.len() >= MAX_TENANTS {
            tenants.clear();
        }
        tenants.insert(tenant.clone(), (row, cached));
    }
}
