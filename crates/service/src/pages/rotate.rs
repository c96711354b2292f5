//! Replaces a personal URL by a new one.

use axum::response::Response;
use http::{HeaderMap, StatusCode, request::Parts};
use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};

use super::{done::DonePage, frame, managed, next_id};
use crate::{
    audit::EventKind,
    http::{audit, state::State},
    store::{StoreError, tenants::Lookup},
};

pub(super) async fn rotate(
    state: &State,
    old: &TenantId,
    head: &Parts,
    sealed: &str,
) -> Result<Response, StoreError> {
    let new = match next_id::open(state, old, sealed) {
        Some(new) => new,
        None => state.store.new_id()?,
    };
    if !state.store.rotate(old, &new).await? {
        return Ok(managed::conflict(state));
    }
    state.tenants.forget(&TenantHash::of(old));
    audit::record(state, head, EventKind::URL_REPLACED, Some(&TenantHash::of(&new)), "").await;
    Ok(show(state, &head.headers, &new))
}

/// The response to a form that was sent before and has already replaced the URL of `old`; `None` if it has not.
pub(super) async fn repeated(
    state: &State,
    old: &TenantId,
    headers: &HeaderMap,
    sealed: &str,
) -> Result<Option<Response>, StoreError> {
    let Some(new) = next_id::open(state, old, sealed) else { return Ok(None) };
    let exists = matches!(state.store.look_up(&new).await?, Lookup::Tenant(_));
    Ok(exists.then(|| show(state, headers, &new)))
}

fn show(state: &State, headers: &HeaderMap, new: &TenantId) -> Response {
    let done = DonePage::of(&frame::base_url(state, headers), new);
    managed::close(state, frame::page_with_forms(state, StatusCode::OK, |token| DonePage { token, ..done }))
}
