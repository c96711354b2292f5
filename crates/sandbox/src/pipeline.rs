//! How one vendor request is handled: fault, rate limit, delay, processing, fault again, log.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{
    connection_error::ConnectionError,
    context::RequestContext,
    faults::{
        Effect,
        apply::{self, Delivery},
    },
    jira,
    model::MAIN_USER,
    oauth::{self, context::OAuthContext},
    request::Request,
    response::Response,
    state::State,
    tempo,
};

/// A response that a fault withholds is never sent; after this time the connection is reset.
const HANG: Duration = Duration::from_secs(3600);
/// The entry number of a request that is not logged. No entry has it.
const NOT_LOGGED: u64 = u64::MAX;

/// What is decided about a request before it is processed.
struct RequestPlan {
    log_number: u64,
    effect: Option<Effect>,
    delay: Duration,
    rate_limited: bool,
    now: Timestamp,
}

pub(crate) async fn respond(
    state: &Mutex<State>,
    mut request: Request,
) -> Result<http::Response<Bytes>, ConnectionError> {
    let plan = plan(state, &request);
    let replacement =
        plan.effect.as_ref().and_then(|effect| apply::instead_of_processing(effect, &request, plan.now));
    if let Some(Delivery::Fail(error)) = &replacement {
        return Err(*error);
    }
    let bulk = BulkCreationGuard::acquire(state, &request);
    request.bulk_conflict = bulk.conflict;
    tokio::time::sleep(plan.delay).await;
    let delivery = match replacement {
        Some(delivery) => delivery,
        None if plan.rate_limited => Delivery::Respond(too_many_requests(&request, plan.now)),
        None => process(state, &mut request, plan.effect.as_ref()),
    };
    drop(bulk);
    deliver(state, plan.log_number, delivery).await
}

fn plan(state: &Mutex<State>, request: &Request) -> RequestPlan {
    let mut state = state.lock();
    let effect = state.faults.take(request);
    let fault = effect.as_ref().and_then(Effect::name);
    let log_number =
        if state.settings.logs_requests { state.log.add_request(request, fault) } else { NOT_LOGGED };
    let latency = match effect {
        Some(Effect::Latency { ms }) => ms,
        _ => 0,
    };
    let delay = Duration::from_millis(latency + state.settings.latency_ms);
    let limit = state.settings.rate_limit;
    let credential = request.authorization().map_or("", |(_, credentials)| credentials);
    let rate_limited =
        limit.is_some_and(|limit| !state.rate_limiter.allows(credential, limit, Instant::now()));
    RequestPlan { log_number, effect, delay, rate_limited, now: state.now() }
}

fn process(state: &Mutex<State>, request: &mut Request, effect: Option<&Effect>) -> Delivery {
    if let Some(effect) = effect {
        apply::before_processing(effect, request);
    }
    let mut state = state.lock();
    let response = route(&mut state, request);
    match effect {
        Some(effect) => apply::after_processing(effect, request, response, state.now()),
        None => Delivery::Respond(response),
    }
}

async fn deliver(
    state: &Mutex<State>,
    log_number: u64,
    delivery: Delivery,
) -> Result<http::Response<Bytes>, ConnectionError> {
    match delivery {
        Delivery::Respond(response) => {
            let mut state = state.lock();
            state.log.add_response(log_number, &response);
            Ok(response.into_http(state.now()))
        }
        Delivery::Fail(error) => Err(error),
        Delivery::Hang => {
            tokio::time::sleep(HANG).await;
            Err(ConnectionError::Reset)
        }
    }
}

fn route(state: &mut State, request: &Request) -> Response {
    let now = state.now();
    let State { site, settings, oauth, .. } = state;
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let mut login = OAuthContext { grants: &mut *oauth, site: &*site, settings: &*settings, request, now };
    if let Some(response) = oauth::respond(&mut login, &segments) {
        return response;
    }
    let mut context = RequestContext { site, settings, request, now, caller: MAIN_USER };
    match segments.as_slice() {
        ["4", path @ ..] => tempo::respond(&mut context, path),
        ["_edge", "tenant_info"] => jira::tenant_info(),
        ["rest", "api", "3", path @ ..] => jira::at_site(&mut context, path),
        ["ex", "jira", cloud_id, "rest", "api", "3", path @ ..] => {
            jira::at_gateway(&mut context, oauth, cloud_id, path)
        }
        _ => jira::errors::no_such_path(request),
    }
}

fn too_many_requests(request: &Request, now: Timestamp) -> Response {
    match request.segments.first().map(String::as_str) {
        Some("4") => tempo::errors::too_many_requests(),
        _ => jira::errors::too_many_requests(now),
    }
}

/// Marks an issue as having a bulk creation in progress while the request is delayed and processed. Dropping the
/// guard removes the mark, so a client that disconnects does not leave the issue locked.
struct BulkCreationGuard<'a> {
    state: &'a Mutex<State>,
    issue: Option<u64>,
    conflict: bool,
}

impl<'a> BulkCreationGuard<'a> {
    fn acquire(state: &'a Mutex<State>, request: &Request) -> BulkCreationGuard<'a> {
        let Some(issue) = tempo::bulk_create::issue_of(request) else {
            return BulkCreationGuard { state, issue: None, conflict: false };
        };
        let first = state.lock().bulk_creations.insert(issue);
        BulkCreationGuard { state, issue: first.then_some(issue), conflict: !first }
    }
}

impl Drop for BulkCreationGuard<'_> {
    fn drop(&mut self) {
        if let Some(issue) = self.issue {
            self.state.lock().bulk_creations.remove(&issue);
        }
    }
}
