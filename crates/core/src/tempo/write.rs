//! Writing, so that nothing happens twice and nothing vanishes.
//!
//! A write whose answer was lost is never sent again blindly: Tempo is read, and only what is there counts.
//! Once sent, a write and the readings after it are finished even if the caller goes away.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{Client, cache::Cache, reconcile::in_order};
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

/// How often a call asks whether it is its turn.
const TURN: Duration = Duration::from_millis(20);

/// The right to create worklogs on an issue, until it is dropped.
struct Turn {
    cache: Arc<Cache>,
    issue: IssueId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.cache.end_creating(self.issue);
    }
}

/// Why there is no stored worklog to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError {
    /// Certainly nothing was changed.
    Refused(Error),
    /// The answer was lost, and Tempo did not have it when read for the last time.
    NotFound { as_of: Timestamp, cause: Error },
    /// The answer was lost, and reading did not tell what became of it.
    Unknown(Error),
}

impl WriteError {
    #[must_use]
    pub fn cause(&self) -> &Error {
        match self {
            Self::Refused(it) | Self::Unknown(it) | Self::NotFound { cause: it, .. } => it,
        }
    }
}

/// How many of a write's worklogs are as wanted, the first of them, and what became of the others.
trait Outcome {
    fn noted(&self) -> (Option<WorklogId>, usize, Option<&'static str>);
}

fn word(error: &WriteError) -> &'static str {
    match error {
        WriteError::Refused(Error { kind: ErrorKind::Unreachable { sent: false, .. }, .. }) => "not sent",
        WriteError::Refused(_) => "refused",
        WriteError::NotFound { .. } => "not found",
        WriteError::Unknown(_) => "unknown",
    }
}

impl Outcome for Written {
    fn noted(&self) -> (Option<WorklogId>, usize, Option<&'static str>) {
        match self {
            Ok(worklog) => (Some(worklog.id), 1, None),
            Err(error) => (None, 0, Some(word(error))),
        }
    }
}

impl Outcome for Result<(), WriteError> {
    fn noted(&self) -> (Option<WorklogId>, usize, Option<&'static str>) {
        self.as_ref().map_or_else(|error| (None, 0, Some(word(error))), |()| (None, 1, None))
    }
}

impl Outcome for Vec<Written> {
    fn noted(&self) -> (Option<WorklogId>, usize, Option<&'static str>) {
        let stored = || self.iter().flatten().map(|it| it.id);
        (stored().next(), stored().count(), self.iter().find_map(|it| it.as_ref().err()).map(word))
    }
}

/// What became of one entry, or of one write.
pub type Written = Result<Worklog, WriteError>;

