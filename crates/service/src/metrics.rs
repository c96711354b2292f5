//! What the service counts. Labels come from fixed lists, and none names a tenant.

mod counters;
mod exposition;

use std::time::Duration;

use parking_lot::Mutex;
use tempo_mcp_core::upstream::telemetry::{Observer, RequestSummary, UpstreamCalls};

use counters::Counters;

#[derive(Default)]
pub(crate) struct Metrics(Mutex<Counters>);

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
