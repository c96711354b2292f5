//! The counters behind `/metrics`.

use std::{collections::BTreeMap, time::Duration};

/// Upper bounds in seconds. Longer times are in the last bucket, which has no bound.
pub(super) const BUCKETS: [f64; 7] = [0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0];

/// Every key is a fixed name, so the maps are as large as there are combinations of them.
#[derive(Default)]
pub(super) struct Counters {
    /// By route and status.
    pub(super) requests: BTreeMap<(&'static str, u16), u64>,
    pub(super) request_seconds: BTreeMap<&'static str, Histogram>,
    /// By tool and outcome.
    pub(super) tools: BTreeMap<(&'static str, &'static str), u64>,
    pub(super) tool_seconds: BTreeMap<&'static str, Histogram>,
    /// By tool, vendor and outcome: how many requests, and their total duration.
    pub(super) upstream: BTreeMap<(&'static str, &'static str, &'static str), (u64, Duration)>,
}

#[derive(Default)]
pub(super) struct Histogram {
    pub(super) within: [u64; BUCKETS.len()],
    pub(super) count: u64,
    pub(super) sum: Duration,
}

impl Histogram {
    pub(super) fn add(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        for (count, bound) in self.within.iter_mut().zip(BUCKETS) {
            *count += u64::from(seconds <= bound);
        }
        self.count += 1;
        self.sum += duration;
    }
}
