//! What limits one tool call with all its requests: time, and the permits of the service's bulkheads.

use std::{future::Future, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;

use super::{Vendor, bulkhead::Bulkhead};
use crate::ports::Clock;

/// How long a call may take, counted from its start. Clients give up after 60 seconds, so it ends before that whatever
/// the vendors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    /// Reads that only decorate the result are given up at this time, so that the rest has time left.
    decorate: Duration,
    /// Until this time something new may be started: a write, or a read that is not about one already sent.
    begin: Duration,
    /// A request without a response by this time counts as lost.
    respond: Duration,
    /// Until this time lost writes are reconciled.
    reconcile: Duration,
    /// The result is returned by this time. The second before it is for composing the result.
    end: Duration,
}

impl TimeLimits {
    pub const READ: Self = Self::seconds([30, 44, 44, 44, 45]);
    pub const WRITE: Self = Self::seconds([15, 30, 45, 54, 55]);
    /// A bulk write whose client receives its progress, and so keeps waiting.
    pub const BULK_WITH_PROGRESS: Self = Self::seconds([15, 215, 230, 239, 240]);

    const fn seconds([decorate, begin, respond, reconcile, end]: [u64; 5]) -> Self {
        Self {
            decorate: Duration::from_secs(decorate),
            begin: Duration::from_secs(begin),
            respond: Duration::from_secs(respond),
            reconcile: Duration::from_secs(reconcile),
            end: Duration::from_secs(end),
        }
    }
}

/// What a request is for. It decides until when it may be sent and waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Purpose {
    /// A read, or a write that begins something.
    #[default]
    Ordinary,
    /// A read that the result can do without.
    Decoration,
    /// A write without which an earlier one would be half done, or that repeats one which did not arrive.
    Completion,
    /// A read that finds out what became of a write.
    Reconciliation,
}

impl Purpose {
    /// Whether a change would stay half done, or its outcome unknown, if other requests came first.
    pub(super) fn must_go_on(self) -> bool {
        matches!(self, Self::Completion | Self::Reconciliation)
    }
}

/// The limits of one tool call. All its requests share them, including those in the background.
pub struct CallLimits {
    clock: Arc<dyn Clock>,
    bulkheads: Arc<[Arc<Bulkhead>]>,
    state: Mutex<CallState>,
    _call: Vec<OwnedSemaphorePermit>,
}

struct CallState {
    times: TimeLimits,
    /// The monotonic start, moved forward by all the time for which the call's clock was stopped.
    began: Duration,
    /// How many parts of the call wait for a person, and since when.
    stopped: Option<(usize, Duration)>,
    tempo: Waiting,
    jira: Waiting,
}

/// The requests of a call that wait for one vendor, and the permits that they hold together.
#[derive(Default)]
struct Waiting {
    requests: usize,
    permits: Vec<OwnedSemaphorePermit>,
}

/// Too many calls wait for the vendor.
pub(super) struct Crowded;

/// Counts a request as waiting, until it is dropped.
pub(super) struct WaitPermit(Arc<CallLimits>, Vendor);

impl CallLimits {
    /// The limits of a call that begins now, or `None` if the bulkheads have no permit for it.
    #[must_use]
    pub fn begin(
        times: TimeLimits,
        clock: &Arc<dyn Clock>,
        bulkheads: &Arc<[Arc<Bulkhead>]>,
    ) -> Option<Arc<Self>> {
        let calls = bulkheads.iter().map(|it| it.try_acquire_call()).collect::<Option<Vec<_>>>()?;
        let (tempo, jira) = (Waiting::default(), Waiting::default());
        let state = CallState { times, began: clock.monotonic(), stopped: None, tempo, jira };
        Some(Arc::new(Self {
            clock: clock.clone(),
            bulkheads: bulkheads.clone(),
            state: Mutex::new(state),
            _call: calls,
        }))
    }

    /// Gives the call other times, from the same start.
    pub(crate) fn extend(&self, times: TimeLimits) {
        self.state.lock().times = times;
    }

    /// How long the call may take in all.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.state.lock().times.end
    }

    /// Returns when the call's time is over.
    pub async fn run_out(&self) {
        loop {
            match self.left(|it| it.end) {
                Duration::ZERO => return,
                left => self.clock.sleep(left).await,
            }
        }
    }

    /// Runs `work`, which waits for a person, without counting its time.
    pub async fn off_the_clock<T>(&self, work: impl Future<Output = T>) -> T {
        let _stopped = StoppedClock::of(self);
        work.await
    }

    /// How long a request may still be begun. Zero if it is too late.
    pub(crate) fn time_to_begin(&self, purpose: Purpose) -> Duration {
        self.left(|it| match purpose {
            Purpose::Decoration => it.decorate,
            Purpose::Ordinary => it.begin,
            Purpose::Completion => it.respond,
            Purpose::Reconciliation => it.reconcile,
        })
    }

    /// How long a request that is sent now may wait for its response.
    pub(super) fn time_to_respond(&self, purpose: Purpose, reads: bool) -> Duration {
        self.left(|it| match purpose {
            Purpose::Decoration => it.decorate,
            // A write that is not sent by then is never sent, so the reads before it are not waited for either.
            Purpose::Ordinary if reads => it.begin,
            Purpose::Ordinary | Purpose::Completion => it.respond,
            Purpose::Reconciliation => it.reconcile,
        })
    }

    fn left(&self, limit: impl FnOnce(&TimeLimits) -> Duration) -> Duration {
        let state = self.state.lock();
        let now = state.stopped.map_or_else(|| self.clock.monotonic(), |(_, since)| since);
        limit(&state.times).saturating_sub(now.saturating_sub(state.began))
    }

    /// Counts a request as waiting for `vendor`. The first of a call takes a permit of each bulkhead, the last returns it.
    pub(super) fn wait_for(self: &Arc<Self>, vendor: Vendor) -> Result<WaitPermit, Crowded> {
        let mut state = self.state.lock();
        let waiting = state.waiting(vendor);
        if waiting.requests == 0 {
            let permits = self.bulkheads.iter().map(|it| it.try_acquire_vendor(vendor));
            waiting.permits = permits.collect::<Option<_>>().ok_or(Crowded)?;
        }
        waiting.requests += 1;
        drop(state);
        Ok(WaitPermit(self.clone(), vendor))
    }
}

impl CallState {
    fn waiting(&mut self, vendor: Vendor) -> &mut Waiting {
        match vendor {
            Vendor::Tempo => &mut self.tempo,
            Vendor::Jira | Vendor::Login => &mut self.jira,
        }
    }
}

impl Drop for WaitPermit {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        let waiting = state.waiting(self.1);
        waiting.requests = waiting.requests.saturating_sub(1);
        if waiting.requests == 0 {
            waiting.permits.clear();
        }
    }
}

/// Stops a call's clock until it is dropped. Several may exist at once.
struct StoppedClock<'a>(&'a CallLimits);

impl<'a> StoppedClock<'a> {
    fn of(limits: &'a CallLimits) -> Self {
        let now = limits.clock.monotonic();
        let mut state = limits.state.lock();
        state.stopped = Some(state.stopped.map_or((1, now), |(count, since)| (count + 1, since)));
        Self(limits)
    }
}

impl Drop for StoppedClock<'_> {
    fn drop(&mut self) {
        let now = self.0.clock.monotonic();
        let mut state = self.0.state.lock();
        match state.stopped {
            Some((1, since)) => {
                state.began += now.saturating_sub(since);
                state.stopped = None;
            }
            Some((count, since)) => state.stopped = Some((count.saturating_sub(1), since)),
            None => {}
        }
    }
}
