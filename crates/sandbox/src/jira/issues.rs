//! Single issues and the bulk fetch.

use serde_json::{Value, json};

use super::{
    errors,
    issue_fields::{self, FieldSelection},
};
use crate::{
    context::RequestContext,
    model::Issue,
    response::{HandlerResult, Response},
};

/// An issue that the caller may not see gets the same 404 as one that does not exist.
pub(super) fn get(context: &RequestContext, id_or_key: &str) -> HandlerResult {
    let missing =
        || errors::with_message(404, "Issue does not exist or you do not have permission to see it.");
    let issue = context.site.visible_issue(context.caller, id_or_key).ok_or_else(missing)?;
    let selection = FieldSelection::of(context.request.params("fields"), "*all");
    Ok(Response::ok(&issue_fields::issue_wire(context, issue, &selection)))
}

const MOST_ISSUES: usize = 100;

/// "Issues are returned in ascending id order". Issues that do not exist or are not visible are left out without an
/// error.
pub(super) fn bulk_fetch(context: &RequestContext) -> HandlerResult {
    let body = json_body(context)?;
    let requested = body.get("issueIdsOrKeys").and_then(Value::as_array);
    let requested = requested.filter(|requested| !requested.is_empty());
    let requested = requested.ok_or_else(|| errors::bad_request("issueIdsOrKeys must not be empty"))?;
    if requested.len() > MOST_ISSUES {
        let message = format!("The maximum number of issues that can be fetched is {MOST_ISSUES}");
        return Err(errors::bad_request(&message));
    }
    let text = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
    let found = requested.iter().filter_map(|item| context.site.visible_issue(context.caller, &text(item)));
    let mut found: Vec<&Issue> = found.collect();
    found.sort_unstable_by_key(|issue| issue.id);
    found.dedup_by_key(|issue| issue.id);
    let names = body.get("fields").and_then(Value::as_array).into_iter().flatten();
    let selection = FieldSelection::of(names.filter_map(Value::as_str), "*navigable");
    let issues: Vec<Value> =
        found.iter().map(|issue| issue_fields::issue_wire(context, issue, &selection)).collect();
    Ok(Response::ok(&json!({"issues": issues, "issueErrors": []})))
}

/// The JSON object in the body of the request.
pub(super) fn json_body(context: &RequestContext) -> Result<Value, Response> {
    if !context.request.has_json_body() {
        return Err(errors::with_message(415, "Unsupported Media Type"));
    }
    let body = context.request.json().ok().filter(Value::is_object);
    body.ok_or_else(|| {
        errors::bad_request("Invalid request payload. Refer to the REST API documentation and try again.")
    })
}
