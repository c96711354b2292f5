//! Single issues and the bulk fetch.

use serde_json::{Value, json};

use super::{errors, fields, fields::Selection};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    world::Issue,
};

/// One that is invisible looks like one that is not there.
pub(super) fn one(context: &Context, id_or_key: &str) -> Outcome {
    let missing = || errors::refuse(404, "Issue does not exist or you do not have permission to see it.");
    let issue = context.world.visible_issue(context.who, id_or_key).ok_or_else(missing)?;
    let selection = Selection::of(context.call.params("fields"), "*all");
    Ok(Answer::ok(&fields::issue(context, issue, &selection)))
}

const MOST: usize = 100;

/// "Issues are returned in ascending id order"; those not found or not visible are absent, without an error.
pub(super) fn bulk_fetch(context: &Context) -> Outcome {
    let body = body(context)?;
    let asked = body.get("issueIdsOrKeys").and_then(Value::as_array);
    let asked = asked.filter(|asked| !asked.is_empty());
    let asked = asked.ok_or_else(|| errors::bad_request("issueIdsOrKeys must not be empty"))?;
    if asked.len() > MOST {
        let message = format!("The maximum number of issues that can be fetched is {MOST}");
        return Err(errors::bad_request(&message));
    }
    let text = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
    let found = asked.iter().filter_map(|item| context.world.visible_issue(context.who, &text(item)));
    let mut found: Vec<&Issue> = found.collect();
    found.sort_unstable_by_key(|issue| issue.id);
    found.dedup_by_key(|issue| issue.id);
    let selection = selection(&body, "*navigable");
    let issues: Vec<Value> = found.iter().map(|issue| fields::issue(context, issue, &selection)).collect();
    Ok(Answer::ok(&json!({"issues": issues, "issueErrors": []})))
}

pub(super) fn selection(body: &Value, default: &str) -> Selection {
    let items = body.get("fields").and_then(Value::as_array).into_iter().flatten();
    Selection::of(items.filter_map(Value::as_str), default)
}

pub(super) fn body(context: &Context) -> Result<Value, Answer> {
    if !context.call.has_json_body() {
        return Err(errors::refuse(415, "Unsupported Media Type"));
    }
    let body = context.call.json().ok().filter(Value::is_object);
    body.ok_or_else(|| {
        errors::bad_request("Invalid request payload. Refer to the REST API documentation and try again.")
    })
}
