//! Moving a worklog to another issue. Tempo cannot move one, so it is entered there and then removed here.

use super::output::EditedWorklog;
use crate::{
    domain::{
        ids::IssueId,
        worklog::{Draft, Issue, Worklog},
    },
    ports::HttpErrorKind,
    tempo::{self, WriteError},
    tools::{
        attribute_changes::AttributeChange,
        context::{Clients, Context},
        error::{Error, PartialMove},
        resolve,
        site_rules::explained,
        tool_result::{ToolOutput, ToolResult},
        worklog_diff::{self, change},
        worklog_view::{NOT_VISIBLE, WorklogView, issue_text, labelled},
    },
    upstream::{self, ErrorKind, Vendor},
};

/// What a move does to the account: the target issue's own account replaces the old one, or the old one is removed where
/// the target has none. `None` where accounts are not read from issues, or the call names an account.
pub(super) async fn account(
    clients: &Clients,
    target: &Issue,
    changes: &[AttributeChange],
) -> Result<Option<AttributeChange>, Error> {
    if !clients.jira.reads_accounts() {
        return Ok(None);
    }
    if let Some(found) = resolve::account(clients, target, changes).await? {
        return Ok(Some(AttributeChange { key: found.key, value: Some(found.value) }));
    }
    let site = clients.tempo.attributes().await.unwrap_or_default();
    let key = site.iter().find(|it| it.is_account).map(|it| it.key.clone());
    let key = key.filter(|key| !changes.iter().any(|it| it.key == *key));
    Ok(key.map(|key| AttributeChange { key, value: None }))
}

/// Moves the worklog. Once begun, the move is finished even if the caller goes away.
pub(super) async fn moved(
    context: &Context,
    old: &Worklog,
    to: IssueId,
    draft: Draft,
) -> Result<Worklog, Error> {
    let clients = context.clients()?;
    let (tempo, before) = (clients.tempo.clone(), old.clone());
    match context.ports.finish(async move { copy_and_delete(&tempo, &before, to, draft).await }).await {
        Some(Ok(new)) => Ok(new),
        Some(Err(MoveError::Write(error))) => Err(explained(clients, error).await),
        Some(Err(MoveError::Partial { left, cause })) => Err(Error::HalfMoved { old: old.id, left, cause }),
        None => Err(Error::HalfMoved { old: old.id, left: PartialMove::PerhapsCopy, cause: interrupted() }),
    }
}

/// The result of a move. `view` is the worklog as it was.
pub(super) fn result(
    context: &Context,
    old: &Worklog,
    view: &WorklogView,
    target: &Issue,
    new: &Worklog,
    draft: &Draft,
) -> ToolResult {
    let to = issue_text(target.id.0, Some(target.key.as_str()), Some(&target.summary), NOT_VISIBLE);
    let mut changes = vec![
        change("issue", view.issue_text(), to),
        change("worklogId", old.id.to_string(), new.id.to_string()),
    ];
    changes.extend(worklog_diff::between(context, old, new));
    let me = context.clients().ok().and_then(|it| it.jira.known_identity());
    let edited = EditedWorklog {
        changes,
        worklog: labelled(context, WorklogView::new(new, Some(target), me.as_ref())),
        moved_from_worklog_id: Some(old.id.0),
        remaining_estimate_seconds: draft.remaining_estimate,
    };
    edited.into_result()
}

enum MoveError {
    /// Nothing was changed, or it is unknown whether the copy was made.
    Write(WriteError),
    /// The copy and the old worklog both exist, or may exist.
    Partial { left: PartialMove, cause: upstream::Error },
}

async fn copy_and_delete(
    tempo: &tempo::Client,
    old: &Worklog,
    to: IssueId,
    draft: Draft,
) -> Result<Worklog, MoveError> {
    let new = tempo.create(to, draft).await.map_err(|error| match error {
        WriteError::Unknown(cause) => MoveError::Partial { left: PartialMove::PerhapsCopy, cause },
        other => MoveError::Write(other),
    })?;
    let tempo = tempo.completing();
    let cause = match tempo.delete(old.id).await {
        Ok(()) => return Ok(new),
        Err(WriteError::Refused(cause)) if matches!(cause.kind, ErrorKind::NotFound(_)) => {
            match tempo.reconciling().worklog(old.id).await {
                // Another client deleted it first, which is what was wanted.
                Err(upstream::Error { kind: ErrorKind::NotFound(_), .. }) => return Ok(new),
                // It still exists, whatever the response meant.
                Ok(_) => cause,
                Err(_) => return Err(MoveError::Partial { left: PartialMove::Copy(new.id), cause }),
            }
        }
        // It is unknown whether the old one still exists, so removing the copy could lose both.
        Err(WriteError::Unknown(cause) | WriteError::NotFound { cause, .. }) => {
            return Err(MoveError::Partial { left: PartialMove::Copy(new.id), cause });
        }
        Err(WriteError::Refused(cause)) => cause,
    };
    match tempo.delete(new.id).await {
        Ok(()) => Err(MoveError::Write(WriteError::Refused(cause))),
        Err(_) => Err(MoveError::Partial { left: PartialMove::Both(new.id), cause }),
    }
}

fn interrupted() -> upstream::Error {
    upstream::Error {
        vendor: Vendor::Tempo,
        kind: ErrorKind::Unreachable { sent: true, cause: HttpErrorKind::Broken },
    }
}
