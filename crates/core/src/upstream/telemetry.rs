//! The trail of one request of a client: what it asked of the vendors, what it wrote, and how it ended.
//!
//! Whoever works for the request holds it, writes that go on in the background too; the last to let go hands the facts
//! to their reader. Elsewhere: what is made of them (log, metrics, audit: `web`).

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;

use super::Vendor;
use crate::{domain::ids::WorklogId, ports::Clock};

/// One request's trail.
pub struct RequestTelemetry {
    /// Names the request in every line of the log.
    id: String,
    facts: Mutex<RequestSummary>,
    /// Requests to vendors that may still be sent; `None`: any number.
    left: Option<AtomicU32>,
    reader: Arc<dyn Reader>,
}

/// Takes the facts when all work for the request is over.
pub trait Reader: Send + Sync {
    fn over(&self, id: &str, facts: RequestSummary);
}

/// What is known of a request: names out of fixed lists, numbers, and nothing that a person wrote.
#[derive(Debug, Default)]
pub struct RequestSummary {
    pub method: Option<&'static str>,
    pub tool: Option<&'static str>,
    pub outcome: Option<&'static str>,
    pub asked: Vec<Asked>,
    pub wrote: Vec<WriteRecord>,
}

/// Requests to one vendor that ended alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub vendor: Vendor,
    pub outcome: &'static str,
    pub times: u32,
    /// Together.
    pub took: Duration,
}

/// One write of worklogs, as far as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteRecord {
    pub deed: WriteKind,
    /// The first of those that are there, or the one that was there before.
    pub first: Option<WorklogId>,
    pub asked: usize,
    pub done: usize,
    /// What became of the others: `refused`, `not found`, `unknown` or `not sent`.
    pub otherwise: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteKind {
    Create,
    Update,
    Delete,
}

impl RequestTelemetry {
    /// `most`: how many requests may be sent to vendors, where the platform counts them.
    #[must_use]
    pub fn new(id: String, most: Option<u32>, reader: Arc<dyn Reader>) -> Arc<Self> {
        Arc::new(Self { id, facts: Mutex::default(), left: most.map(AtomicU32::new), reader })
    }

    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How many requests may still be sent to vendors; `None`: any number.
    #[must_use]
    pub fn left(&self) -> Option<u32> {
        self.left.as_ref().map(|it| it.load(Ordering::Acquire))
    }

    pub fn set_method(&self, method: &'static str) {
        self.facts().method = Some(method);
    }

    pub fn set_tool(&self, tool: &'static str) {
        self.facts().tool = Some(tool);
    }

    pub fn set_outcome(&self, outcome: &'static str) {
        self.facts().outcome = Some(outcome);
    }

    pub(crate) fn wrote(&self, it: WriteRecord) {
        self.facts().wrote.push(it);
    }

    /// Takes one of the requests that are left. `false`: there is none.
    pub(super) fn may_ask(&self) -> bool {
        let take = |left: &AtomicU32| {
            left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |it| it.checked_sub(1)).is_ok()
        };
        self.left.as_ref().is_none_or(take)
    }

    fn asked(&self, vendor: Vendor, outcome: &'static str, took: Duration) {
        let mut facts = self.facts();
        match facts.asked.iter_mut().find(|it| it.vendor == vendor && it.outcome == outcome) {
            Some(it) => {
                it.times += 1;
                it.took += took;
            }
            None => facts.asked.push(Asked { vendor, outcome, times: 1, took }),
        }
    }

    fn facts(&self) -> MutexGuard<'_, RequestSummary> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RequestTelemetry {
    fn drop(&mut self) {
        let facts = std::mem::take(&mut *self.facts());
        self.reader.over(&self.id, facts);
    }
}

/// A request to a vendor that is under way; on the trail when dropped, also where nobody waited for its end.
pub(super) struct Asking<'a> {
    telemetry: Option<&'a RequestTelemetry>,
    clock: &'a dyn Clock,
    vendor: Vendor,
    started: Timestamp,
    outcome: &'static str,
}

impl<'a> Asking<'a> {
    pub(super) fn begin(
        telemetry: Option<&'a RequestTelemetry>,
        clock: &'a dyn Clock,
        vendor: Vendor,
    ) -> Self {
        Self { telemetry, clock, vendor, started: clock.now(), outcome: "given up" }
    }

    pub(super) fn took(&self) -> Duration {
        self.clock.now().duration_since(self.started).try_into().unwrap_or_default()
    }

    pub(super) fn end(mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if let Some(telemetry) = self.telemetry {
            telemetry.asked(self.vendor, self.outcome, self.took());
        }
    }
}
