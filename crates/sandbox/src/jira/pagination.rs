//! Jira's offset pages, which its documentation calls page beans: `startAt` and `maxResults`.

use serde_json::{Value, json};

use super::errors;
use crate::{
    context::RequestContext,
    response::{HandlerResult, Response},
};

/// A query parameter that is a number.
pub(super) fn number(context: &RequestContext, name: &str, default: usize) -> Result<usize, Response> {
    let Some(text) = context.request.param(name) else { return Ok(default) };
    text.parse().map_err(|_| errors::bad_request(&format!("{name} must be a number")))
}

/// The requested page of `items`, each converted by `wire`. `default` is the page size without `maxResults`.
pub(super) fn page_bean<T>(
    context: &RequestContext,
    items: &[T],
    default: usize,
    wire: impl Fn(&T) -> Value,
) -> HandlerResult {
    let start = number(context, "startAt", 0)?;
    let most = number(context, "maxResults", default)?;
    let values: Vec<Value> = items.iter().skip(start).take(most).map(wire).collect();
    let is_last = start + values.len() >= items.len();
    let request = context.request;
    let own = format!("{}{}?maxResults={most}&startAt={start}", request.origin, request.path);
    let mut body = json!({
        "self": own, "maxResults": most, "startAt": start, "total": items.len(), "isLast": is_last, "values": values,
    });
    if !is_last {
        let next = start + most;
        body["nextPage"] =
            format!("{}{}?maxResults={most}&startAt={next}", request.origin, request.path).into();
    }
    Ok(Response::ok(&body))
}
