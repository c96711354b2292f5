//! The page that shows a personal URL once: after setup, and after the URL was replaced.

use askama::Template;
use tempo_mcp_core::domain::tenant::TenantId;

use super::{
    client_instructions::ClientInstructions,
    credential_form::{CheckOutcome, TokenCheck},
    revoke_previous::PreviousUrls,
};

#[derive(Template)]
#[template(path = "done.html")]
pub(super) struct DonePage {
    pub(super) token: String,
    pub(super) url: String,
    pub(super) clients: ClientInstructions,
    /// The name of the person who set up; empty after a URL was replaced.
    pub(super) name: String,
    pub(super) checks: Vec<TokenCheck>,
    pub(super) previous: PreviousUrls,
}

impl DonePage {
    /// For a new id, after its URL was replaced.
    pub(super) fn of(base_url: &str, id: &TenantId) -> Self {
        let url = format!("{base_url}/mcp/{}", id.expose());
        let clients = ClientInstructions::of(&url);
        Self {
            token: String::new(),
            url,
            clients,
            name: String::new(),
            checks: Vec::new(),
            previous: PreviousUrls::default(),
        }
    }

    fn is_missing_a_scope(&self) -> bool {
        self.checks.iter().any(|it| it.outcome == CheckOutcome::Missing)
    }
}
