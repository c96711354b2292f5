//! Names and labels that decorate a result. If they cannot be read, or not in time, a result has ids and stored
//! values instead, and a note that says why.

use std::{collections::BTreeSet, time::Duration};

use futures::future::{Either, select};

use super::{
    context::{Clients, Context},
    error::Error,
    messages::{UnreadPart, unread},
};
use crate::{
    domain::{ids::IssueId, site::Account},
    jira::{Identity, IssueNames},
    ports::HttpErrorKind,
    upstream::{self, ErrorKind, Vendor},
};

/// How long a result waits for names and labels. Much less than a call may take, so a vendor that does not respond only
/// delays what the other one said.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was read, and a note if it is not all.
type Decoration<T> = (T, Option<String>);

/// The issues of worklogs by key and summary.
///
/// # Errors
/// The user has to sign in to Jira, which they can do now.
pub(super) async fn issue_names(
    context: &Context,
    clients: &Clients,
    ids: BTreeSet<IssueId>,
) -> Result<Decoration<IssueNames>, Error> {
    let jira = clients.jira.decorating();
    let read = jira.issue_names(ids.iter().copied());
    let names = match in_time(context, Vendor::Jira, read).await {
        Ok(names) => names,
        Err(late) => jira.earlier_issue_names(ids.iter().copied(), late),
    };
    if let Some(error @ upstream::Error { kind: ErrorKind::SignIn(_), .. }) = &names.error {
        return Err(error.clone().into());
    }
    let note = names.error.as_ref().map(|it| unread(UnreadPart::IssueNames, it, &context.audience));
    Ok((names, note))
}

/// Reads the site's attributes if there is a value to label and they are not known yet. The labels are then in the cache,
/// where `labelled` finds them. Returns a note if there are none.
pub(super) async fn attribute_labels(
    context: &Context,
    clients: &Clients,
    has_values: bool,
) -> Option<String> {
    if !has_values {
        return None;
    }
    let read = in_time(context, Vendor::Tempo, clients.tempo.attributes_of_any_age()).await;
    match read.and_then(|it| it) {
        Err(error) if clients.tempo.known_attributes().is_none() => {
            Some(unread(UnreadPart::AttributeLabels, &error, &context.audience))
        }
        _ => None,
    }
}

/// The accounts of the site with their names; empty if they cannot be read.
pub(super) async fn accounts(context: &Context, clients: &Clients) -> Decoration<Vec<Account>> {
    let read = in_time(context, Vendor::Tempo, clients.tempo.accounts()).await;
    match read.and_then(|it| it) {
        Ok(found) => (found.to_vec(), None),
        Err(error) => (Vec::new(), Some(unread(UnreadPart::AccountNames, &error, &context.audience))),
    }
}

/// Who the user is, as far as Jira says so in time.
pub(super) async fn identity(context: &Context, clients: &Clients) -> Option<Identity> {
    let jira = clients.jira.decorating();
    if jira.may_sign_in() {
        // A person needs longer, and a sign-in that has begun is not given up.
        return jira.identity().await.ok();
    }
    match in_time(context, Vendor::Jira, jira.identity()).await {
        Ok(outcome) => outcome.ok(),
        Err(_) => clients.jira.known_identity(),
    }
}

/// The result of `work`, unless it takes longer than [`PATIENCE`].
pub(super) async fn in_time<T>(
    context: &Context,
    vendor: Vendor,
    work: impl Future<Output = T>,
) -> Result<T, upstream::Error> {
    let work = std::pin::pin!(work);
    match select(work, context.ports.clock.sleep(PATIENCE)).await {
        Either::Left((done, _)) => Ok(done),
        Either::Right(_) => {
            let kind = ErrorKind::Unreachable { sent: true, cause: HttpErrorKind::Timeout };
            Err(upstream::Error { vendor, kind })
        }
    }
}

/// The notes of a result as lines of its text.
pub(super) fn note_lines(notes: &[String]) -> impl Iterator<Item = String> + '_ {
    notes.iter().map(|it| format!("Note: {it}"))
}
