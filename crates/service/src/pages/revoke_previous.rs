//! The previous URLs of a person who sets up again: the page offers to revoke them, so that a lost or leaked URL does
//! not work forever.

use std::time::Duration;

use axum::response::Response;
use http::{StatusCode, request::Parts};
use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};

use super::frame::{self, MessagePage};
use crate::{
    audit::EventKind,
    http::{audit, state::State},
    store::{
        StoreError,
        tenants::{Person, TenantFilter, TenantSummary},
    },
};

const PURPOSE: &str = "previous-urls";
const OPEN_FOR: Duration = Duration::from_secs(3600);

/// The tenants of a person at the moment of setup, and their hashes sealed for the form.
#[derive(Default)]
pub(super) struct PreviousUrls {
    pub(super) tenants: Vec<TenantSummary>,
    pub(super) sealed: String,
}

/// All tenants of the person except the new one. If they cannot be read, the page shows the new URL without them.
pub(super) async fn offer(state: &State, person: &Person, new: &TenantId) -> PreviousUrls {
    list(state, person, new).await.unwrap_or_else(|error| {
        tracing::error!(%error, "previous URLs not listed");
        PreviousUrls::default()
    })
}

async fn list(state: &State, person: &Person, new: &TenantId) -> Result<PreviousUrls, StoreError> {
    let new = TenantHash::of(new);
    let mut tenants = state.store.list(&TenantFilter::Person(person.clone())).await?;
    tenants.retain(|it| it.hash != new);
    let hashes: Vec<&str> = tenants.iter().map(|it| it.hash.as_str()).collect();
    let sealed = state.store.seal_expiring(PURPOSE, state.now(), OPEN_FOR, hashes)?;
    Ok(PreviousUrls { tenants, sealed })
}

/// Deletes exactly the tenants that were offered.
pub(super) async fn revoke(state: &State, head: &Parts, sealed: &str) -> Result<Response, StoreError> {
    let Some(hashes) = state.store.open_unexpired::<Vec<String>>(PURPOSE, state.now(), sealed) else {
        let message = MessagePage {
            title: "Nothing was revoked",
            text: "This page was open for too long, or the form came from another site. Nothing was changed.",
            link: "/manage",
            label: "Manage your URL",
        };
        return Ok(frame::page(state, StatusCode::BAD_REQUEST, &message));
    };
    let hashes: Vec<TenantHash> = hashes.into_iter().map(TenantHash::from_row).collect();
    for hash in &hashes {
        // The form may be sent again.
        if state.store.delete(std::slice::from_ref(hash)).await? == 1 {
            audit::record(state, head, EventKind::REVOKED, Some(hash), "by its owner").await;
        }
        state.tenants.forget(hash);
    }
    let message = MessagePage {
        title: "Previous URLs revoked",
        text: "The previous URLs no longer work, and nothing is stored for them. Your new URL works.",
        link: "/",
        label: "Go to the start page",
    };
    Ok(frame::page(state, StatusCode::OK, &message))
}
