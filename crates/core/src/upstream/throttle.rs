//! Our own limits per tenant and vendor: how many requests may be in flight, and how fast they may follow each other.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::retry::LONGEST_WAIT;
use crate::ports::Clock;

const MAX_IN_FLIGHT: usize = 4;

/// Tempo's gateway allows 5 requests a second and blocks clients that exceed it (Tempo's "Best Practices for REST
/// API").
const BURST: f64 = 30.0;
const PER_SECOND: f64 = 5.0;

/// Limits the requests of one tenant to one vendor.
///
/// On Workers there is one per request, because a request there cannot wait for another request.
pub struct Throttle {
    permits: Semaphore,
    state: Arc<ThrottleState>,
    has_bucket: bool,
}

/// How fast a tenant's requests were sent so far. Plain data that may outlive its [`Throttle`].
pub(crate) struct ThrottleState(Mutex<Bucket>);

impl Default for ThrottleState {
    fn default() -> Self {
        Self(Mutex::new(Bucket { paused_until: Timestamp::MIN, tokens: BURST, filled_at: Timestamp::MIN }))
    }
}

struct Bucket {
    /// Set by a 429; applies to all requests of this tenant to this vendor.
    paused_until: Timestamp,
    tokens: f64,
    filled_at: Timestamp,
}

impl Throttle {
    /// `has_bucket`: whether requests also count against a bucket of 30 that refills at 5 a second.
    #[must_use]
    pub(crate) fn new(state: Arc<ThrottleState>, has_bucket: bool) -> Self {
        Self { permits: Semaphore::new(MAX_IN_FLIGHT), state, has_bucket }
    }

    /// Waits until a request may be sent. Dropping the permit frees its place in flight.
    ///
    /// # Errors
    /// The vendor asked for a pause that is too long to wait for; returns how much of it is left.
    pub(crate) async fn acquire(&self, clock: &dyn Clock) -> Result<Option<SemaphorePermit<'_>>, Duration> {
        // The semaphore is never closed, so this never fails.
        let permit = self.permits.acquire().await.ok();
        loop {
            let wait = self.wait(clock.now());
            match wait {
                Duration::ZERO => return Ok(permit),
                it if it > LONGEST_WAIT => return Err(it),
                it => clock.sleep(it).await,
            }
        }
    }

    /// Lets no request start for `wait`.
    pub(crate) fn pause(&self, clock: &dyn Clock, wait: Duration) {
        let mut bucket = self.state.0.lock();
        let until = clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        bucket.paused_until = bucket.paused_until.max(until);
    }

    /// Takes a token and returns zero, or returns the time after which to try again.
    fn wait(&self, now: Timestamp) -> Duration {
        let mut bucket = self.state.0.lock();
        if now < bucket.paused_until {
            return Duration::try_from(bucket.paused_until.duration_since(now)).unwrap_or_default();
        }
        if !self.has_bucket {
            return Duration::ZERO;
        }
        let elapsed = now.duration_since(bucket.filled_at).as_secs_f64().max(0.0);
        bucket.tokens = (bucket.tokens + elapsed * PER_SECOND).min(BURST);
        bucket.filled_at = now;
        if bucket.tokens < 1.0 {
            return Duration::from_secs_f64((1.0 - bucket.tokens) / PER_SECOND + 0.001);
        }
        bucket.tokens -= 1.0;
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_of_thirty_is_followed_by_five_a_second() {
        let throttle = Throttle::new(Arc::default(), true);
        let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        assert!((0..30).all(|_| throttle.wait(start) == Duration::ZERO));
        let wait = throttle.wait(start);
        assert!((190..220).contains(&wait.as_millis()), "{wait:?}");
        let later = start.checked_add(Duration::from_secs(1)).unwrap();
        assert_eq!((0..10).filter(|_| throttle.wait(later) == Duration::ZERO).count(), 5);
    }
}
