//! One tenant while it is in memory, and its concurrent calls.

use std::sync::Arc;

use parking_lot::Mutex;
use tempo_mcp_core::{config::credentials::Credentials, seal::TenantHash, tools::Caches};
use tempo_mcp_protocol::server::Server;

use crate::store::tenants::Fingerprint;

/// A tenant's credentials and what is cached of its vendors.
pub(crate) struct Tenant {
    pub(crate) hash: TenantHash,
    pub(super) fingerprint: Fingerprint,
    pub(super) credentials: Arc<Credentials>,
    pub(super) caches: Caches,
    calls: Mutex<Calls>,
    /// The day of the last use in the tenant's row.
    used_on: Mutex<String>,
}

/// The calls in flight, and the server that handles them. It is created with the first call and dropped with the last.
#[derive(Default)]
struct Calls {
    count: usize,
    server: Option<Arc<Server>>,
}

/// The right to run one call of a tenant. Dropping it frees the place.
pub(crate) struct CallPermit {
    tenant: Arc<Tenant>,
    pub(crate) server: Arc<Server>,
}

impl Drop for CallPermit {
    fn drop(&mut self) {
        let mut calls = self.tenant.calls.lock();
        calls.count -= 1;
        if calls.count == 0 {
            calls.server = None;
        }
    }
}

impl Tenant {
    pub(super) fn new(
        hash: TenantHash,
        fingerprint: Fingerprint,
        credentials: Arc<Credentials>,
        caches: Caches,
        used_on: String,
    ) -> Self {
        Self { hash, fingerprint, credentials, caches, calls: Mutex::default(), used_on: Mutex::new(used_on) }
    }

    /// A permit, or `None` if `max` calls are in flight. `create` creates the server for the first one.
    pub(super) fn try_acquire(
        self: &Arc<Self>,
        max: usize,
        create: impl FnOnce() -> Server,
    ) -> Option<CallPermit> {
        let mut calls = self.calls.lock();
        if calls.count >= max {
            return None;
        }
        let server = calls.server.get_or_insert_with(|| Arc::new(create())).clone();
        calls.count += 1;
        Some(CallPermit { tenant: self.clone(), server })
    }

    /// Whether this is the first use on `day`.
    pub(crate) fn is_first_use_on(&self, day: &str) -> bool {
        let mut used_on = self.used_on.lock();
        let is_first = *used_on != day;
        if is_first {
            day.clone_into(&mut used_on);
        }
        is_first
    }

    /// Lets the next call store the day of last use, because storing it failed.
    pub(crate) fn forget_use(&self) {
        self.used_on.lock().clear();
    }
}
