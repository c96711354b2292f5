//! The page that shows a personal URL, once: after signing up, and in place of an old one.

use askama::Template;

use super::{clients::Clients, credential_form::Check, revoke_previous::Older};
use tempo_mcp_core::domain::tenant::TenantId;

#[derive(Template)]
#[template(path = "done.html")]
pub(super) struct Done {
    pub(super) token: String,
    pub(super) url: String,
    pub(super) clients: Clients,
    /// Who signed up; empty where an old URL was replaced.
    pub(super) name: String,
    pub(super) checks: Vec<Check>,
    pub(super) older: Older,
}

impl Done {
    pub(super) fn of(base: &str, id: &TenantId) -> Self {
        let url = format!("{base}/mcp/{}", id.expose());
        let clients = Clients::of(&url);
        let (token, name) = (String::new(), String::new());
        Self { token, url, clients, name, checks: Vec::new(), older: Older::default() }
    }

    fn misses_a_scope(&self) -> bool {
        self.checks.iter().any(|it| it.seen == super::credential_form::Seen::Missing)
    }
}
