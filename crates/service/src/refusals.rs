//! Refused requests, counted by client: the log has one line for each client and minute, however many there were.
//!
//! Otherwise anyone could fill the operator's disk with requests for URLs that do not exist.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use parking_lot::Mutex;
use tempo_mcp_core::seal::TenantHash;

const PERIOD: Duration = Duration::from_secs(60);
/// The most clients that are listed separately for a minute. All others share one line.
const MAX_CLIENTS: usize = 500;
const OTHERS: &str = "others";

/// Marks a response as a refusal, in the response's extensions: the request did not reach its handler.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) reason: &'static str,
    /// Set where the personal URL was known.
    pub(crate) tenant: Option<TenantHash>,
}

impl Refusal {
    /// Why a response refuses its request, or `None` if it does not.
    pub(crate) fn of(route: &str, response: &Response) -> Option<Self> {
        let marked = response.extensions().get::<Self>().cloned();
        marked.or_else(|| Some(Self { reason: page_reason(route, response.status())?, tenant: None }))
    }
}

/// The reason for which a page refuses a request. Forms with errors are not refused but shown again.
fn page_reason(route: &str, status: StatusCode) -> Option<&'static str> {
    match (route, status) {
        ("/mcp" | "/healthz" | "/readyz", _) => None,
        (_, StatusCode::FORBIDDEN) => Some("host not served"),
        ("/manage", StatusCode::NOT_FOUND) => Some("unknown personal URL"),
        (_, StatusCode::REQUEST_TIMEOUT) => Some("body too slow"),
        (_, StatusCode::PAYLOAD_TOO_LARGE) => Some("body too large"),
        (_, StatusCode::TOO_MANY_REQUESTS) => Some("too many attempts"),
        _ => None,
    }
}

/// The refusals that are not in the log yet. Plain data, so that it can outlive a request on Workers.
#[derive(Default)]
pub(crate) struct Refusals(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// The time of the first refusal.
    began: Timestamp,
    by_client: HashMap<(String, Option<TenantHash>), BTreeMap<&'static str, u64>>,
}

impl Refusals {
    /// Counts a refusal of a client, whose address is shown as it is given.
    pub(crate) fn count(&self, now: Timestamp, client: String, refusal: Refusal) {
        self.report_due(now);
        let mut counts = self.0.lock();
        if counts.by_client.is_empty() {
            counts.began = now;
        }
        let mut key = (client, refusal.tenant);
        if counts.by_client.len() >= MAX_CLIENTS && !counts.by_client.contains_key(&key) {
            key = (OTHERS.into(), None);
        }
        *counts.by_client.entry(key).or_default().entry(refusal.reason).or_default() += 1;
    }

    /// Writes the lines of a minute that is over.
    pub(crate) fn report_due(&self, now: Timestamp) {
        let is_due = {
            let counts = self.0.lock();
            !counts.by_client.is_empty() && now.duration_since(counts.began).unsigned_abs() >= PERIOD
        };
        if is_due {
            self.report();
        }
    }

    /// Writes the lines of everything counted so far.
    pub(crate) fn report(&self) {
        let counts = std::mem::take(&mut self.0.lock().by_client);
        for ((client, tenant), reasons) in counts {
            let count: u64 = reasons.values().sum();
            let reasons: Vec<String> = reasons.iter().map(|(reason, n)| format!("{reason}: {n}")).collect();
            let (tenant, reasons) = (tenant.as_ref().map(TenantHash::short), reasons.join(", "));
            tracing::info!(client, tenant, count, reasons, "requests refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn count(refusals: &Refusals, second: i64, client: &str) {
        refusals.count(at(second), client.into(), Refusal { reason: "too many attempts", tenant: None });
    }

    #[test]
    fn refusals_of_a_minute_are_counted_by_client() {
        let refusals = Refusals::default();
        for _ in 0..1000 {
            count(&refusals, 0, "192.0.2.1");
        }
        count(&refusals, 59, "192.0.2.2");
        let counted: u64 = refusals.0.lock().by_client.values().flat_map(BTreeMap::values).sum();
        assert_eq!((refusals.0.lock().by_client.len(), counted), (2, 1001));
        count(&refusals, 60, "192.0.2.1");
        assert_eq!(refusals.0.lock().by_client.len(), 1, "the minute before is in the log");
        refusals.report_due(at(121));
        assert!(refusals.0.lock().by_client.is_empty());
    }

    #[test]
    fn page_refuses_requests_and_not_forms_with_errors() {
        let reason = |route: &str, status: u16| {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            Refusal::of(route, &response).map(|it| it.reason)
        };
        assert_eq!(reason("/setup", 429), Some("too many attempts"));
        assert_eq!(reason("/manage", 404), Some("unknown personal URL"));
        assert_eq!(reason("/", 403), Some("host not served"));
        for (route, status) in
            [("/setup", 200), ("/setup", 400), ("other", 404), ("/mcp", 404), ("/readyz", 503)]
        {
            assert_eq!(reason(route, status), None, "{route} {status}");
        }
    }

    #[test]
    fn clients_that_are_told_apart_are_bounded() {
        let refusals = Refusals::default();
        for i in 0..5000 {
            count(&refusals, 0, &i.to_string());
        }
        let counts = refusals.0.lock();
        assert_eq!(counts.by_client.len(), MAX_CLIENTS + 1);
        assert_eq!(counts.by_client[&(OTHERS.to_owned(), None)]["too many attempts"], 4500);
    }
}
