//! Counts every request of every route, with or without a response, and refusals by client.

use std::sync::Arc;

use axum::{Extension, extract::Request, middleware::Next, response::Response};
use jiff::Timestamp;

use crate::{
    http::{ClientAddress, state::State},
    refusals::Refusal,
};

/// A client that disconnected before the response; the status that nginx logs for it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

pub(in crate::http) async fn count_requests(
    Extension(state): Extension<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let (route, started) = (route(request.uri().path()), state.now());
    let mut count = CountOnDrop { state: &state, route, started, status: CLIENT_CLOSED_REQUEST };
    let address = request.extensions().get::<ClientAddress>().cloned();
    let response = next.run(request).await;
    count.status = response.status().as_u16();
    let now = state.now();
    match Refusal::of(route, &response) {
        Some(refusal) => {
            let client = state.shown_client(address.as_ref().map_or("", |it| &it.0));
            state.refusals.count(now, client, refusal);
        }
        None => state.refusals.report_due(now),
    }
    response
}

struct CountOnDrop<'a> {
    state: &'a State,
    route: &'static str,
    started: Timestamp,
    status: u16,
}

impl Drop for CountOnDrop<'_> {
    fn drop(&mut self) {
        let duration = self.state.elapsed(self.started);
        self.state.metrics.count_request(self.route, self.status, duration);
    }
}

fn route(path: &str) -> &'static str {
    const PAGES: [&str; 5] = ["/", "/setup", "/manage", "/healthz", "/readyz"];
    if path.starts_with("/mcp/") {
        return "/mcp";
    }
    PAGES.into_iter().find(|page| *page == path).unwrap_or("other")
}
