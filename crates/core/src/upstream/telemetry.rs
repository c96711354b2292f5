//! What one request of a client did: its calls to the vendors, its writes, and how it ended.
//!
//! Everything that works for the request shares one [`RequestTelemetry`], including writes that continue in the
//! background. When the last owner drops it, the summary goes to the [`Observer`]. Logs, metrics and the record of
//! writes are made from the summary elsewhere (`service`).

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};

use super::{Vendor, budget::RequestBudget};
use crate::{domain::ids::WorklogId, ports::Clock};

/// Collects what happens during one request.
pub struct RequestTelemetry {
    /// Identifies the request in every log line.
    id: String,
    summary: Mutex<RequestSummary>,
    budget: RequestBudget,
    observer: Arc<dyn Observer>,
}

/// Receives the summary of a request when all its work is over.
pub trait Observer: Send + Sync {
    /// Called once per request, with the request's id.
    fn finished(&self, id: &str, summary: RequestSummary);
}

/// What is known about a request: names from fixed lists and numbers, and no text that a person wrote.
#[derive(Debug, Default)]
pub struct RequestSummary {
    pub method: Option<&'static str>,
    pub tool: Option<&'static str>,
    pub outcome: Option<&'static str>,
    pub calls: Vec<UpstreamCalls>,
    pub writes: Vec<WriteRecord>,
}

/// The requests to one vendor that ended in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamCalls {
    pub vendor: Vendor,
    pub outcome: &'static str,
    pub count: u32,
    /// The sum over all of them.
    pub duration: Duration,
}

/// One write of worklogs, as far as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteRecord {
    pub kind: WriteKind,
    /// The first worklog that was created, or the one that was edited or deleted.
    pub first: Option<WorklogId>,
    pub requested: usize,
    pub succeeded: usize,
    /// What became of the others: `refused`, `not found`, `unknown` or `not sent`.
    pub rest: Option<&'static str>,
}

/// What a write does to worklogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteKind {
    Create,
    Update,
    Delete,
}

impl RequestTelemetry {
    /// `limit`: how many requests may be sent to vendors, where the platform counts them.
    #[must_use]
    pub fn new(id: String, limit: Option<u32>, observer: Arc<dyn Observer>) -> Arc<Self> {
        Arc::new(Self { id, summary: Mutex::default(), budget: RequestBudget::new(limit), observer })
    }

    /// The request's id, as log lines show it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How many requests may still be sent to vendors; `None` for any number.
    #[must_use]
    pub fn requests_left(&self) -> Option<u32> {
        self.budget.remaining()
    }

    pub fn set_method(&self, method: &'static str) {
        self.summary().method = Some(method);
    }

    pub fn set_tool(&self, tool: &'static str) {
        self.summary().tool = Some(tool);
    }

    pub fn set_outcome(&self, outcome: &'static str) {
        self.summary().outcome = Some(outcome);
    }

    pub(crate) fn record_write(&self, write: WriteRecord) {
        self.summary().writes.push(write);
    }

    /// Takes one request from the budget. `false` if the budget is used up.
    pub(super) fn try_take_request(&self) -> bool {
        self.budget.try_take()
    }

    fn record_call(&self, vendor: Vendor, outcome: &'static str, duration: Duration) {
        let mut summary = self.summary();
        match summary.calls.iter_mut().find(|it| it.vendor == vendor && it.outcome == outcome) {
            Some(calls) => {
                calls.count += 1;
                calls.duration += duration;
            }
            None => summary.calls.push(UpstreamCalls { vendor, outcome, count: 1, duration }),
        }
    }

    fn summary(&self) -> MutexGuard<'_, RequestSummary> {
        self.summary.lock()
    }
}

impl Drop for RequestTelemetry {
    fn drop(&mut self) {
        let summary = std::mem::take(&mut *self.summary());
        self.observer.finished(&self.id, summary);
    }
}

/// A duration for the log. In 64 bits, because the JSON format writes wider numbers as texts.
#[must_use]
pub fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A request to a vendor that is under way. Recorded when dropped, so a cancelled request is recorded too.
pub(super) struct CallTimer<'a> {
    telemetry: Option<&'a RequestTelemetry>,
    clock: &'a dyn Clock,
    vendor: Vendor,
    started: Timestamp,
    outcome: &'static str,
}

impl<'a> CallTimer<'a> {
    pub(super) fn start(
        telemetry: Option<&'a RequestTelemetry>,
        clock: &'a dyn Clock,
        vendor: Vendor,
    ) -> Self {
        Self { telemetry, clock, vendor, started: clock.now(), outcome: "given up" }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.clock.now().duration_since(self.started).try_into().unwrap_or_default()
    }

    pub(super) fn finish(mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for CallTimer<'_> {
    fn drop(&mut self) {
        if let Some(telemetry) = self.telemetry {
            telemetry.record_call(self.vendor, self.outcome, self.elapsed());
        }
    }
}
