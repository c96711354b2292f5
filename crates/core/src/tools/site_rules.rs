//! Reads what a Tempo site requires of a worklog, only after a write was refused, so that success costs nothing.

use futures::join;

use super::{Clients, Error};
use crate::{
    domain::site::SiteRequirement,
    tempo::WriteError,
    upstream::{self, ErrorKind},
};

/// A failed write as an error; if Tempo refused it, with what the site requires.
pub(super) async fn explained(clients: &Clients, error: WriteError) -> Error {
    match error {
        WriteError::Refused(cause) if cause.kind.is_refusal() => {
            let requirements = if depends_on_site(&cause) { requirements(clients).await } else { Vec::new() };
            Error::Refused { cause, requirements }
        }
        other => {
            let zone = clients.jira.known_identity().map_or(jiff::tz::TimeZone::UTC, |it| it.zone());
            Error::of_write(other, &zone)
        }
    }
}

/// Whether the worklog was refused for its content. A 403 is about permissions or a closed period instead.
pub(super) fn depends_on_site(cause: &upstream::Error) -> bool {
    matches!(cause.kind, ErrorKind::Invalid(_))
}

/// What the site requires. Rules that cannot be read are left out, so that the error itself is still reported.
pub(super) async fn requirements(clients: &Clients) -> Vec<SiteRequirement> {
    let (rules, attributes) = join!(clients.tempo.rules(), clients.tempo.attributes());
    let mut res = rules.unwrap_or_default().requirements();
    if let Ok(attributes) = attributes {
        res.extend(attributes.iter().filter(|it| it.required).cloned().map(SiteRequirement::Attribute));
    }
    res
}
