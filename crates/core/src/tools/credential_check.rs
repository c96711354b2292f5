//! What a pair of tokens can do: asked before anything is stored, and told token by token.

use futures::join;

use super::{Clients, Error};
use crate::{
    domain::time::DateRange,
    jira::{Identity, Search},
    upstream::{Error as UpstreamError, ErrorKind},
};

/// How Jira and each of Tempo's scopes answered a harmless read.
pub struct CredentialCheck {
    pub identity: Result<Identity, Error>,
    /// Asked where Jira told whose token it is: a token with scopes may do one without the other.
    pub issues: Option<Result<(), Error>>,
    pub worklogs: Result<(), Error>,
    /// Asked with the account that Jira told: not without it.
    pub schemes: Option<Result<(), Error>>,
    pub accounts: Result<(), Error>,
}

/// Whether a service can be set up with these tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialStatus {
    Works,
    /// A token, an address or a person is wrong.
    CannotWork,
    /// A vendor does not answer just now: nobody knows.
    TryAgain,
}

/// Whose Jira token it is.
///
/// # Errors
/// As every read.
pub async fn identity(clients: &Clients) -> Result<Identity, Error> {
    Ok(clients.jira.identity().await?)
}

impl CredentialCheck {
    /// Asks both vendors.
    pub async fn of(Clients { tempo, jira }: &Clients) -> Self {
        let (identity, worklogs, accounts) = join!(jira.identity(), tempo.attributes(), tempo.accounts());
        let (issues, schemes) = match &identity {
            Ok(me) => {
                let today = DateRange::one(me.today(tempo.now()));
                let mine = Search { mine: true, ..Search::default() };
                let (issues, schedule) = join!(jira.search(&mine, 1), tempo.schedule(&me.account, today));
                (Some(issues.map(drop).map_err(Into::into)), Some(schedule.map(drop).map_err(Into::into)))
            }
            Err(_) => (None, None),
        };
        Self {
            identity: identity.map_err(Into::into),
            issues,
            worklogs: worklogs.map(drop).map_err(Into::into),
            schemes,
            accounts: accounts.map(drop).map_err(Into::into),
        }
    }

    /// Only what cannot work at all is refused: a missing scope is told, and can be lived with.
    #[must_use]
    pub fn verdict(&self) -> CredentialStatus {
        let errors = [self.identity.as_ref().err(), self.worklogs.as_ref().err()];
        let errors = errors.into_iter().flatten();
        errors.map(verdict_of).max_by_key(|it| *it as u8).unwrap_or(CredentialStatus::Works)
    }
}

fn verdict_of(error: &Error) -> CredentialStatus {
    let Error::Upstream(UpstreamError { kind, .. }) = error else { return CredentialStatus::CannotWork };
    match kind {
        ErrorKind::Unavailable { .. } | ErrorKind::Unreachable { .. } | ErrorKind::RateLimited { .. } => {
            CredentialStatus::TryAgain
        }
        _ => CredentialStatus::CannotWork,
    }
}
