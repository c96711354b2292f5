//! How entries are sent to Tempo: at most 50 in a request, never two requests for one issue at once.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use crate::{
    domain::{ids::IssueId, worklog::Draft},
    tempo::{WriteError, WriteResult},
    tools::{
        audience::Audience,
        context::{Clients, Context},
        error::Error,
        site_rules::depends_on_site,
    },
    upstream::{self, ErrorKind, Purpose},
};

/// The most entries that Tempo takes in one request.
pub(super) const CHUNK: usize = 50;
/// How often a request is repeated when another bulk action on the same issue is running (409).
const BUSY_RETRIES: u32 = 3;

/// What became of an entry.
pub(super) enum EntryOutcome {
    Written(WriteResult),
    /// It cannot be sent, for this reason.
    Rejected(String),
    /// It was not sent, for this reason, and may be sent as it is in another call.
    NotSent(String),
}

/// An entry that is ready to be sent, and its index in the call.
pub(super) struct QueuedEntry {
    pub(super) index: usize,
    pub(super) draft: Draft,
}

/// One bulk call while it is sent: what the requests for all its issues share.
pub(super) struct BulkRun<'a> {
    context: &'a Context,
    clients: &'a Clients,
    done: AtomicUsize,
    of: usize,
}

impl<'a> BulkRun<'a> {
    /// A run of `of` entries.
    pub(super) fn new(context: &'a Context, clients: &'a Clients, of: usize) -> Self {
        Self { context, clients, done: AtomicUsize::new(0), of }
    }
}

impl BulkRun<'_> {
    /// Sends all entries of one issue, one request after the other.
    pub(super) async fn issue(&self, issue: IssueId, queue: Vec<QueuedEntry>) -> Vec<(usize, EntryOutcome)> {
        // Tempo's bulk request has no remaining estimate, so entries with one are sent singly.
        let (single, bulk): (Vec<QueuedEntry>, Vec<QueuedEntry>) =
            queue.into_iter().partition(|it| it.draft.remaining_estimate.is_some());
        let mut res = Vec::new();
        for chunk in bulk.chunks(CHUNK) {
            let outcomes = self.chunk(issue, chunk).await;
            self.report(chunk.len());
            res.extend(chunk.iter().map(|it| it.index).zip(outcomes));
        }
        for it in &single {
            res.push((it.index, self.single(issue, &it.draft).await));
            self.report(1);
        }
        res
    }

    fn report(&self, more: usize) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        if let Some(progress) = &self.context.progress {
            progress.report(done, self.of);
        }
    }

    fn is_late(&self) -> bool {
        self.context.limits.as_ref().is_some_and(|it| it.time_to_begin(Purpose::Ordinary).is_zero())
    }

    async fn single(&self, issue: IssueId, draft: &Draft) -> EntryOutcome {
        if self.is_late() {
            return EntryOutcome::too_late();
        }
        let mut attempt = 0;
        loop {
            let written = self.clients.tempo.create(issue, draft.clone()).await;
            match &written {
                Err(WriteError::Refused(cause)) if self.waits_for(cause, attempt).await => attempt += 1,
                _ => return EntryOutcome::Written(written),
            }
        }
    }

    async fn chunk(&self, issue: IssueId, chunk: &[QueuedEntry]) -> Vec<EntryOutcome> {
        if self.is_late() {
            return chunk.iter().map(|_| EntryOutcome::too_late()).collect();
        }
        if let [only] = chunk {
            return vec![self.single(issue, &only.draft).await];
        }
        let drafts: Vec<Draft> = chunk.iter().map(|it| it.draft.clone()).collect();
        let mut attempt = 0;
        let written = loop {
            let written = self.clients.tempo.create_many(issue, drafts.clone()).await;
            match written.first() {
                Some(Err(WriteError::Refused(cause))) if self.waits_for(cause, attempt).await => attempt += 1,
                _ => break written,
            }
        };
        let mut res = Vec::with_capacity(written.len());
        for (written, it) in written.into_iter().zip(chunk) {
            res.push(match written {
                // One invalid entry fails the whole request, so each is sent singly and reports its own error.
                Err(WriteError::Refused(cause)) if is_about_an_entry(&cause) => {
                    self.single(issue, &it.draft).await
                }
                other => EntryOutcome::Written(other),
            });
        }
        res
    }

    /// Waits and returns true if the request was refused for a reason that passes.
    async fn waits_for(&self, cause: &upstream::Error, attempt: u32) -> bool {
        let passes = matches!(cause.kind, ErrorKind::Busy(_)) && attempt < BUSY_RETRIES && !self.is_late();
        if passes {
            self.context.ports.clock.sleep(Duration::from_secs(1 << attempt)).await;
        }
        passes
    }
}

/// Whether the error may be about some entries only: invalid values, or a period that is closed on some days.
fn is_about_an_entry(cause: &upstream::Error) -> bool {
    matches!(cause.kind, ErrorKind::Invalid(_) | ErrorKind::PeriodClosed(_))
}

impl EntryOutcome {
    fn too_late() -> Self {
        Self::NotSent("the call took too long".into())
    }

    /// The outcome of an entry whose draft could not be made.
    pub(super) fn without_draft(error: &Error, audience: &Audience) -> Self {
        let message = error.message(audience);
        match error {
            Error::Upstream(cause) if cause.kind.is_temporary() => Self::NotSent(message),
            _ => Self::Rejected(message),
        }
    }

    pub(super) fn depends_on_site(&self) -> bool {
        matches!(self, Self::Written(Err(WriteError::Refused(cause))) if depends_on_site(cause))
    }
}
