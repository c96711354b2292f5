//! Pacing: how many requests of one tenant may be under way at one vendor, and how fast they may follow.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::retry::LONGEST_WAIT;
use crate::ports::Clock;

const MOST_IN_FLIGHT: usize = 4;

/// Tempo's gateway allows 5 requests a second and blocks offenders (Tempo's "Best Practices for REST API").
const BURST: f64 = 30.0;
const PER_SECOND: f64 = 5.0;

/// One per tenant and vendor. On Workers one per request: nothing there waits for another request.
pub struct Gate {
    places: Semaphore,
    pace: Arc<Pace>,
    bucket: bool,
}

/// How fast a tenant's requests went so far. Plain data: it may outlive the gate.
pub(crate) struct Pace(Mutex<State>);

impl Default for Pace {
    fn default() -> Self {
        Self(Mutex::new(State { paused_until: Timestamp::MIN, tokens: BURST, filled_at: Timestamp::MIN }))
    }
}

struct State {
    /// Whoever met a 429 pauses everybody of this gate until then.
    paused_until: Timestamp,
    tokens: f64,
    filled_at: Timestamp,
}

impl Gate {
    /// `bucket`: whether requests are also counted against a bucket of 30 that refills at 5 a second.
    #[must_use]
    pub(crate) fn new(pace: Arc<Pace>, bucket: bool) -> Self {
        Self { places: Semaphore::new(MOST_IN_FLIGHT), pace, bucket }
    }

    /// Waits for a place; it is free again when the permit is dropped.
    ///
    /// # Errors
    /// The pause that the vendor asked for is longer than anybody should wait: how long it still is.
    pub(crate) async fn enter(&self, clock: &dyn Clock) -> Result<Option<SemaphorePermit<'_>>, Duration> {
        // Closed is never: nobody closes it.
        let place = self.places.acquire().await.ok();
        loop {
            let wait = self.wait(clock.now());
            match wait {
                Duration::ZERO => return Ok(place),
                it if it > LONGEST_WAIT => return Err(it),
                it => clock.sleep(it).await,
            }
        }
    }

    /// Lets nobody in for `wait`.
    pub(crate) fn pause(&self, clock: &dyn Clock, wait: Duration) {
        let mut state = self.pace.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        state.paused_until = state.paused_until.max(until);
    }

    /// Zero: go, and a token is taken. Otherwise the time after which to ask again.
    fn wait(&self, now: Timestamp) -> Duration {
        let mut state = self.pace.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now < state.paused_until {
            return Duration::try_from(state.paused_until.duration_since(now)).unwrap_or_default();
        }
        if !self.bucket {
            return Duration::ZERO;
        }
        let passed = now.duration_since(state.filled_at).as_secs_f64().max(0.0);
        state.tokens = (state.tokens + passed * PER_SECOND).min(BURST);
        state.filled_at = now;
        if state.tokens < 1.0 {
            return Duration::from_secs_f64((1.0 - state.tokens) / PER_SECOND + 0.001);
        }
        state.tokens -= 1.0;
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_thirty_then_five_a_second() {
        let gate = Gate::new(Arc::default(), true);
        let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        assert!((0..30).all(|_| gate.wait(start) == Duration::ZERO));
        let wait = gate.wait(start);
        assert!((190..220).contains(&wait.as_millis()), "{wait:?}");
        let later = start.checked_add(Duration::from_secs(1)).unwrap();
        assert_eq!((0..10).filter(|_| gate.wait(later) == Duration::ZERO).count(), 5);
    }
}
