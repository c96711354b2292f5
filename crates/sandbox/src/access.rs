//! Tempo's API tokens: whose they are and what they may do.

use crate::{
    people::{
        COLLEAGUE_ACCOUNT_ID, COLLEAGUE_JIRA_TOKEN, COLLEAGUE_TEMPO_TOKEN, JIRA_SCOPED_TOKEN, JIRA_TOKEN,
        LEAD_ACCOUNT_ID, LEAD_JIRA_TOKEN, LEAD_TEMPO_TOKEN, MAIN_ACCOUNT_ID, TEMPO_TOKEN, TEMPO_VIEW_TOKEN,
        TEMPO_WORKLOGS_TOKEN,
    },
    world::{UserIndex, World},
};

/// Tempo's scopes ("Using REST API integrations", the table of access scopes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Worklogs,
    Teams,
    Schemes,
    Periods,
    Accounts,
    Approvals,
    Plans,
}

impl Scope {
    /// As the setting `missing_scopes` names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Scope::Worklogs => "worklogs",
            Scope::Teams => "teams",
            Scope::Schemes => "schemes",
            Scope::Periods => "periods",
            Scope::Accounts => "accounts",
            Scope::Approvals => "approvals",
            Scope::Plans => "plans",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant {
    Full,
    ViewOnly,
    WorklogsOnly,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct TempoToken {
    pub(crate) owner: UserIndex,
    grant: Grant,
}

impl TempoToken {
    pub(crate) fn find(world: &World, token: &str) -> Option<TempoToken> {
        let (owner, grant) = match token {
            TEMPO_TOKEN => (MAIN_ACCOUNT_ID, Grant::Full),
            TEMPO_VIEW_TOKEN => (MAIN_ACCOUNT_ID, Grant::ViewOnly),
            TEMPO_WORKLOGS_TOKEN => (MAIN_ACCOUNT_ID, Grant::WorklogsOnly),
            COLLEAGUE_TEMPO_TOKEN => (COLLEAGUE_ACCOUNT_ID, Grant::Full),
            LEAD_TEMPO_TOKEN => (LEAD_ACCOUNT_ID, Grant::Full),
            _ => return None,
        };
        Some(TempoToken { owner: world.user(owner)?, grant })
    }

    pub(crate) fn covers(self, scope: Scope) -> bool {
        self.grant != Grant::WorklogsOnly || scope == Scope::Worklogs
    }

    /// "View = GET only; Manage = GET, PUT, POST, DELETE".
    pub(crate) fn manages(self) -> bool {
        self.grant != Grant::ViewOnly
    }
}

/// The Basic credentials that Jira accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JiraToken {
    Classic,
    /// Works at the gateway only.
    Scoped,
}

pub(crate) fn jira_token(world: &World, email: &str, token: &str) -> Option<(UserIndex, JiraToken)> {
    let (owner, kind) = match token {
        JIRA_TOKEN => (MAIN_ACCOUNT_ID, JiraToken::Classic),
        JIRA_SCOPED_TOKEN => (MAIN_ACCOUNT_ID, JiraToken::Scoped),
        COLLEAGUE_JIRA_TOKEN => (COLLEAGUE_ACCOUNT_ID, JiraToken::Classic),
        LEAD_JIRA_TOKEN => (LEAD_ACCOUNT_ID, JiraToken::Classic),
        _ => return None,
    };
    let owner = world.user(owner)?;
    world.users[owner].email.eq_ignore_ascii_case(email).then_some((owner, kind))
}
