//! What a pair of tokens can do, checked before anything is stored.

use futures::join;

use super::{Clients, Error};
use crate::{
    domain::time::DateRange,
    jira::{Identity, Search},
    upstream::Error as UpstreamError,
};

/// The result of a harmless read at Jira and in each of Tempo's scopes.
pub struct CredentialCheck {
    pub identity: Result<Identity, Error>,
    /// `None` if the identity could not be read. A token with scopes may be allowed one without the other.
    pub issues: Option<Result<(), Error>>,
    pub worklogs: Result<(), Error>,
    /// `None` if the identity could not be read, because the request needs the account.
    pub schemes: Option<Result<(), Error>>,
    pub accounts: Result<(), Error>,
}

/// Whether these credentials can be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialStatus {
    Works,
    /// A token or an address is wrong, or the tokens belong to another person.
    CannotWork,
    /// A vendor could not be asked, so it is not known.
    TryAgain,
}

/// The owner of the Jira token.
///
/// # Errors
/// Jira refused the token or could not be reached.
pub async fn identity(clients: &Clients) -> Result<Identity, Error> {
    Ok(clients.for_reading().jira.identity().await?)
}

impl CredentialCheck {
    /// Sends the reads to both vendors.
    pub async fn of(clients: &Clients) -> Self {
        let Clients { tempo, jira } = &clients.for_reading();
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

    /// Whether the credentials can be used. A missing scope is reported, but does not prevent it.
    #[must_use]
    pub fn status(&self) -> CredentialStatus {
        let errors = [self.identity.as_ref().err(), self.worklogs.as_ref().err()];
        let errors = errors.into_iter().flatten();
        errors.map(status_of).max_by_key(|it| *it as u8).unwrap_or(CredentialStatus::Works)
    }
}

fn status_of(error: &Error) -> CredentialStatus {
    let Error::Upstream(UpstreamError { kind, .. }) = error else { return CredentialStatus::CannotWork };
    match kind {
        kind if kind.is_temporary() => CredentialStatus::TryAgain,
        _ => CredentialStatus::CannotWork,
    }
}
