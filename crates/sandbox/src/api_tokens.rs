//! The API tokens of Tempo and Jira: who owns them, and what they permit.

use crate::{
    constants::{
        COLLEAGUE_ACCOUNT_ID, COLLEAGUE_JIRA_TOKEN, COLLEAGUE_TEMPO_TOKEN, JIRA_SCOPED_TOKEN, JIRA_TOKEN,
        LEAD_ACCOUNT_ID, LEAD_JIRA_TOKEN, LEAD_TEMPO_TOKEN, MAIN_ACCOUNT_ID, TEMPO_TOKEN, TEMPO_VIEW_TOKEN,
        TEMPO_WORKLOGS_TOKEN,
    },
    model::UserIndex,
    site_data::SiteData,
};

/// Tempo's scopes (Tempo help, "Using REST API integrations", table of access scopes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TempoScope {
    Worklogs,
    Teams,
    Schemes,
    Periods,
    Accounts,
    Approvals,
    Plans,
}

impl TempoScope {
    /// The name in the setting `missing_scopes`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            TempoScope::Worklogs => "worklogs",
            TempoScope::Teams => "teams",
            TempoScope::Schemes => "schemes",
            TempoScope::Periods => "periods",
            TempoScope::Accounts => "accounts",
            TempoScope::Approvals => "approvals",
            TempoScope::Plans => "plans",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TempoAccess {
    Full,
    ViewOnly,
    WorklogsOnly,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct TempoToken {
    pub(crate) owner: UserIndex,
    access: TempoAccess,
}

impl TempoToken {
    pub(crate) fn find(site: &SiteData, token: &str) -> Option<TempoToken> {
        let (owner, access) = match token {
            TEMPO_TOKEN => (MAIN_ACCOUNT_ID, TempoAccess::Full),
            TEMPO_VIEW_TOKEN => (MAIN_ACCOUNT_ID, TempoAccess::ViewOnly),
            TEMPO_WORKLOGS_TOKEN => (MAIN_ACCOUNT_ID, TempoAccess::WorklogsOnly),
            COLLEAGUE_TEMPO_TOKEN => (COLLEAGUE_ACCOUNT_ID, TempoAccess::Full),
            LEAD_TEMPO_TOKEN => (LEAD_ACCOUNT_ID, TempoAccess::Full),
            _ => return None,
        };
        Some(TempoToken { owner: site.user(owner)?, access })
    }

    pub(crate) fn has_scope(self, scope: TempoScope) -> bool {
        self.access != TempoAccess::WorklogsOnly || scope == TempoScope::Worklogs
    }

    /// Whether the scopes include writing: "View = GET only; Manage = GET, PUT, POST, DELETE".
    pub(crate) fn may_write(self) -> bool {
        self.access != TempoAccess::ViewOnly
    }
}

/// The kinds of Jira API tokens, which Basic authentication takes as the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JiraTokenKind {
    Classic,
    /// Works at the gateway only.
    Scoped,
}

/// The owner and kind of a Jira API token. `None` if the token is unknown or the e-mail address is not its owner's.
pub(crate) fn find_jira_token(
    site: &SiteData,
    email: &str,
    token: &str,
) -> Option<(UserIndex, JiraTokenKind)> {
    let (owner, kind) = match token {
        JIRA_TOKEN => (MAIN_ACCOUNT_ID, JiraTokenKind::Classic),
        JIRA_SCOPED_TOKEN => (MAIN_ACCOUNT_ID, JiraTokenKind::Scoped),
        COLLEAGUE_JIRA_TOKEN => (COLLEAGUE_ACCOUNT_ID, JiraTokenKind::Classic),
        LEAD_JIRA_TOKEN => (LEAD_ACCOUNT_ID, JiraTokenKind::Classic),
        _ => return None,
    };
    let owner = site.user(owner)?;
    site.users[owner].email.eq_ignore_ascii_case(email).then_some((owner, kind))
}
