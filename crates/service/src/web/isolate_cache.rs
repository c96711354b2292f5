//! What outlives a service that lives for one request, as on Workers: plain data, no handle to the outside.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use crate::store::tenants::Fingerprint;
use tempo_mcp_core::{config::Loaded, seal::TenantHash, tools::Caches};
use tempo_mcp_protocol::tool_list::ToolList;

/// As many tenants as fit into an isolate with their caches. One more, and all of them begin anew.
const MOST: usize = 500;

#[derive(Default)]
pub struct IsolateCache {
    list: OnceLock<ToolList>,
    tenants: Mutex<HashMap<TenantHash, (Fingerprint, Known)>>,
}

/// What a tenant's row holds, as a configuration, and what is remembered of it.
type Known = (Arc<Loaded>, Caches);

impl IsolateCache {
    pub(super) fn list(&self) -> ToolList {
        self.list.get_or_init(|| ToolList::new(false)).clone()
    }

    /// `None`, where the row has changed.
    pub(super) fn tenant(&self, record: &TenantHash, row: &Fingerprint) -> Option<Known> {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants.get(record).filter(|it| it.0 == *row).map(|it| it.1.clone())
    }

    pub(super) fn keep(&self, record: &TenantHash, row: &Fingerprint, known: Known) {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if tenants.len() >= MOST {
            tenants.clear();
        }
        tenants.insert(record.clone(), (row.clone(), known));
    }
}
