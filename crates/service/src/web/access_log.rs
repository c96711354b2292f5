//! A request at an endpoint, watched to its end: its line in the log, and its row among the tenant's writes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use jiff::{Timestamp, tz::TimeZone};

use super::Service;
use crate::store::writes::Write;
use tempo_mcp_core::{
    domain::time::to_the_second,
    seal::TenantHash,
    upstream::telemetry::{Observer, RequestSummary, RequestTelemetry, WriteKind, WriteRecord},
};

/// What the trail does not know: whose request it is, and what the client was answered.
pub(super) struct Watch {
    service: Arc<Service>,
    started: Timestamp,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    tenant: Option<TenantHash>,
    /// `None`: the client had gone.
    status: Option<StatusCode>,
}

impl Watch {
    pub(super) fn begin(service: &Arc<Service>) -> (Arc<Self>, Arc<RequestTelemetry>) {
        let started = service.ports.clock.now();
        let watch = Arc::new(Self { service: service.clone(), started, seen: Mutex::default() });
        let telemetry = RequestTelemetry::new(service.request_id(), service.options.outbound, watch.clone());
        (watch, telemetry)
    }

    pub(super) fn set_tenant(&self, record: &TenantHash) {
        self.seen().tenant = Some(record.clone());
    }

    pub(super) fn set_status(&self, status: StatusCode) {
        self.seen().status = Some(status);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, tenant: TenantHash, write: Write) {
        let store = self.service.store.clone();
        self.service.ports.background.run(Box::pin(async move {
            if let Err(failure) = store.record_write(&tenant, &write).await {
                tracing::error!(%failure, "a write is not recorded");
            }
        }));
    }
}

impl Observer for Watch {
    fn finished(&self, id: &str, facts: RequestSummary) {
        let Seen { tenant, status } = std::mem::take(&mut *self.seen());
        let took = self.service.since(self.started);
        self.service.metrics.call(&facts, took);
        let calls: u32 = facts.calls.iter().map(|it| it.count).sum();
        let waited: u128 = facts.calls.iter().map(|it| it.duration.as_millis()).sum();
        tracing::info!(
            request = id,
            tenant = tenant.as_ref().map(TenantHash::short),
            method = facts.method,
            tool = facts.tool,
            outcome = facts.outcome,
            status = status.map_or(0, |it| it.as_u16()),
            ms = took.as_millis(),
            upstream_calls = calls,
            upstream_ms = waited,
            "request"
        );
        if let (Some(tenant), Some(tool), false) = (tenant, facts.tool, facts.writes.is_empty()) {
            let now = self.service.ports.clock.now().to_zoned(TimeZone::UTC).datetime();
            let at = format!("{} {}", now.date(), to_the_second(now.time()));
            let (worklog, outcome) = (worklogs(&facts.writes), outcome(&facts.writes));
            self.record(tenant, Write { at, tool: tool.into(), worklog, outcome });
        }
    }
}

/// The first worklog and how many more.
fn worklogs(wrote: &[WriteRecord]) -> String {
    let known = wrote.iter().filter(|it| it.first.is_some());
    let count: usize = known.clone().map(|it| it.succeeded.max(1)).sum();
    match (known.filter_map(|it| it.first).next(), count.saturating_sub(1)) {
        (None, _) => String::new(),
        (Some(first), 0) => first.to_string(),
        (Some(first), more) => format!("{first} and {more} more"),
    }
}

/// `created 11 of 12, refused`; for a single worklog `edited` or a word alone; for a move `created 1, deleted 1`.
fn outcome(wrote: &[WriteRecord]) -> String {
    let of = |deed: WriteKind| wrote.iter().filter(move |it| it.kind == deed);
    let total: usize = wrote.iter().map(|it| it.requested).sum();
    let phrase = |deed: WriteKind| {
        let (asked, done) =
            of(deed).fold((0, 0), |(asked, done), it| (asked + it.requested, done + it.succeeded));
        let name = match deed {
            WriteKind::Create => "created",
            WriteKind::Update => "edited",
            WriteKind::Delete => "deleted",
        };
        let mut words: Vec<&str> = of(deed).filter_map(|it| it.rest).collect();
        words.sort_unstable();
        words.dedup();
        let words = words.join(", ");
        match (asked, done) {
            (0, _) => None,
            (1, 0) if total == 1 => Some(words),
            (1, 1) if total == 1 => Some(name.into()),
            (asked, done) if asked == done => Some(format!("{name} {done}")),
            (asked, done) => Some(format!("{name} {done} of {asked}, {words}")),
        }
    };
    [WriteKind::Create, WriteKind::Update, WriteKind::Delete]
        .into_iter()
        .filter_map(phrase)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempo_mcp_core::domain::ids::WorklogId;

    fn wrote(
        deed: WriteKind,
        first: Option<u64>,
        asked: usize,
        done: usize,
        otherwise: Option<&'static str>,
    ) -> WriteRecord {
        WriteRecord {
            kind: deed,
            first: first.map(WorklogId),
            requested: asked,
            succeeded: done,
            rest: otherwise,
        }
    }

    #[test]
    fn a_call_is_told_in_a_few_words() {
        let check = |wrote: &[WriteRecord], worklog: &str, expected: &str| {
            assert_eq!((worklogs(wrote).as_str(), outcome(wrote).as_str()), (worklog, expected));
        };
        check(&[wrote(WriteKind::Create, Some(7), 1, 1, None)], "7", "created");
        check(&[wrote(WriteKind::Create, None, 1, 0, Some("refused"))], "", "refused");
        check(&[wrote(WriteKind::Update, Some(7), 1, 0, Some("unknown"))], "7", "unknown");
        let bulk = [
            wrote(WriteKind::Create, Some(7), 10, 10, None),
            wrote(WriteKind::Create, Some(17), 3, 2, Some("unknown")),
            wrote(WriteKind::Create, None, 2, 0, Some("refused")),
        ];
        check(&bulk, "7 and 11 more", "created 12 of 15, refused, unknown");
        check(&bulk[..1], "7 and 9 more", "created 10");
        let moved =
            [wrote(WriteKind::Create, Some(9), 1, 1, None), wrote(WriteKind::Delete, Some(7), 1, 1, None)];
        check(&moved, "9 and 1 more", "created 1, deleted 1");
    }
}
