//! What the service counts. Labels come from fixed lists, and none names a tenant.

mod exposition;

use std::{collections::BTreeMap, time::Duration};

use parking_lot::Mutex;
use tempo_mcp_core::upstream::telemetry::{Observer, RequestSummary, UpstreamCalls};

/// Upper bounds in seconds. Longer times are in the last bucket, which has no bound.
const BUCKETS: [f64; 7] = [0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0];

#[derive(Default)]
pub(crate) struct Metrics(Mutex<Counters>);

/// Every key is a fixed name, so the maps are as large as there are combinations of them.
#[derive(Default)]
struct Counters {
    /// By route and status.
    requests: BTreeMap<(&'static str, u16), u64>,
    request_seconds: BTreeMap<&'static str, Histogram>,
    /// By tool and outcome.
    tools: BTreeMap<(&'static str, &'static str), u64>,
    tool_seconds: BTreeMap<&'static str, Histogram>,
    /// By tool, vendor and outcome: how many requests, and their total duration.
    upstream: BTreeMap<(&'static str, &'static str, &'static str), (u64, Duration)>,
}

#[derive(Default)]
struct Histogram {
    within: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

impl Histogram {
    fn add(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        for (count, bound) in self.within.iter_mut().zip(BUCKETS) {
            *count += u64::from(seconds <= bound);
        }
        self.count += 1;
        self.sum += duration;
    }
}

impl Metrics {
    /// Counts an HTTP request.
    pub(crate) fn count_request(&self, route: &'static str, status: u16, duration: Duration) {
        let mut counters = self.0.lock();
        *counters.requests.entry((route, status)).or_default() += 1;
        counters.request_seconds.entry(route).or_default().add(duration);
    }

    /// Counts a finished request at an endpoint, if it called a tool.
    pub(crate) fn count_call(&self, summary: &RequestSummary, duration: Duration) {
        let Some(tool) = summary.tool else { return };
        let mut counters = self.0.lock();
        *counters.tools.entry((tool, summary.outcome.unwrap_or("cancelled"))).or_default() += 1;
        counters.tool_seconds.entry(tool).or_default().add(duration);
        drop(counters);
        self.count_upstream(tool, &summary.calls);
    }

    fn count_upstream(&self, tool: &'static str, requests: &[UpstreamCalls]) {
        let mut counters = self.0.lock();
        for request in requests {
            let labels = (tool, request.vendor.name(), request.outcome);
            let (count, sum) = counters.upstream.entry(labels).or_default();
            *count += u64::from(request.count);
            *sum += request.duration;
        }
    }

    /// All metrics in Prometheus' text format. `tenants` is `None` where they could not be counted.
    pub(crate) fn exposition(&self, calls_in_flight: usize, tenants: Option<i64>) -> String {
        exposition::text(&self.0.lock(), calls_in_flight, tenants)
    }
}

/// A page sends requests to vendors without a tool.
impl Observer for Metrics {
    fn finished(&self, _: &str, summary: RequestSummary) {
        self.count_upstream("none", &summary.calls);
    }
}
