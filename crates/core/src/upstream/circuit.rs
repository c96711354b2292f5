//! A circuit breaker per tenant and vendor: a vendor that has not responded to three requests in a row gets none for a
//! while, so that calls fail at once instead of waiting.

use std::time::Duration;

use parking_lot::Mutex;

/// How many time-outs in a row open the circuit.
const MAX_TIME_OUTS: u32 = 3;
/// How long the circuit stays open. After that a single request tries the vendor.
const OPEN_FOR: Duration = Duration::from_secs(15);
/// A trial that the platform aborted without dropping it counts as over after this time.
const LONGEST_TRIAL: Duration = Duration::from_secs(31);

/// Plain data that may outlive every client. All times are monotonic.
#[derive(Default)]
pub(super) struct Circuit(Mutex<CircuitState>);

#[derive(Default)]
struct CircuitState {
    time_outs: u32,
    /// No request is sent before this time. While a trial is in progress, this is when the trial must be over.
    closed_off_until: Duration,
}

/// How a request ended, as far as it says something about the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CircuitEvent {
    Responded,
    TimedOut,
    /// The request was given up so early that the missing response proves nothing.
    CutShort,
    /// No connection, or one that broke: such requests fail quickly by themselves.
    Failed,
}

/// The right to send one request. Dropping it without a response ends a trial.
pub(super) struct CircuitPermit<'a> {
    circuit: &'a Circuit,
    is_trial: bool,
}

impl Circuit {
    /// Lets a request pass, unless the circuit is open.
    ///
    /// # Errors
    /// How long the vendor gets no request.
    pub(super) fn pass(&self, now: Duration) -> Result<CircuitPermit<'_>, Duration> {
        let mut state = self.0.lock();
        if state.time_outs < MAX_TIME_OUTS {
            return Ok(CircuitPermit { circuit: self, is_trial: false });
        }
        if now < state.closed_off_until {
            return Err(state.closed_off_until.saturating_sub(now));
        }
        state.closed_off_until = now + LONGEST_TRIAL;
        Ok(CircuitPermit { circuit: self, is_trial: true })
    }

    /// Lets a request pass even if the circuit is open.
    pub(super) fn pass_anyway(&self) -> CircuitPermit<'_> {
        CircuitPermit { circuit: self, is_trial: false }
    }
}

impl CircuitPermit<'_> {
    /// Records how the request ended. Returns whether this opened the circuit.
    pub(super) fn end(mut self, event: CircuitEvent, now: Duration) -> bool {
        let was_trial = std::mem::take(&mut self.is_trial);
        let mut state = self.circuit.0.lock();
        match event {
            CircuitEvent::Responded | CircuitEvent::Failed => {
                *state = CircuitState::default();
                return false;
            }
            CircuitEvent::CutShort if !was_trial => return false,
            CircuitEvent::CutShort => {}
            CircuitEvent::TimedOut => state.time_outs = state.time_outs.saturating_add(1),
        }
        if state.time_outs >= MAX_TIME_OUTS {
            state.closed_off_until = now + OPEN_FOR;
        }
        !was_trial && state.time_outs == MAX_TIME_OUTS
    }
}

impl Drop for CircuitPermit<'_> {
    fn drop(&mut self) {
        if self.is_trial {
            self.circuit.0.lock().closed_off_until = Duration::ZERO;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(1_000_000 + seconds)
    }

    fn opened() -> Circuit {
        let circuit = Circuit::default();
        for opens in [false, false, true] {
            assert_eq!(circuit.pass(at(0)).ok().unwrap().end(CircuitEvent::TimedOut, at(0)), opens);
        }
        circuit
    }

    fn wait(circuit: &Circuit, seconds: u64) -> Option<u64> {
        circuit.pass(at(seconds)).err().map(|it| it.as_secs())
    }

    #[test]
    fn three_time_outs_in_a_row_open_the_circuit() {
        let circuit = Circuit::default();
        for response in
            [CircuitEvent::TimedOut, CircuitEvent::TimedOut, CircuitEvent::Responded, CircuitEvent::TimedOut]
        {
            circuit.pass(at(0)).ok().unwrap().end(response, at(0));
            circuit.pass(at(0)).ok().unwrap().end(CircuitEvent::CutShort, at(0));
        }
        assert_eq!(wait(&circuit, 0), None);
        let circuit = opened();
        assert_eq!((wait(&circuit, 0), wait(&circuit, 14)), (Some(15), Some(1)));
    }

    #[test]
    fn one_request_tries_after_fifteen_seconds() {
        let circuit = opened();
        let trial = circuit.pass(at(15)).ok().unwrap();
        assert_eq!(wait(&circuit, 16), Some(30), "one at a time");
        assert!(!trial.end(CircuitEvent::TimedOut, at(45)));
        assert_eq!(wait(&circuit, 45), Some(15));
        circuit.pass(at(60)).ok().unwrap().end(CircuitEvent::Responded, at(61));
        assert_eq!((wait(&circuit, 61), wait(&circuit, 61)), (None, None));
    }

    #[test]
    fn trial_that_is_given_up_leaves_room_for_another() {
        let circuit = opened();
        drop(circuit.pass(at(15)).ok().unwrap());
        assert!(circuit.pass(at(15)).is_ok(), "it was dropped");
        let circuit = opened();
        std::mem::forget(circuit.pass(at(15)));
        assert!(wait(&circuit, 45).is_some());
        assert_eq!(wait(&circuit, 46), None, "it must be over");
    }

    #[test]
    fn reconciliation_passes_an_open_circuit() {
        let circuit = opened();
        circuit.pass_anyway().end(CircuitEvent::TimedOut, at(10));
        assert_eq!(wait(&circuit, 10), Some(15));
        circuit.pass_anyway().end(CircuitEvent::Responded, at(11));
        assert_eq!(wait(&circuit, 11), None);
    }
}
