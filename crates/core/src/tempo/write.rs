//! Writing worklogs so that no write happens twice and none goes unreported.
//!
//! A write whose response was lost is never simply sent again: Tempo is read, and only what it has counts. Once sent, a
//! write and the readings after it are finished even if the caller goes away.

use std::{sync::Arc, time::Duration};

use super::{
    Client,
    cache::SiteCache,
    outcome::{WriteError, WriteOutcome, WriteProgress, WriteResult},
    reconcile::in_order,
};
use crate::{
    domain::{
        ids::{IssueId, WorklogId},
        worklog::{Draft, Worklog},
    },
    ports::HttpErrorKind,
    upstream::{
        Error, ErrorKind,
        telemetry::{WriteKind, WriteRecord},
    },
};

/// How often a call tries to get its permit.
const PERMIT_INTERVAL: Duration = Duration::from_millis(20);

/// The right to create worklogs on an issue, until it is dropped.
struct CreatePermit {
    cache: Arc<SiteCache>,
    issue: IssueId,
}

impl Drop for CreatePermit {
    fn drop(&mut self) {
        self.cache.end_creating(self.issue);
    }
}

impl Client {
    /// Stores one worklog.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn create(&self, issue: IssueId, draft: Draft) -> WriteResult {
        self.finish(WriteKind::Create, None, 1, |client| async move {
            let _permit = client.create_permit(issue).await.map_err(WriteError::Refused)?;
            let started = client.now();
            match client.post_one(issue, &draft).await {
                Ok(worklog) => Ok(client.stored(worklog)),
                Err(cause) if cause.kind.may_have_happened() => {
                    let found = client.reconcile(issue, std::slice::from_ref(&draft), started, &cause).await;
                    found.into_iter().next().unwrap_or(Err(WriteError::Unknown(cause)))
                }
                Err(cause) => Err(WriteError::Refused(cause)),
            }
        })
        .await
        .unwrap_or_else(|| Err(self.interrupted()))
    }

    /// Stores at most 50 worklogs on one issue in one call, and returns what became of each, in order.
    ///
    /// Tempo does not document whether a call that it refuses for its content stores nothing, so the worklogs are read
    /// after a refusal.
    pub async fn create_many(&self, issue: IssueId, drafts: Vec<Draft>) -> Vec<WriteResult> {
        let count = drafts.len();
        self.finish(WriteKind::Create, None, count, |client| async move {
            let _permit = match client.create_permit(issue).await {
                Ok(permit) => permit,
                Err(cause) => return vec![Err(WriteError::Refused(cause)); count],
            };
            let started = client.now();
            let cause = match client.post_bulk(issue, &drafts).await {
                Ok(stored) => match in_order(&drafts, stored) {
                    Some(found) => return found.into_iter().map(|it| Ok(client.stored(it))).collect(),
                    // The response does not match what was sent, so Tempo is read.
                    None => client
                        .upstream
                        .error(ErrorKind::Malformed { looks_like: "other entries than were sent" }),
                },
                Err(cause) => cause,
            };
            match cause.kind {
                ErrorKind::Invalid(_) | ErrorKind::Forbidden(_) | ErrorKind::PeriodClosed(_) => {
                    client.reconcile_refused(issue, &drafts, started, &cause).await
                }
                ref it if it.may_have_happened() => client.reconcile(issue, &drafts, started, &cause).await,
                _ => vec![Err(WriteError::Refused(cause)); count],
            }
        })
        .await
        .unwrap_or_else(|| vec![Err(self.interrupted()); count])
    }

    /// Replaces everything of a worklog but its issue.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn update(&self, before: &Worklog, draft: Draft) -> WriteResult {
        let before = before.clone();
        self.finish(WriteKind::Update, Some(before.id), 1, |client| async move {
            let id = before.id;
            let cause = match client.put(id, &draft).await {
                Err(cause) if cause.kind.may_have_happened() => cause,
                other => return other.map_err(WriteError::Refused),
            };
            match client.reconciling().worklog(id).await {
                // Nothing changed, so the update did not arrive and can be sent again. (Nothing changes either if only
                // the issue's remaining estimate was set.)
                Ok(now) if now == before => client.completing().put_again(&before, &draft, cause).await,
                Ok(now) if draft.is_held_by(&now) => Ok(now),
                _ => Err(WriteError::Unknown(cause)),
            }
        })
        .await
        .unwrap_or_else(|| Err(self.interrupted()))
    }

    /// `lost`: why the first update got no response. It may still arrive, so the outcome is unknown, not refused, if
    /// the update could not be sent again.
    async fn put_again(&self, before: &Worklog, draft: &Draft, lost: Error) -> WriteResult {
        match self.put(before.id, draft).await {
            Err(cause) if cause.kind.was_not_sent() => Err(WriteError::Unknown(lost)),
            Err(cause) if cause.kind.may_have_happened() => match self.reconciling().worklog(before.id).await
            {
                Ok(now) if now != *before && draft.is_held_by(&now) => Ok(now),
                _ => Err(WriteError::Unknown(cause)),
            },
            other => other.map_err(WriteError::Refused),
        }
    }

    /// Deletes a worklog.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn delete(&self, id: WorklogId) -> Result<(), WriteError> {
        self.finish(WriteKind::Delete, Some(id), 1, |client| async move {
            let mut cause = match client.delete_once(id).await {
                Err(cause) if cause.kind.may_have_happened() => cause,
                other => return other.map_err(WriteError::Refused),
            };
            let again = client.completing();
            for last in [false, true] {
                match client.reconciling().worklog(id).await {
                    Err(Error { kind: ErrorKind::NotFound(_), .. }) => return Ok(()),
                    Ok(_) if !last => {}
                    _ => break,
                }
                match again.delete_once(id).await {
                    Ok(()) | Err(Error { kind: ErrorKind::NotFound(_), .. }) => return Ok(()),
                    Err(again) if again.kind.was_not_sent() => break,
                    Err(again) if again.kind.may_have_happened() => cause = again,
                    Err(again) => return Err(WriteError::Refused(again)),
                }
            }
            Err(WriteError::Unknown(cause))
        })
        .await
        .unwrap_or_else(|| Err(self.interrupted()))
    }

    /// Waits until no other call of this tenant creates worklogs on the issue. Tempo refuses a second bulk call (409), and
    /// if two calls sent equal worklogs and one response was lost, the stored one could belong to either.
    ///
    /// Polls, because on Workers a request cannot wait for another request.
    ///
    /// # Errors
    /// `OutOfTime` if the other call did not end in time.
    async fn create_permit(&self, issue: IssueId) -> Result<CreatePermit, Error> {
        while !self.cache.try_begin_creating(self.now(), issue) {
            if self.upstream.time_to_begin().is_some_and(|left| left <= PERMIT_INTERVAL) {
                return Err(self.upstream.error(ErrorKind::OutOfTime));
            }
            self.upstream.ports.clock.sleep(PERMIT_INTERVAL).await;
        }
        Ok(CreatePermit { cache: self.cache.clone(), issue })
    }

    /// Runs a write. Until it is sent, dropping the caller cancels it; from then on it is finished and recorded.
    async fn finish<T, F>(
        &self,
        kind: WriteKind,
        existing: Option<WorklogId>,
        requested: usize,
        work: impl FnOnce(Self) -> F,
    ) -> Option<T>
    where
        T: WriteOutcome + Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let caller = Arc::new(());
        let mut client = self.clone();
        client.upstream.caller = Some(Arc::downgrade(&caller));
        let (work, telemetry) = (work(client), self.upstream.telemetry.clone());
        let recorded = async move {
            let outcome = work.await;
            if let Some(telemetry) = telemetry {
                let WriteProgress { first, succeeded, rest } = outcome.progress();
                let first = existing.or(first);
                telemetry.record_write(WriteRecord { kind, first, requested, succeeded, rest });
            }
            outcome
        };
        let res = self.upstream.ports.finish(recorded).await;
        drop(caller);
        res
    }

    fn interrupted(&self) -> WriteError {
        WriteError::Unknown(
            self.upstream.error(ErrorKind::Unreachable { sent: true, cause: HttpErrorKind::Broken }),
        )
    }

    pub(super) fn stored(&self, worklog: Worklog) -> Worklog {
        self.cache.remember_own(worklog.id);
        worklog
    }
}
