//! Our own limits per tenant and vendor: how many requests may be in flight, how fast they may follow each other, and when
//! none is sent because the vendor asked for a pause or does not respond.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    circuit::Circuit,
    retry::{LONGEST_WAIT, jitter},
};
use crate::ports::{Clock, Entropy};

const MAX_IN_FLIGHT: usize = 4;

/// Tempo's gateway allows 5 requests a second and blocks clients that exceed it (Tempo's "Best Practices for REST
/// API").
const BURST: f64 = 30.0;
const PER_SECOND: f64 = 5.0;

/// If a vendor asks for a longer pause, this much of it is observed.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How often a single request is sent after that, for as long as the vendor's pause lasts.
const TRIAL_INTERVAL: Duration = Duration::from_secs(60);

/// Limits the requests of one tenant to one vendor.
///
/// On Workers there is one per request, because a request there cannot wait for another request.
pub struct Throttle {
    permits: Semaphore,
    state: Arc<ThrottleState>,
    has_bucket: bool,
}

/// How a tenant's requests to a vendor went so far. Plain data that may outlive its [`Throttle`].
#[derive(Default)]
pub(crate) struct ThrottleState {
    bucket: Mutex<Bucket>,
    pause: Mutex<Pause>,
    circuit: Circuit,
}

/// All times are monotonic, here and below.
struct Bucket {
    tokens: f64,
    filled_at: Duration,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { tokens: BURST, filled_at: Duration::ZERO }
    }
}

/// The pause that a 429 asked for; it applies to all requests of this tenant to this vendor.
#[derive(Default)]
struct Pause {
    began_at: Duration,
    /// The time of the last 429.
    limited_at: Duration,
    until: Duration,
    /// When the next request is sent even though the pause is not over.
    next_trial: Duration,
}

/// Why a request may not be sent.
pub(super) enum NotNow {
    /// The vendor asked for a pause that is too long to wait for, or longer than the call has time. Holds what is left of it.
    Paused(Duration),
    /// The call has no time left.
    TooLate,
}

impl Throttle {
    /// `has_bucket`: whether requests also count against a bucket of 30 that refills at 5 a second.
    #[must_use]
    pub(crate) fn new(state: Arc<ThrottleState>, has_bucket: bool) -> Self {
        Self { permits: Semaphore::new(MAX_IN_FLIGHT), state, has_bucket }
    }

    pub(super) fn circuit(&self) -> &Circuit {
        &self.state.circuit
    }

    /// Waits for one of the permits of requests in flight. `None`: none was free before `sleep` ended.
    pub(super) async fn acquire(&self, sleep: impl Future<Output = ()>) -> Option<SemaphorePermit<'_>> {
        if let Ok(permit) = self.permits.try_acquire() {
            return Some(permit);
        }
        let acquired = std::pin::pin!(self.permits.acquire());
        match futures::future::select(acquired, std::pin::pin!(sleep)).await {
            // The semaphore is never closed.
            futures::future::Either::Left((permit, _)) => permit.ok(),
            futures::future::Either::Right(_) => None,
        }
    }

    /// Waits until a request may be sent, at most for `left`.
    pub(super) async fn wait_until_allowed(
        &self,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        left: Option<Duration>,
    ) -> Result<(), NotNow> {
        let until = left.map(|it| clock.monotonic().saturating_add(it));
        loop {
            let now = clock.monotonic();
            let is_too_late = |wait: Duration| until.is_some_and(|until| now.saturating_add(wait) >= until);
            let wait = match self.state.pause.lock().left(now) {
                Some(wait) if wait > LONGEST_WAIT || is_too_late(wait) => return Err(NotNow::Paused(wait)),
                // Requests that waited for the same pause must not all continue at the same moment.
                Some(wait) => wait + jitter(entropy, wait),
                None if self.has_bucket => self.state.bucket.lock().take(now),
                None => Duration::ZERO,
            };
            match wait {
                Duration::ZERO => return Ok(()),
                it if is_too_late(it) => return Err(NotNow::TooLate),
                it => clock.sleep(it).await,
            }
        }
    }

    /// Lets no request start for the time that a 429 asked for. Returns how long until one is sent again, five minutes
    /// at most.
    pub(super) fn pause(&self, now: Duration, asked: Duration) -> Duration {
        self.state.pause.lock().extend(now, asked)
    }

    /// Ends a pause if a request that was sent after it began got a response other than 429.
    pub(super) fn accepted(&self, sent_at: Duration) {
        let mut pause = self.state.pause.lock();
        if sent_at > pause.limited_at {
            pause.until = Duration::ZERO;
        }
    }
}

impl Pause {
    /// How long no request may be sent; `None` if one may be sent now.
    fn left(&mut self, now: Duration) -> Option<Duration> {
        if now >= self.until {
            return None;
        }
        if now >= self.next_trial {
            self.next_trial = now + TRIAL_INTERVAL;
            return None;
        }
        Some(self.until.min(self.next_trial).saturating_sub(now))
    }

    fn extend(&mut self, now: Duration, asked: Duration) -> Duration {
        if now >= self.until {
            self.began_at = now;
        }
        self.limited_at = now;
        self.until = self.until.max(now.saturating_add(asked));
        let believed = (self.began_at + LONGEST_PAUSE).max(now + TRIAL_INTERVAL);
        self.next_trial = self.next_trial.max(now.saturating_add(asked).min(believed));
        self.until.min(self.next_trial).saturating_sub(now)
    }
}

impl Bucket {
    /// Takes a token and returns zero, or returns the time after which to try again.
    fn take(&mut self, now: Duration) -> Duration {
        let elapsed = now.saturating_sub(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + elapsed * PER_SECOND).min(BURST);
        self.filled_at = now;
        if self.tokens < 1.0 {
            return Duration::from_secs_f64((1.0 - self.tokens) / PER_SECOND + 0.001);
        }
        self.tokens -= 1.0;
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_000_000 + seconds)
    }

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn burst_of_thirty_is_followed_by_five_a_second() {
        let mut bucket = Bucket::default();
        assert!((0..30).all(|_| bucket.take(at(0)) == Duration::ZERO));
        let wait = bucket.take(at(0));
        assert!((190..220).contains(&wait.as_millis()), "{wait:?}");
        assert_eq!((0..10).filter(|_| bucket.take(at(1)) == Duration::ZERO).count(), 5);
    }

    #[test]
    fn pause_of_up_to_five_minutes_is_kept() {
        let mut pause = Pause::default();
        assert_eq!(pause.extend(at(0), seconds(300)), seconds(300));
        assert_eq!(pause.extend(at(1), seconds(2)), seconds(299), "the longest counts");
        assert_eq!((pause.left(at(299)), pause.left(at(300))), (Some(seconds(1)), None));
    }

    #[test]
    fn longer_pause_is_tried_once_a_minute_after_five() {
        let mut pause = Pause::default();
        assert_eq!(pause.extend(at(0), Duration::MAX), seconds(300));
        assert_eq!(pause.left(at(299)), Some(seconds(1)));
        assert_eq!(pause.left(at(300)), None);
        assert_eq!(pause.left(at(300)), Some(seconds(60)), "one request");
        assert_eq!(pause.extend(at(301), seconds(3600)), seconds(60), "and not another five minutes");
        assert_eq!((pause.left(at(360)), pause.left(at(361))), (Some(seconds(1)), None));
        assert_eq!(pause.left(at(400)), Some(seconds(21)));
    }
}
