//! One log line for each request that reaches its endpoint, written when all its work is done. Refused requests are
//! counted instead.

use std::{sync::Arc, time::Duration};

use axum::{Extension, extract::Request, middleware::Next, response::Response};
use http::StatusCode;
use jiff::Timestamp;
use parking_lot::Mutex;
use tempo_mcp_core::{
    seal::TenantHash,
    upstream::telemetry::{Observer, RequestSummary, RequestTelemetry, whole_millis},
};
use tracing::Instrument;

use crate::{
    http::{state::State, write_record},
    refusals::Refusal,
};

/// Starts the request's telemetry, and its span, which is on every log line of this request.
pub(in crate::http) async fn log_request(
    Extension(state): Extension<Arc<State>>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = state.now();
    let log = Arc::new(RequestLog { state: state.clone(), started, known: Mutex::default() });
    let telemetry = RequestTelemetry::new(state.request_id(), state.options.outbound, log.clone());
    let span = tracing::error_span!("request", id = telemetry.id());
    request.extensions_mut().insert(log.clone());
    request.extensions_mut().insert(telemetry.clone());
    async move {
        let mut response = next.run(request).await;
        log.set_response(&mut response);
        // The line may be written here. A request without a status by now was cancelled.
        drop(telemetry);
        response
    }
    .instrument(span)
    .await
}

/// What the telemetry does not know about a request: its tenant, and the status of its response.
pub(in crate::http) struct RequestLog {
    state: Arc<State>,
    started: Timestamp,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    tenant: Option<TenantHash>,
    /// `None` if the client disconnected before the response.
    status: Option<StatusCode>,
    is_refused: bool,
}

impl RequestLog {
    pub(in crate::http) fn set_tenant(&self, tenant: &TenantHash) {
        self.known.lock().tenant = Some(tenant.clone());
    }

    fn set_response(&self, response: &mut Response) {
        let mut known = self.known.lock();
        known.status = Some(response.status());
        if let Some(refusal) = response.extensions_mut().get_mut::<Refusal>() {
            known.is_refused = true;
            refusal.tenant.clone_from(&known.tenant);
        }
    }
}

impl Observer for RequestLog {
    fn finished(&self, id: &str, summary: RequestSummary) {
        let Known { tenant, status, is_refused } = std::mem::take(&mut *self.known.lock());
        let duration = self.state.elapsed(self.started);
        self.state.metrics.count_call(&summary, duration);
        if is_refused {
            return;
        }
        let upstream_calls: u32 = summary.calls.iter().map(|it| it.count).sum();
        let upstream: Duration = summary.calls.iter().map(|it| it.duration).sum();
        tracing::info!(
            request = id,
            tenant = tenant.as_ref().map(TenantHash::short),
            method = summary.method,
            tool = summary.tool,
            outcome = summary.outcome,
            status = status.map_or(0, |it| it.as_u16()),
            ms = whole_millis(duration),
            upstream_calls,
            upstream_ms = whole_millis(upstream),
            "request"
        );
        if let (Some(tenant), Some(tool)) = (tenant, summary.tool) {
            write_record::record(&self.state, tenant, tool, &summary.writes);
        }
    }
}
