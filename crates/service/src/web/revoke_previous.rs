//! The older URLs of somebody who signs up again: offered to be revoked, so that a lost or leaked URL is not for ever.

use axum::response::Response;
use http::StatusCode;

use super::{Service, page::Message};
use crate::store::{
    StoreError,
    tenants::{Listed, Person, Which},
};
use tempo_mcp_core::{domain::tenant::TenantId, seal::TenantHash};

const PURPOSE: &str = "older-addresses";
const OPEN_FOR: i64 = 3600;

/// The records that the account had when it signed up, and the same for the form, sealed.
#[derive(Default)]
pub(super) struct Older {
    pub(super) addresses: Vec<Listed>,
    pub(super) sealed: String,
}

impl Service {
    /// All records of the person but the new one. Without them the new URL is shown all the same.
    pub(super) async fn older(&self, person: &Person, new: &TenantId) -> Older {
        self.try_older(person, new).await.unwrap_or_else(|failure| {
            tracing::error!(%failure, "the older addresses cannot be listed");
            Older::default()
        })
    }

    async fn try_older(&self, person: &Person, new: &TenantId) -> Result<Older, StoreError> {
        let new = TenantHash::of(new);
        let mut addresses = self.store.list(&Which::Person(person.clone())).await?;
        addresses.retain(|it| it.record != new);
        let until = self.ports.clock.now().as_second() + OPEN_FOR;
        let records: Vec<&str> = addresses.iter().map(|it| it.record.as_str()).collect();
        let sealed = self.store.seal_for_later(PURPOSE, &format!("{until} {}", records.join(" ")))?;
        Ok(Older { addresses, sealed })
    }

    /// Deletes exactly the records that were offered; those that are gone already stay gone.
    pub(super) async fn revoke(&self, sealed: &str) -> Result<Response, StoreError> {
        let Some(records) = self.offered(sealed) else {
            let text = "This offer is too old, or did not come from here. Nothing was changed.";
            let page = Message::new("Nothing was revoked", text, "/manage", "Manage an address");
            return Ok(self.message(StatusCode::BAD_REQUEST, &page));
        };
        self.store.delete(&records).await?;
        for it in &records {
            self.tenants.forget(it);
        }
        let text = "The older addresses do not work any more, and nothing is stored for them. The new one does: keep it.";
        Ok(self.message(StatusCode::OK, &Message::new("Revoked", text, "/", "Back to the start")))
    }

    fn offered(&self, sealed: &str) -> Option<Vec<TenantHash>> {
        let text = self.store.open_again(PURPOSE, sealed)?;
        let mut words = text.split_whitespace();
        let until: i64 = words.next()?.parse().ok()?;
        let is_open = self.ports.clock.now().as_second() < until;
        is_open.then(|| words.map(|it| TenantHash::from_row(it.into())).collect())
    }
}
