//! What the service counts, in Prometheus' text format. Labels come out of fixed lists, and none names a tenant.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Extension, Router,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use http::header;
use jiff::Timestamp;

use super::Service;
use tempo_mcp_core::upstream::telemetry::{Observer, RequestSummary, UpstreamCalls};

/// Upper bounds in seconds; what takes longer is in the last one, which has no bound.
const BUCKETS: [f64; 7] = [0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0];
/// A client that went before its answer, as nginx counts it.
const CLIENT_GONE: u16 = 499;

/// `GET /metrics`, for a listener of its own: whoever reaches it may read it.
pub fn router(service: Arc<Service>) -> Router {
    Router::new().route("/metrics", get(show)).layer(Extension(service))
}

async fn show(Extension(service): Extension<Arc<Service>>) -> Response {
    let tenants = match service.store.count().await {
        Ok(tenants) => Some(tenants),
        Err(failure) => {
            tracing::error!(%failure, "the tenants cannot be counted");
            None
        }
    };
    let in_flight = service.options.calls.saturating_sub(service.calls.available_permits());
    let text = service.metrics.text(in_flight, tenants);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

#[derive(Default)]
pub(super) struct Metrics(Mutex<Counts>);

/// Every key is of our own words: there are as many as there are combinations of them.
#[derive(Default)]
struct Counts {
    requests: BTreeMap<(&'static str, u16), u64>,
    request_seconds: BTreeMap<&'static str, Histogram>,
    tools: BTreeMap<(&'static str, &'static str), u64>,
    tool_seconds: BTreeMap<&'static str, Histogram>,
    /// How many, and how long together.
    upstream: BTreeMap<(&'static str, &'static str, &'static str), (u64, Duration)>,
}

#[derive(Default)]
struct Histogram {
    within: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

impl Histogram {
    fn add(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        for (count, bound) in self.within.iter_mut().zip(BUCKETS) {
            *count += u64::from(seconds <= bound);
        }
        self.count += 1;
        self.sum += took;
    }
}

impl Metrics {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self, route: &'static str, status: u16, took: Duration) {
        let mut counts = self.counts();
        *counts.requests.entry((route, status)).or_default() += 1;
        counts.request_seconds.entry(route).or_default().add(took);
    }

    /// A request at an endpoint that is over.
    pub(super) fn call(&self, facts: &RequestSummary, took: Duration) {
        let Some(tool) = facts.tool else { return };
        let mut counts = self.counts();
        *counts.tools.entry((tool, facts.outcome.unwrap_or("cancelled"))).or_default() += 1;
        counts.tool_seconds.entry(tool).or_default().add(took);
        drop(counts);
        self.asked(tool, &facts.calls);
    }

    /// What was asked of the vendors.
    fn asked(&self, tool: &'static str, asked: &[UpstreamCalls]) {
        let mut counts = self.counts();
        for it in asked {
            let (count, sum) = counts.upstream.entry((tool, it.vendor.name(), it.outcome)).or_default();
            *count += u64::from(it.count);
            *sum += it.duration;
        }
    }

    fn text(&self, in_flight: usize, tenants: Option<i64>) -> String {
        let counts = self.counts();
        let mut page = Page(String::new());
        page.family("requests_total", "counter", "Requests by route and status; 499: the client had gone.");
        for ((route, status), count) in &counts.requests {
            page.sample("requests_total", &format!("route=\"{route}\",status=\"{status}\""), count);
        }
        page.histograms("request_seconds", "From request to answer.", "route", &counts.request_seconds);
        page.family("tool_calls_total", "counter", "Calls of tools by outcome.");
        for ((tool, outcome), count) in &counts.tools {
            page.sample("tool_calls_total", &format!("tool=\"{tool}\",outcome=\"{outcome}\""), count);
        }
        page.histograms(
            "tool_call_seconds",
            "From request to the end of all its work.",
            "tool",
            &counts.tool_seconds,
        );
        page.family("upstream_call_seconds", "summary", "Requests to the vendors.");
        for ((tool, vendor, outcome), (count, sum)) in &counts.upstream {
            let labels = format!("tool=\"{tool}\",vendor=\"{vendor}\",outcome=\"{outcome}\"");
            page.sample("upstream_call_seconds_sum", &labels, sum.as_secs_f64());
            page.sample("upstream_call_seconds_count", &labels, count);
        }
        page.family("calls_in_flight", "gauge", "Requests at endpoints under way.");
        page.sample("calls_in_flight", "", in_flight);
        if let Some(tenants) = tenants {
            page.family("tenants", "gauge", "People who are signed up.");
            page.sample("tenants", "", tenants);
        }
        page.family("build_info", "gauge", "Which program this is.");
        page.sample("build_info", concat!("version=\"", env!("CARGO_PKG_VERSION"), "\""), 1);
        page.0
    }
}

/// Of a page, which calls no tool.
impl Observer for Metrics {
    fn finished(&self, _: &str, facts: RequestSummary) {
        self.asked("none", &facts.calls);
    }
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP tempo_mcp_{name} {help}\n# TYPE tempo_mcp_{name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.0, "tempo_mcp_{name}{labels} {value}");
    }

    fn histograms(&mut self, name: &str, help: &str, label: &str, of: &BTreeMap<&'static str, Histogram>) {
        self.family(name, "histogram", help);
        for (value, it) in of {
            let label = format!("{label}=\"{value}\"");
            for (count, bound) in it.within.iter().zip(BUCKETS) {
                self.sample(&format!("{name}_bucket"), &format!("{label},le=\"{bound}\""), count);
            }
            self.sample(&format!("{name}_bucket"), &format!("{label},le=\"+Inf\""), it.count);
            self.sample(&format!("{name}_sum"), &label, it.sum.as_secs_f64());
            self.sample(&format!("{name}_count"), &label, it.count);
        }
    }
}

/// Counts every request of every route, answered or not.
pub(super) async fn count(
    Extension(service): Extension<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let (route, started) = (class(request.uri().path()), service.ports.clock.now());
    let mut counting = Counting { service: &service, route, started, status: CLIENT_GONE };
    let answer = next.run(request).await;
    counting.status = answer.status().as_u16();
    answer
}

struct Counting<'a> {
    service: &'a Service,
    route: &'static str,
    started: Timestamp,
    status: u16,
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        let took = self.service.since(self.started);
        self.service.metrics.request(self.route, self.status, took);
    }
}

fn class(path: &str) -> &'static str {
    const PAGES: [&str; 5] = ["/", "/setup", "/manage", "/healthz", "/readyz"];
    match path {
        it if it.starts_with("/mcp/") => "/mcp",
        it => PAGES.into_iter().find(|page| *page == it).unwrap_or("other"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_upwards() {
        let metrics = Metrics::default();
        for ms in [1, 30, 700, 100_000] {
            metrics.request("/mcp", 200, Duration::from_millis(ms));
        }
        let text = metrics.text(2, Some(3));
        let buckets: Vec<&str> = text
            .lines()
            .filter(|it| it.contains("request_seconds_bucket"))
            .filter_map(|it| it.rsplit(' ').next())
            .collect();
        assert_eq!(buckets, ["1", "1", "2", "2", "3", "3", "3", "4"]);
        assert!(text.contains("tempo_mcp_requests_total{route=\"/mcp\",status=\"200\"} 4\n"), "{text}");
        assert!(text.contains("tempo_mcp_request_seconds_sum{route=\"/mcp\"} 100.731\n"), "{text}");
        assert!(text.contains("tempo_mcp_calls_in_flight 2\n") && text.contains("tempo_mcp_tenants 3\n"));
    }
}
