//! The way of one vendor request: fault, rate limit, waiting, processing, fault again, log.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    Broken,
    answer::Answer,
    call::Call,
    context::Context,
    faults::{
        Effect,
        apply::{self, Afterwards, Instead},
    },
    jira, login,
    state::State,
    tempo,
};

/// How long an answer that never comes is waited for before the connection ends.
const NEVER: Duration = Duration::from_secs(3600);
/// No entry has this number.
const NOT_LOGGED: u64 = u64::MAX;

pub(crate) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // A panic in one request must not take every later one with it.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Plan {
    number: u64,
    effect: Option<Effect>,
    wait: Duration,
    limited: bool,
    now: Timestamp,
}

pub(crate) async fn exchange(state: &Arc<Mutex<State>>, mut call: Call) -> Result<Response<Bytes>, Broken> {
    let plan = plan(state, &call);
    let before = plan.effect.as_ref().and_then(|effect| apply::instead(effect, &call, plan.now));
    if let Some(Instead::Break(broken)) = before {
        return Err(broken);
    }
    let bulk = BulkGuard::enter(state, &call);
    call.bulk_conflict = bulk.conflict;
    tokio::time::sleep(plan.wait).await;
    let after = match before {
        Some(Instead::Answer(answer)) => Afterwards::Answer(answer),
        Some(_) => Afterwards::Hang,
        None if plan.limited => Afterwards::Answer(too_many(&call, plan.now)),
        None => process(state, &mut call, plan.effect.as_ref()),
    };
    drop(bulk);
    finish(state, plan.number, after).await
}

async fn finish(state: &Mutex<State>, number: u64, after: Afterwards) -> Result<Response<Bytes>, Broken> {
    match after {
        Afterwards::Answer(answer) => {
            let mut state = lock(state);
            state.log.end(number, &answer);
            Ok(answer.into_response(state.now()))
        }
        Afterwards::Lost => Err(Broken::AnswerLost),
        Afterwards::Hang => {
            tokio::time::sleep(NEVER).await;
            Err(Broken::AnswerLost)
        }
    }
}

fn plan(state: &Mutex<State>, call: &Call) -> Plan {
    let mut state = lock(state);
    let effect = state.faults.take(call);
    let fault = effect.as_ref().and_then(Effect::name);
    let number = if state.settings.logs_requests { state.log.begin(call, fault) } else { NOT_LOGGED };
    let latency = match effect {
        Some(Effect::Latency { ms }) => ms,
        _ => 0,
    };
    let wait = Duration::from_millis(latency + state.settings.latency_ms);
    let limit = state.settings.rate_limit;
    let credential = call.authorization().map_or("", |(_, credentials)| credentials);
    let limited = limit.is_some_and(|limit| !state.limiter.admits(credential, limit, Instant::now()));
    let now = state.now();
    Plan { number, effect, wait, limited, now }
}

fn process(state: &Mutex<State>, call: &mut Call, effect: Option<&Effect>) -> Afterwards {
    if let Some(effect) = effect {
        apply::prepare(effect, call);
    }
    let mut state = lock(state);
    let answer = dispatch(&mut state, call);
    match effect {
        Some(effect) => apply::afterwards(effect, call, answer, state.now()),
        None => Afterwards::Answer(answer),
    }
}

fn dispatch(state: &mut State, call: &Call) -> Answer {
    let now = state.now();
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    if let Some(answer) = login::answer(state, call, &segments, now) {
        return answer;
    }
    let State { world, settings, login, .. } = state;
    let mut context = Context { world, settings, call, now, who: 0 };
    match segments.as_slice() {
        ["4", path @ ..] => tempo::answer(&mut context, path),
        ["_edge", "tenant_info"] => jira::tenant_info(),
        ["rest", "api", "3", path @ ..] => jira::at_site(&mut context, login, path),
        ["ex", "jira", cloud, "rest", "api", "3", path @ ..] => {
            jira::at_gateway(&mut context, login, cloud, path)
        }
        _ => jira::errors::no_such_path(call),
    }
}

fn too_many(call: &Call, now: Timestamp) -> Answer {
    match call.segments.first().map(String::as_str) {
        Some("4") => tempo::errors::too_many_requests(),
        _ => jira::errors::too_many_requests(now),
    }
}

/// Marks an issue as having a bulk creation under way, for as long as the request waits and is processed:
/// also when the client goes away in the meantime.
struct BulkGuard<'a> {
    state: &'a Mutex<State>,
    issue: Option<u64>,
    conflict: bool,
}

impl<'a> BulkGuard<'a> {
    fn enter(state: &'a Mutex<State>, call: &Call) -> BulkGuard<'a> {
        let Some(issue) = tempo::bulk::issue_of(call) else {
            return BulkGuard { state, issue: None, conflict: false };
        };
        let first = lock(state).bulk_running.insert(issue);
        BulkGuard { state, issue: first.then_some(issue), conflict: !first }
    }
}

impl Drop for BulkGuard<'_> {
    fn drop(&mut self) {
        if let Some(issue) = self.issue {
            lock(self.state).bulk_running.remove(&issue);
        }
    }
}
