//! The control endpoints under `/__sandbox/`: another process sets faults and settings and reads the request log.
//! Faults never apply to them, and they are not logged.

use serde_json::{Map, Value, json};

use crate::{
    dataset,
    faults::Fault,
    request::Request,
    response::{HandlerResult, Response},
    settings::Settings,
    state::State,
};

const UNKNOWN_ENDPOINT: &str = "unknown control endpoint; available are GET and POST /__sandbox/faults, GET and \
                                POST /__sandbox/settings, GET and DELETE /__sandbox/requests, \
                                POST /__sandbox/revoke-access-tokens, POST /__sandbox/seed, POST /__sandbox/reset";

pub(crate) fn respond(state: &mut State, request: &Request) -> Response {
    let action: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    let result = match (request.method.as_str(), action.as_slice()) {
        ("GET", ["faults"]) => Ok(Response::ok(&state.faults.list())),
        ("POST", ["faults"]) => replace_faults(state, request),
        ("GET", ["settings"]) => Ok(Response::ok(&state.settings)),
        ("POST", ["settings"]) => change_settings(state, request),
        ("GET", ["requests"]) => Ok(Response::ok(&state.log.entries())),
        ("DELETE", ["requests"]) => {
            state.log.clear();
            Ok(done())
        }
        ("POST", ["reset"]) => {
            state.reset();
            Ok(done())
        }
        ("POST", ["revoke-access-tokens"]) => {
            state.oauth.revoke_access_tokens();
            Ok(done())
        }
        ("POST", ["seed"]) => seed(state, request),
        _ => Err(error(404, UNKNOWN_ENDPOINT)),
    };
    result.unwrap_or_else(|error| error)
}

fn done() -> Response {
    Response::ok(&json!({"ok": true}))
}

fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"error": message}))
}

fn json_body(request: &Request) -> Result<Value, Response> {
    request.json().map_err(|cause| error(400, &format!("the body is not valid JSON: {cause}")))
}

fn replace_faults(state: &mut State, request: &Request) -> HandlerResult {
    let Value::Array(items) = json_body(request)? else {
        return Err(error(400, "faults must be a JSON array; [] removes all faults"));
    };
    let mut faults = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let fault: Fault =
            serde_json::from_value(item).map_err(|cause| error(400, &format!("faults[{index}]: {cause}")))?;
        faults.push(fault);
    }
    state.faults.clear();
    state.faults.add(faults);
    Ok(Response::ok(&state.faults.list()))
}

fn change_settings(state: &mut State, request: &Request) -> HandlerResult {
    let Value::Object(changes) = json_body(request)? else {
        return Err(error(400, "settings must be a JSON object with the fields to change"));
    };
    let Ok(Value::Object(mut merged)) = serde_json::to_value(&state.settings) else {
        return Err(error(500, "the settings cannot be serialized"));
    };
    merged.extend(changes);
    let changed: Settings = serde_json::from_value(Value::Object(merged))
        .map_err(|cause| error(400, &format!("settings: {cause}")))?;
    let start_time = changed.default_start_time.as_deref();
    if start_time.is_some_and(|text| jiff::civil::Time::strptime("%H:%M:%S", text).is_err()) {
        return Err(error(400, "settings: default_start_time must be a time as HH:MM:SS, or null"));
    }
    state.settings = changed;
    Ok(Response::ok(&state.settings))
}

/// A larger number is probably a typo, and would fill the memory.
const MOST_SEEDED: u64 = 2_000_000;

fn seed(state: &mut State, request: &Request) -> HandlerResult {
    let body = json_body(request)?;
    let Some(object) = body.as_object() else {
        return Err(error(400, r#"seed must be a JSON object: {"worklogs":50000,"issues":200}"#));
    };
    if let Some(unknown) = object.keys().find(|key| *key != "worklogs" && *key != "issues") {
        let message = format!("seed: unknown field `{unknown}`, expected `worklogs` or `issues`");
        return Err(error(400, &message));
    }
    let worklogs = count(object, "worklogs", 0)?;
    let issues = count(object, "issues", 1)?;
    let now = state.now();
    dataset::add_generated_worklogs(&mut state.site, now, worklogs, issues);
    Ok(Response::ok(&json!({"worklogs": worklogs, "issues": issues})))
}

fn count(object: &Map<String, Value>, name: &str, least: u64) -> Result<usize, Response> {
    let count = object.get(name).and_then(Value::as_u64);
    let count = count.filter(|count| (least..=MOST_SEEDED).contains(count));
    let message = || format!("seed: {name} must be a whole number from {least} to {MOST_SEEDED}");
    count.and_then(|count| usize::try_from(count).ok()).ok_or_else(|| error(400, &message()))
}
