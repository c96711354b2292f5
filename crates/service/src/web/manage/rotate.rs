//! A new URL in place of the old one. The page carries the new id with it, sealed: whoever sends its form twice, and
//! never sees the first answer, is shown the same URL, not told that the old one is gone.

use axum::response::Response;
use http::{HeaderMap, StatusCode};

use super::{Done, OPEN_FOR};
use crate::{store::StoreError, web::Service};
use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};

const PURPOSE: &str = "next-address";

impl Service {
    /// A new id for the tenant of `old`, for its form.
    pub(super) fn next(&self, old: &TenantId) -> Result<String, StoreError> {
        let until = self.ports.clock.now().as_second() + OPEN_FOR;
        let (old, new) = (TenantHash::of(old), self.store.new_id()?);
        self.store.seal_for_later(PURPOSE, &format!("{until} {} {}", old.as_str(), new.expose()))
    }

    /// The id that the form of the tenant of `old` carries, while the form is open.
    fn carried(&self, old: &TenantId, sealed: &str) -> Option<TenantId> {
        let text = self.store.open_again(PURPOSE, sealed)?;
        let mut words = text.split(' ');
        let is_open = self.ports.clock.now().as_second() < words.next()?.parse().ok()?;
        let is_own = words.next()? == TenantHash::of(old).as_str();
        words.next()?.parse().ok().filter(|_| is_open && is_own)
    }

    pub(super) async fn rotate(
        &self,
        old: &TenantId,
        headers: &HeaderMap,
        sealed: &str,
    ) -> Result<Response, StoreError> {
        let new = match self.carried(old, sealed) {
            Some(new) => new,
            None => self.store.new_id()?,
        };
        if !self.store.rotate(old, &new).await? {
            return Ok(self.overtaken());
        }
        self.tenants.forget(&TenantHash::of(old));
        Ok(self.rotated(headers, &new))
    }

    /// The answer to a form that replaced the URL of `old` already; `None`: it did not.
    pub(super) async fn rotated_before(
        &self,
        old: &TenantId,
        headers: &HeaderMap,
        sealed: &str,
    ) -> Result<Option<Response>, StoreError> {
        let Some(new) = self.carried(old, sealed) else { return Ok(None) };
        let is_there = self.listed(&new).await?.is_some();
        Ok(is_there.then(|| self.rotated(headers, &new)))
    }

    fn rotated(&self, headers: &HeaderMap, new: &TenantId) -> Response {
        let done = Done::of(&self.base(headers), new);
        self.closing(self.with_token(StatusCode::OK, |token| Done { token, ..done }))
    }
}
