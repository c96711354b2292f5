//! `search/jql`: pages by token, no total, and only bounded queries.

use base64::Engine;
use serde_json::{Value, json};

use super::{
    errors,
    issue_fields::{self, FieldSelection},
    issues::json_body,
    jql,
};
use crate::{
    context::RequestContext,
    model::Issue,
    response::{HandlerResult, Response},
};

struct SearchRequest {
    jql: String,
    selection: FieldSelection,
    page_size: usize,
    page_token: Option<String>,
}

const DEFAULT_PAGE: usize = 50;
const LARGEST_PAGE: usize = 5000;
/// A page with other fields than `id` and `key` is smaller.
const LARGEST_PAGE_WITH_FIELDS: usize = 100;

pub(super) fn by_post(context: &RequestContext) -> HandlerResult {
    let body = json_body(context)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let most = match body.get("maxResults") {
        None | Some(Value::Null) => DEFAULT_PAGE,
        Some(value) => value.as_u64().and_then(|most| usize::try_from(most).ok()).ok_or_else(invalid_size)?,
    };
    let names = body.get("fields").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let with_fields = names.clone().any(|name| name != "id" && name != "key");
    let search = SearchRequest {
        jql: text("jql").unwrap_or_default(),
        selection: FieldSelection::of(names, "id"),
        page_size: page_size(most, with_fields),
        page_token: text("nextPageToken"),
    };
    respond(context, &search)
}

pub(super) fn by_get(context: &RequestContext) -> HandlerResult {
    let request = context.request;
    let most = request
        .param("maxResults")
        .map_or(Ok(DEFAULT_PAGE), |text| text.parse().map_err(|_| invalid_size()))?;
    let with_fields =
        request.params("fields").flat_map(|list| list.split(',')).any(|name| name != "id" && name != "key");
    let search = SearchRequest {
        jql: request.param("jql").unwrap_or_default().to_owned(),
        selection: FieldSelection::of(request.params("fields"), "id"),
        page_size: page_size(most, with_fields),
        page_token: request.param("nextPageToken").map(str::to_owned),
    };
    respond(context, &search)
}

fn invalid_size() -> Response {
    errors::bad_request("maxResults must be a number")
}

fn page_size(most: usize, with_fields: bool) -> usize {
    most.clamp(1, if with_fields { LARGEST_PAGE_WITH_FIELDS } else { LARGEST_PAGE })
}

/// The matching issues, or Jira's 400 with all errors in the query.
fn find<'a>(context: &'a RequestContext, text: &str) -> Result<Vec<&'a Issue>, Response> {
    let query = jql::parse(text).map_err(|message| errors::bad_request(&message))?;
    if query.filter.is_none() {
        let message =
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.";
        return Err(errors::bad_request(message));
    }
    jql::find(context, &query).map_err(|messages| errors::with_messages(400, &messages))
}

fn respond(context: &RequestContext, search: &SearchRequest) -> HandlerResult {
    let found = find(context, &search.jql)?;
    let token = search.page_token.as_deref();
    let start = token.map_or(Ok(0), |token| decode_token(token, &search.jql))?;
    let page = found.iter().skip(start).take(search.page_size);
    let issues: Vec<Value> =
        page.map(|issue| issue_fields::issue_wire(context, issue, &search.selection)).collect();
    let end = start + issues.len();
    let is_last = end >= found.len();
    let mut body = json!({"issues": issues, "isLast": is_last});
    if !is_last {
        body["nextPageToken"] = encode_token(end, &search.jql).into();
    }
    Ok(Response::ok(&body))
}

/// A page token contains its query, and is rejected with any other.
fn encode_token(offset: usize, jql: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("{offset}:{jql}"))
}

fn decode_token(token: &str, jql: &str) -> Result<usize, Response> {
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    let offset = text.and_then(|text| {
        let (offset, query) = text.split_once(':')?;
        offset.parse().ok().filter(|_| query == jql)
    });
    offset.ok_or_else(|| errors::bad_request("The provided next page token is invalid or expired."))
}

pub(super) fn approximate_count(context: &RequestContext) -> HandlerResult {
    let body = json_body(context)?;
    let found = find(context, body.get("jql").and_then(Value::as_str).unwrap_or_default())?;
    Ok(Response::ok(&json!({"count": found.len()})))
}

/// The searches that Jira removed in 2025 (CHANGE-2046).
pub(super) fn removed() -> HandlerResult {
    let message = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full \
                   migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046";
    Err(errors::with_message(410, message))
}
