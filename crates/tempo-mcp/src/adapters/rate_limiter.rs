//! The service's `RateLimiter`: token buckets in bounded memory.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use parking_lot::Mutex;
use tempo_mcp_service::ports::{Breadth, Limit, RateLimiter};

/// The most buckets at a time.
const MAX_BUCKETS: usize = 20_000;
/// The part of the buckets that is removed when there are too many: removing only one would search all of them again for
/// every new client.
const REMOVED_PART: usize = 16;
/// How many times as large as a client's limit a site's limit is.
const SITE_FACTOR: f64 = 8.0;
/// How many times as large as a client's limit on sign-ups the limit of all clients together is.
const ALL_SETUPS_FACTOR: f64 = 12.0;

pub(crate) struct TokenBuckets {
    /// Sign-ups per minute.
    setups: u32,
    buckets: Mutex<HashMap<Key, Bucket>>,
}

type Key = (Limit, Breadth, Box<str>);

struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

/// How many requests at once, and how many per minute after that.
#[derive(Clone, Copy)]
struct Rate {
    burst: f64,
    per_minute: f64,
}

impl Bucket {
    fn fill(&mut self, rate: Rate, now: Instant) {
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + passed * rate.per_minute / 60.0).min(rate.burst);
        self.filled_at = now;
    }

    /// How full the bucket is, from 0 to 1. A full one limits nothing.
    fn level(&self, rate: Rate) -> f64 {
        self.tokens / rate.burst
    }
}

impl TokenBuckets {
    pub(crate) fn new(setups: u32) -> Self {
        Self { setups, buckets: Mutex::default() }
    }

    fn rate(&self, limit: Limit, breadth: Breadth) -> Rate {
        let setups = f64::from(self.setups);
        let (burst, per_minute) = match limit {
            Limit::Setup => (setups, setups),
            Limit::AllSetups => (setups * ALL_SETUPS_FACTOR, setups * ALL_SETUPS_FACTOR),
            Limit::Form => (30.0, 60.0),
            Limit::Mcp => (30.0, 120.0),
            Limit::Unknown => (30.0, 30.0),
        };
        match breadth {
            Breadth::Single => Rate { burst, per_minute },
            Breadth::Site => Rate { burst: burst * SITE_FACTOR, per_minute: per_minute * SITE_FACTOR },
        }
    }

    fn take(&self, limit: Limit, breadth: Breadth, key: &str, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock();
        let (rate, key) = (self.rate(limit, breadth), (limit, breadth, key.into()));
        if buckets.len() >= MAX_BUCKETS && !buckets.contains_key(&key) {
            self.make_room(&mut buckets, now);
        }
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: rate.burst, filled_at: now });
        bucket.fill(rate, now);
        if bucket.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.tokens) * 60.0 / rate.per_minute));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    /// Removes the fullest buckets. Those that have reached their limit stay, so that a client cannot get rid of its own
    /// by filling the memory with new ones.
    fn make_room(&self, buckets: &mut HashMap<Key, Bucket>, now: Instant) {
        let mut levels: Vec<f64> = buckets
            .iter_mut()
            .map(|((limit, breadth, _), bucket)| {
                let rate = self.rate(*limit, *breadth);
                bucket.fill(rate, now);
                bucket.level(rate)
            })
            .collect();
        let mut surplus = levels.len() / REMOVED_PART;
        let (_, limit, _) = levels.select_nth_unstable_by(surplus, |one, other| other.total_cmp(one));
        let lowest = *limit;
        buckets.retain(|(limit, breadth, _), bucket| {
            let level = bucket.level(self.rate(*limit, *breadth));
            // A full bucket is never needed. Of those at the lowest level, only as many are removed as have to be.
            let is_removed = level >= 1.0 || (level >= lowest && surplus > 0);
            surplus = surplus.saturating_sub(usize::from(is_removed));
            !is_removed
        });
    }
}

#[async_trait]
impl RateLimiter for TokenBuckets {
    async fn check(&self, limit: Limit, breadth: Breadth, key: &str) -> Result<(), Duration> {
        self.take(limit, breadth, key, Instant::now())
    }
}

/// `--rate-limit off`: for benchmarks only.
pub(crate) struct Unlimited;

#[async_trait]
impl RateLimiter for Unlimited {
    async fn check(&self, _: Limit, _: Breadth, _: &str) -> Result<(), Duration> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINGLE: Breadth = Breadth::Single;

    #[test]
    fn burst_is_followed_by_a_steady_rate() {
        let (buckets, start) = (TokenBuckets::new(5), Instant::now());
        assert!((0..5).all(|_| buckets.take(Limit::Setup, SINGLE, "a", start).is_ok()));
        let wait = buckets.take(Limit::Setup, SINGLE, "a", start).unwrap_err();
        assert_eq!(wait.as_secs(), 12);
        assert!(buckets.take(Limit::Setup, SINGLE, "b", start).is_ok(), "another client is not affected");
        assert!(buckets.take(Limit::Setup, SINGLE, "a", start + Duration::from_secs(13)).is_ok());
    }

    #[test]
    fn site_and_all_clients_have_larger_limits_of_their_own() {
        let (buckets, start) = (TokenBuckets::new(5), Instant::now());
        for (limit, breadth, most) in [
            (Limit::Setup, SINGLE, 5),
            (Limit::Setup, Breadth::Site, 40),
            (Limit::AllSetups, SINGLE, 60),
            (Limit::Unknown, Breadth::Site, 240),
        ] {
            let taken = (0..1000).take_while(|_| buckets.take(limit, breadth, "a", start).is_ok()).count();
            assert_eq!(taken, most, "{limit:?} {breadth:?}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let (buckets, start) = (TokenBuckets::new(5), Instant::now());
        for i in 0..3 * MAX_BUCKETS {
            buckets.take(Limit::Unknown, SINGLE, &i.to_string(), start).unwrap();
        }
        assert!(buckets.buckets.lock().len() <= MAX_BUCKETS);
    }

    #[test]
    fn client_at_its_limit_stays_there_when_buckets_run_out() {
        let (buckets, start) = (TokenBuckets::new(5), Instant::now());
        while buckets.take(Limit::Unknown, SINGLE, "guesser", start).is_ok() {}
        for i in 0..3 * MAX_BUCKETS {
            buckets.take(Limit::Unknown, SINGLE, &i.to_string(), start).unwrap();
        }
        assert!(buckets.take(Limit::Unknown, SINGLE, "guesser", start).is_err());
        assert!(buckets.buckets.lock().len() > MAX_BUCKETS / 2, "only the fullest were removed");
    }
}
