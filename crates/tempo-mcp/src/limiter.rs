//! Core's `RateLimiter`: token buckets in bounded memory.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tempo_mcp_service::ports::{Limit, RateLimiter};

/// Buckets kept at once. Full ones say nothing, so they make room first.
const MOST: usize = 20_000;

pub(crate) struct Buckets {
    /// Sign-ups a minute.
    setups: u32,
    buckets: Mutex<HashMap<(Limit, Box<str>), Bucket>>,
}

struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    fn fill(&mut self, (burst, per_minute): (f64, f64), now: Instant) {
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * per_minute / 60.0).min(burst);
        self.filled_at = now;
    }
}

impl Buckets {
    pub(crate) fn new(setups: u32) -> Self {
        Self { setups, buckets: Mutex::default() }
    }

    /// How many at once, and how many a minute after that.
    fn rate(&self, limit: Limit) -> (f64, f64) {
        match limit {
            Limit::Setup => (self.setups.into(), self.setups.into()),
            Limit::Mcp => (30.0, 120.0),
            Limit::Unknown => (30.0, 30.0),
        }
    }

    fn take(&self, limit: Limit, key: &str, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST {
            buckets.retain(|(limit, _), it| {
                it.fill(self.rate(*limit), now);
                it.tokens < self.rate(*limit).0
            });
        }
        if buckets.len() >= MOST {
            // Everybody at once is over the limit somewhere: the counters are of no use and begin anew.
            buckets.clear();
        }
        let rate @ (burst, per_minute) = self.rate(limit);
        let bucket = buckets.entry((limit, key.into())).or_insert(Bucket { tokens: burst, filled_at: now });
        bucket.fill(rate, now);
        if bucket.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.tokens) * 60.0 / per_minute));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[async_trait]
impl RateLimiter for Buckets {
    async fn check(&self, limit: Limit, key: &str) -> Result<(), Duration> {
        self.take(limit, key, Instant::now())
    }
}

/// `--rate-limit off`: for measuring only.
pub(crate) struct Unlimited;

#[async_trait]
impl RateLimiter for Unlimited {
    async fn check(&self, _: Limit, _: &str) -> Result<(), Duration> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_so_many_a_minute() {
        let (buckets, start) = (Buckets::new(5), Instant::now());
        assert!((0..5).all(|_| buckets.take(Limit::Setup, "a", start).is_ok()));
        let wait = buckets.take(Limit::Setup, "a", start).unwrap_err();
        assert_eq!(wait.as_secs(), 12);
        assert!(buckets.take(Limit::Setup, "b", start).is_ok(), "somebody else is not concerned");
        assert!(buckets.take(Limit::Setup, "a", start + Duration::from_secs(13)).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let (buckets, start) = (Buckets::new(5), Instant::now());
        for i in 0..3 * MOST {
            buckets.take(Limit::Unknown, &i.to_string(), start).unwrap();
        }
        assert!(buckets.buckets.lock().unwrap().len() <= MOST);
    }
}
