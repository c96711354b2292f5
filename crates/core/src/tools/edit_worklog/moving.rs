//! Moving a worklog to another issue: Tempo cannot, so it is entered there and then removed here.

use super::{Edited, issue_name};
use crate::{
    domain::{
        ids::IssueId,
        worklog::{Draft, Issue, Worklog},
    },
    ports::HttpErrorKind,
    tempo::{self, WriteError},
    tools::{
        Answer, Clients, Context, Error,
        create_worklog::labelled,
        error::PartialMove,
        resolve,
        site_rules::explained,
        tool_result::Output,
        worklog_diff::{self, change},
        worklog_view::Row,
    },
    upstream::{self, ErrorKind, Vendor},
};

/// The target's own account instead of the old one, where accounts are read from issues at all and none is given.
pub(super) async fn account(
    clients: &Clients,
    target: &Issue,
    given: &[(String, Option<String>)],
) -> Result<Option<(String, Option<String>)>, Error> {
    if !clients.jira.reads_accounts() {
        return Ok(None);
    }
    if let Some(found) = resolve::account(clients, target, given).await? {
        return Ok(Some((found.key, Some(found.value))));
    }
    let site = clients.tempo.attributes().await.unwrap_or_default();
    let key = site.iter().find(|it| it.is_account).map(|it| it.key.clone());
    Ok(key.filter(|key| !given.iter().any(|(name, _)| name == key)).map(|key| (key, None)))
}

/// One write for the caller: once begun, it is brought to an end even if nobody waits for it any more.
pub(super) async fn run(
    context: &Context,
    old: &Worklog,
    row: &Row,
    target: &Issue,
    draft: Draft,
) -> Result<Answer, Error> {
    let clients = context.clients()?;
    let estimate = draft.remaining_estimate;
    let (tempo, before, to) = (clients.tempo.clone(), old.clone(), target.id);
    let moved = context.ports.finish(async move { carry(&tempo, &before, to, draft).await }).await;
    let new = match moved {
        Some(Ok(new)) => new,
        Some(Err(Failure::Write(error))) => return Err(explained(clients, error).await),
        Some(Err(Failure::Half { left, cause })) => {
            return Err(Error::HalfMoved { old: old.id, left, cause });
        }
        None => {
            return Err(Error::HalfMoved {
                old: old.id,
                left: PartialMove::PerhapsCopy,
                cause: interrupted(),
            });
        }
    };
    let from = issue_name(row.issue_id, row.issue_key.as_deref(), row.summary.as_deref());
    let to = issue_name(target.id.0, Some(target.key.as_str()), Some(&target.summary));
    let mut all =
        vec![change("issue", from, to), change("worklogId", old.id.to_string(), new.id.to_string())];
    all.extend(worklog_diff::between(context, old, &new));
    let me = clients.jira.known_identity();
    let edited = Edited {
        changes: all,
        worklog: labelled(context, Row::new(&new, Some(target), me.as_ref())),
        moved_from_worklog_id: Some(old.id.0),
        remaining_estimate_seconds: estimate.map(|it| it.0),
    };
    Ok(edited.answer())
}

enum Failure {
    /// Everything is as it was, or nobody knows whether the copy was made.
    Write(WriteError),
    /// Both exist, or may.
    Half { left: PartialMove, cause: upstream::Error },
}

async fn carry(tempo: &tempo::Client, old: &Worklog, to: IssueId, draft: Draft) -> Result<Worklog, Failure> {
    let new = tempo.create(to, draft).await.map_err(|error| match error {
        WriteError::Unknown(cause) => Failure::Half { left: PartialMove::PerhapsCopy, cause },
        other => Failure::Write(other),
    })?;
    let cause = match tempo.delete(old.id).await {
        Ok(()) => return Ok(new),
        Err(WriteError::Refused(cause)) if matches!(cause.kind, ErrorKind::NotFound(_)) => {
            match tempo.worklog(old.id).await {
                // Somebody else was faster: gone is what was wanted.
                Err(upstream::Error { kind: ErrorKind::NotFound(_), .. }) => return Ok(new),
                // It is still there, whatever the answer meant.
                Ok(_) => cause,
                Err(_) => return Err(Failure::Half { left: PartialMove::Copy(new.id), cause }),
            }
        }
        // Whether the old one still exists is open: removing the copy now could lose both.
        Err(WriteError::Unknown(cause) | WriteError::NotFound { cause, .. }) => {
            return Err(Failure::Half { left: PartialMove::Copy(new.id), cause });
        }
        Err(WriteError::Refused(cause)) => cause,
    };
    match tempo.delete(new.id).await {
        Ok(()) => Err(Failure::Write(WriteError::Refused(cause))),
        Err(_) => Err(Failure::Half { left: PartialMove::Both(new.id), cause }),
    }
}

fn interrupted() -> upstream::Error {
    upstream::Error {
        vendor: Vendor::Tempo,
        kind: ErrorKind::Unreachable { sent: true, cause: HttpErrorKind::Broken },
    }
}
