//! The page for an account that has reached its limit of personal URLs: it offers to revoke the one that has been idle
//! longest.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use http::{StatusCode, request::Parts};
use tempo_mcp_core::seal::TenantHash;

use super::frame::{self, MessagePage};
use crate::{
    audit::EventKind,
    http::{audit, state::State},
    store::{
        StoreError,
        tenants::{Person, TenantFilter, TenantSummary},
    },
};

const PURPOSE: &str = "oldest-url";
const OPEN_FOR: Duration = Duration::from_secs(3600);

#[derive(Template)]
#[template(path = "url_limit.html")]
struct UrlLimitPage {
    token: String,
    most: u32,
    oldest: TenantSummary,
    /// The hash of the oldest, sealed for the form.
    sealed: String,
}

/// The response to a sign-up that was refused. The caller has proved with tokens that the account is theirs.
///
/// # Errors
/// The URLs cannot be read, or they were deleted meanwhile.
pub(super) async fn show(state: &State, person: &Person) -> Result<Response, StoreError> {
    let tenants = state.store.list(&TenantFilter::Person(person.clone())).await?;
    let Some(oldest) = idle_longest(tenants) else { return Err(StoreError::TooManyUrls) };
    let sealed = state.store.seal_expiring(PURPOSE, state.now(), OPEN_FOR, oldest.hash.as_str())?;
    let most = state.options.urls_per_account;
    Ok(frame::page_with_forms(state, StatusCode::CONFLICT, |token| UrlLimitPage {
        token,
        most,
        oldest,
        sealed,
    }))
}

/// A URL that was never used is idle from its setup, and goes before one that was used on that day.
fn idle_longest(tenants: Vec<TenantSummary>) -> Option<TenantSummary> {
    tenants.into_iter().min_by_key(|it| {
        let idle_since = it.used_on.clone().unwrap_or_else(|| it.created_on.clone());
        (idle_since, it.used_on.is_some(), it.created_on.clone())
    })
}

/// Deletes exactly the tenant that was offered.
pub(super) async fn revoke(state: &State, head: &Parts, sealed: &str) -> Result<Response, StoreError> {
    let Some(hash) = state.store.open_unexpired::<String>(PURPOSE, state.now(), sealed) else {
        let message = MessagePage {
            title: "Nothing was revoked",
            text: "This page was open for too long, or the form came from another site. Nothing was changed.",
            link: "/setup",
            label: "Set up again",
        };
        return Ok(frame::page(state, StatusCode::BAD_REQUEST, &message));
    };
    let hash = TenantHash::from_row(hash);
    // The form may be sent again.
    if state.store.delete(std::slice::from_ref(&hash)).await? == 1 {
        audit::record(state, head, EventKind::REVOKED, Some(&hash), "for another sign-up").await;
    }
    state.tenants.forget(&hash);
    let message = MessagePage {
        title: "URL revoked",
        text: "The URL no longer works, and nothing is stored for it. Your other URLs work as before. You can set up a \
               new one now.",
        link: "/setup",
        label: "Set up again",
    };
    Ok(frame::page(state, StatusCode::OK, &message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str, created_on: &str, used_on: Option<&str>) -> TenantSummary {
        TenantSummary {
            hash: TenantHash::from_row(name.into()),
            jira_host: String::new(),
            created_on: created_on.into(),
            used_on: used_on.map(Into::into),
            key_id: String::new(),
        }
    }

    #[test]
    fn url_idle_longest_is_the_oldest() {
        let check = |tenants: &[TenantSummary], expected: &str| {
            let oldest = idle_longest(tenants.to_vec()).map(|it| it.hash.as_str().to_owned());
            assert_eq!(oldest.as_deref(), Some(expected));
        };
        let used = tenant("used", "2025-01-01", Some("2026-03-01"));
        let unused = tenant("unused", "2026-02-01", None);
        let idle = tenant("idle", "2025-06-01", Some("2026-01-01"));
        let unused_since = tenant("unused since", "2026-03-01", None);
        check(&[used.clone(), unused.clone()], "unused");
        check(&[used.clone(), unused, idle.clone()], "idle");
        check(&[used, unused_since], "unused since");
    }
}
