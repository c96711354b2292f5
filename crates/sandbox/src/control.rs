//! `/__sandbox/…`: how another process sets faults and settings, and reads the log. Faults never apply here.

use serde_json::{Map, Value, json};

use crate::{
    Fault, Sandbox, Settings,
    answer::{Answer, Outcome},
    call::Call,
};

pub(crate) fn answer(sandbox: &Sandbox, call: &Call) -> Answer {
    let action: Vec<&str> = call.segments.iter().skip(1).map(String::as_str).collect();
    let outcome = match (call.method.as_str(), action.as_slice()) {
        ("GET", ["faults"]) => Ok(Answer::ok(&sandbox.faults())),
        ("POST", ["faults"]) => set_faults(sandbox, call),
        ("GET", ["settings"]) => Ok(Answer::ok(&sandbox.lock().settings)),
        ("POST", ["settings"]) => change_settings(sandbox, call),
        ("GET", ["requests"]) => Ok(Answer::ok(&sandbox.requests())),
        ("DELETE", ["requests"]) => {
            sandbox.clear_requests();
            Ok(done())
        }
        ("POST", ["reset"]) => {
            sandbox.reset();
            Ok(done())
        }
        ("POST", ["end-access-tokens"]) => {
            sandbox.end_access_tokens();
            Ok(done())
        }
        ("POST", ["seed"]) => seed(sandbox, call),
        _ => Err(refusal(
            404,
            "there is GET and POST /__sandbox/faults, GET and POST /__sandbox/settings, GET and DELETE \
             /__sandbox/requests, POST /__sandbox/end-access-tokens, POST /__sandbox/seed, POST /__sandbox/reset",
        )),
    };
    outcome.unwrap_or_else(|refused| refused)
}

fn done() -> Answer {
    Answer::ok(&json!({"ok": true}))
}

fn refusal(status: u16, error: &str) -> Answer {
    Answer::json(status, &json!({"error": error}))
}

fn body(call: &Call) -> Result<Value, Answer> {
    call.json().map_err(|error| refusal(400, &format!("the body is not JSON: {error}")))
}

fn set_faults(sandbox: &Sandbox, call: &Call) -> Outcome {
    let Value::Array(items) = body(call)? else {
        return Err(refusal(400, "faults are a JSON array; [] clears them"));
    };
    let mut faults = Vec::new();
    for (place, item) in items.into_iter().enumerate() {
        let fault: Fault = serde_json::from_value(item)
            .map_err(|error| refusal(400, &format!("faults[{place}]: {error}")))?;
        faults.push(fault);
    }
    sandbox.clear_faults();
    sandbox.add_faults(faults);
    Ok(Answer::ok(&sandbox.faults()))
}

fn change_settings(sandbox: &Sandbox, call: &Call) -> Outcome {
    let Value::Object(changes) = body(call)? else {
        return Err(refusal(400, "settings are a JSON object with the fields to change"));
    };
    let mut state = sandbox.lock();
    let Ok(Value::Object(mut merged)) = serde_json::to_value(&state.settings) else {
        return Err(refusal(500, "the settings cannot be written as JSON"));
    };
    merged.extend(changes);
    let changed: Settings = serde_json::from_value(Value::Object(merged))
        .map_err(|error| refusal(400, &format!("settings: {error}")))?;
    let start_time = changed.default_start_time.as_deref();
    if start_time.is_some_and(|text| jiff::civil::Time::strptime("%H:%M:%S", text).is_err()) {
        return Err(refusal(400, "settings: default_start_time is a time as HH:MM:SS, or null"));
    }
    state.settings = changed;
    Ok(Answer::ok(&state.settings))
}

/// More than this is a slip of the keyboard, and would fill the memory.
const MOST_SEEDED: u64 = 2_000_000;

fn seed(sandbox: &Sandbox, call: &Call) -> Outcome {
    let body = body(call)?;
    let Some(object) = body.as_object() else {
        return Err(refusal(400, r#"the seed is an object: {"worklogs":50000,"issues":200}"#));
    };
    if let Some(unknown) = object.keys().find(|key| *key != "worklogs" && *key != "issues") {
        return Err(refusal(
            400,
            &format!("seed: unknown field `{unknown}`, expected `worklogs` or `issues`"),
        ));
    }
    let worklogs = count(object, "worklogs", 0)?;
    let issues = count(object, "issues", 1)?;
    sandbox.add_worklogs(worklogs, issues);
    Ok(Answer::ok(&json!({"worklogs": worklogs, "issues": issues})))
}

fn count(object: &Map<String, Value>, name: &str, least: u64) -> Result<usize, Answer> {
    let given = object.get(name).and_then(Value::as_u64);
    let count = given.filter(|count| (least..=MOST_SEEDED).contains(count));
    count
        .and_then(|count| usize::try_from(count).ok())
        .ok_or_else(|| refusal(400, &format!("seed: {name} is a whole number from {least} to {MOST_SEEDED}")))
}
