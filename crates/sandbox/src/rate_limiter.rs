//! The rate limit that the setting `rate_limit` turns on.

use std::collections::HashMap;

use tokio::time::Instant;

/// One token bucket for each credential: the time of its last request, and the requests it has left.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter(HashMap<String, (Instant, f64)>);

impl RateLimiter {
    /// Whether one more request at `now` stays within `limit` requests per second. If so, it is counted.
    pub(crate) fn allows(&mut self, credential: &str, limit: u32, now: Instant) -> bool {
        let capacity = f64::from(limit);
        let (last, remaining) = self.0.entry(credential.to_owned()).or_insert((now, capacity));
        *remaining = (*remaining + now.duration_since(*last).as_secs_f64() * capacity).min(capacity);
        *last = now;
        let allowed = *remaining >= 1.0;
        if allowed {
            *remaining -= 1.0;
        }
        allowed
    }
}