impl Client {
    /// Stores one worklog.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn create(&self, issue: IssueId, draft: Draft) -> Written {
        self.finish(WriteKind::Create, None, 1, |client| async move {
            let _turn = client.turn(issue).await;
            let started = client.now();
            match client.post_one(issue, &draft).await {
                Ok(worklog) => Ok(client.stored(worklog)),
                Err(cause) if cause.kind.may_have_happened() => {
                    let settled = client.settle(issue, std::slice::from_ref(&draft), started, &cause).await;
                    settled.into_iter().next().unwrap_or(Err(WriteError::Unknown(cause)))
                }
                Err(cause) => Err(WriteError::Refused(cause)),
            }
        })
        .await
        .unwrap_or_else(|| Err(self.interrupted()))
    }

    /// Stores at most 50 worklogs on one issue in one call; what became of each, in order.
    ///
    /// Whether Tempo stores all or nothing of a call that it refuses is not documented, so after a refusal of the
    /// call's content what was stored is looked up.
    pub async fn create_many(&self, issue: IssueId, drafts: Vec<Draft>) -> Vec<Written> {
        let count = drafts.len();
        self.finish(WriteKind::Create, None, count, |client| async move {
            let _turn = client.turn(issue).await;
            let started = client.now();
            let cause = match client.post_bulk(issue, &drafts).await {
                Ok(stored) => match in_order(&drafts, stored) {
                    Some(found) => return found.into_iter().map(|it| Ok(client.stored(it))).collect(),
                    // Fewer than sent, or others: what is there decides.
                    None => client
                        .upstream
                        .error(ErrorKind::Malformed { looks_like: "other entries than were sent" }),
                },
                Err(cause) => cause,
            };
            match cause.kind {
                ErrorKind::Invalid(_) | ErrorKind::Forbidden(_) => {
                    client.stored_all_the_same(issue, &drafts, started, &cause).await
                }
                ref it if it.may_have_happened() => client.settle(issue, &drafts, started, &cause).await,
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
    pub async fn update(&self, before: &Worklog, draft: Draft) -> Written {
        let before = before.clone();
        self.finish(WriteKind::Update, Some(before.id), 1, |client| async move {
            let id = before.id;
            let cause = match client.put(id, &draft).await {
                Err(cause) if cause.kind.may_have_happened() => cause,
                other => return other.map_err(WriteError::Refused),
            };
            match client.worklog(id).await {
                // Nothing has changed: it did not arrive, and an update can be sent again. (Nor does anything change
                // where only the issue's remaining estimate was set.)
                Ok(now) if now == before => client.put_again(&before, &draft).await,
                Ok(now) if draft.is_held_by(&now) => Ok(now),
                _ => Err(WriteError::Unknown(cause)),
            }
        })
        .await
        .unwrap_or_else(|| Err(self.interrupted()))
    }

    async fn put_again(&self, before: &Worklog, draft: &Draft) -> Written {
        match self.put(before.id, draft).await {
            Err(cause) if cause.kind.may_have_happened() => match self.worklog(before.id).await {
                Ok(now) if now != *before && draft.is_held_by(&now) => Ok(now),
                _ => Err(WriteError::Unknown(cause)),
            },
            other => other.map_err(WriteError::Refused),
        }
    }

    /// Removes a worklog.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn delete(&self, id: WorklogId) -> Result<(), WriteError> {
        self.finish(WriteKind::Delete, Some(id), 1, |client| async move {
            let mut cause = match client.delete_once(id).await {
                Err(cause) if cause.kind.may_have_happened() => cause,
                other => return other.map_err(WriteError::Refused),
            };
            for last in [false, true] {
                match client.worklog(id).await {
                    Err(Error { kind: ErrorKind::NotFound(_), .. }) => return Ok(()),
                    Ok(_) if !last => {}
                    _ => break,
                }
                match client.delete_once(id).await {
                    Ok(()) | Err(Error { kind: ErrorKind::NotFound(_), .. }) => return Ok(()),
                    Err(again) if again.kind.may_have_happened() => cause = again,
                    Err(again) => return Err(WriteError::Refused(again)),
                }
            }
            Err(WriteError::Unknown(cause))
        })
        .await
        .unwrap_or_else(|| Err(self.interrupted()))
    }

    /// Waits until no other call of this tenant is creating worklogs on the issue: Tempo refuses a second bulk call
    /// (409), and of two equal entries on their way at once, one with its answer lost, nobody could tell whose the
    /// stored one is. Asked for again and again, since nothing here may wait for another request's work.
    async fn turn(&self, issue: IssueId) -> Turn {
        while !self.cache.begin_creating(self.now(), issue) {
            self.upstream.ports.clock.sleep(TURN).await;
        }
        Turn { cache: self.cache.clone(), issue }
    }

    /// Until it is sent, a write goes with its caller; from then on it is brought to its end, and stands on the trail.
    async fn finish<T, F>(
        &self,
        deed: WriteKind,
        of: Option<WorklogId>,
        asked: usize,
        work: impl FnOnce(Self) -> F,
    ) -> Option<T>
    where
        T: Outcome + Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let caller = Arc::new(());
        let mut client = self.clone();
        client.upstream.caller = Some(Arc::downgrade(&caller));
        let (work, telemetry) = (work(client), self.upstream.telemetry.clone());
        let noted = async move {
            let outcome = work.await;
            if let Some(telemetry) = telemetry {
                let (first, done, otherwise) = outcome.noted();
                telemetry.wrote(WriteRecord { deed, first: of.or(first), asked, done, otherwise });
            }
            outcome
        };
        let res = self.upstream.ports.finish(noted).await;
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
