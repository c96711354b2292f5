//! The counters in Prometheus' text format.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::{collections::BTreeMap, fmt::Write};

use super::counters::{BUCKETS, Counters, Histogram};

pub(super) fn text(counters: &Counters, calls_in_flight: usize, tenants: Option<i64>) -> String {
    let mut page = Page(String::new());
    page.requests(counters);
    page.tool_calls(counters);
    page.upstream(counters);
    page.family("calls_in_flight", "gauge", "Requests to personal URLs in progress.");
    page.sample("calls_in_flight", "", calls_in_flight);
    if let Some(tenants) = tenants {
        page.family("tenants", "gauge", "Tenants in the database.");
        page.sample("tenants", "", tenants);
    }
    page.family("build_info", "gauge", "The running version.");
    page.sample("build_info", concat!("version=\"", env!("CARGO_PKG_VERSION"), "\""), 1);
    page.0
}

struct Page(String);

impl Page {
    fn requests(&mut self, counters: &Counters) {
        let help = "HTTP requests by route and status; 499 means that the client disconnected.";
        self.family("requests_total", "counter", help);
        for ((route, status), count) in &counters.requests {
            self.sample("requests_total", &format!("route=\"{route}\",status=\"{status}\""), count);
        }
        let help = "Time from request to response.";
        self.histograms("request_seconds", help, "route", &counters.request_seconds);
    }

    fn tool_calls(&mut self, counters: &Counters) {
        self.family("tool_calls_total", "counter", "Tool calls by outcome.");
        for ((tool, outcome), count) in &counters.tools {
            self.sample("tool_calls_total", &format!("tool=\"{tool}\",outcome=\"{outcome}\""), count);
        }
        let help = "Time from request to the end of all its work.";
        self.histograms("tool_call_seconds", help, "tool", &counters.tool_seconds);
    }

    fn upstream(&mut self, counters: &Counters) {
        self.family("upstream_call_seconds", "summary", "Requests to Tempo and Jira.");
        for ((tool, vendor, outcome), (count, sum)) in &counters.upstream {
            let labels = format!("tool=\"{tool}\",vendor=\"{vendor}\",outcome=\"{outcome}\"");
            self.sample("upstream_call_seconds_sum", &labels, sum.as_secs_f64());
            self.sample("upstream_call_seconds_count", &labels, count);
        }
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP tempo_mcp_{name} {help}\n# TYPE tempo_mcp_{name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.0, "tempo_mcp_{name}{labels} {value}");
    }

    fn histograms(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        histograms: &BTreeMap<&'static str, Histogram>,
    ) {
        self.family(name, "histogram", help);
        for (value, histogram) in histograms {
            let label = format!("{label}=\"{value}\"");
            for (count, bound) in histogram.within.iter().zip(BUCKETS) {
                self.sample(&format!("{name}_bucket"), &format!("{label},le=\"{bound}\""), count);
            }
            self.sample(&format!("{name}_bucket"), &format!("{label},le=\"+Inf\""), histogram.count);
            self.sample(&format!("{name}_sum"), &label, histogram.sum.as_secs_f64());
            self.sample(&format!("{name}_count"), &label, histogram.count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::metrics::Metrics;

    #[test]
    fn histogram_buckets_are_cumulative() {
        let metrics = Metrics::default();
        for ms in [1, 30, 700, 100_000] {
            metrics.count_request("/mcp", 200, Duration::from_millis(ms));
        }
        let text = metrics.exposition(2, Some(3));
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
