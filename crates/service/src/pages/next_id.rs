//! The id of a new URL, sealed into the form that replaces the old one: a form that is sent twice gets the same URL
//! twice, even if the first response was lost.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};

use crate::{http::state::State, store::StoreError};

const PURPOSE: &str = "next-url";

#[derive(Serialize, Deserialize)]
struct NextId {
    /// The hash of the tenant whose URL is replaced.
    of: String,
    id: String,
}

/// A new id for the tenant of `old`.
pub(super) fn seal(state: &State, old: &TenantId, lifetime: Duration) -> Result<String, StoreError> {
    let of = TenantHash::of(old).as_str().to_owned();
    let next = NextId { of, id: state.store.new_id()?.expose().to_owned() };
    state.store.seal_expiring(PURPOSE, state.now(), lifetime, next)
}

/// The new id in a form of the tenant of `old`, while the form is open.
pub(super) fn open(state: &State, old: &TenantId, sealed: &str) -> Option<TenantId> {
    let next: NextId = state.store.open_unexpired(PURPOSE, state.now(), sealed)?;
    next.id.parse().ok().filter(|_| next.of == TenantHash::of(old).as_str())
}
