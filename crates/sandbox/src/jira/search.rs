//! `search/jql`: token paging, no total, and only bounded queries.

use base64::Engine;
use serde_json::{Value, json};

use super::{
    errors,
    fields::{self, Selection},
    issues, jql,
};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    world::Issue,
};

struct Search {
    jql: String,
    selection: Selection,
    /// Fewer issues fit on a page when fields are asked for.
    most: usize,
    token: Option<String>,
}

const DEFAULT_PAGE: usize = 50;
const LARGEST_PAGE: usize = 5000;
const LARGEST_PAGE_WITH_FIELDS: usize = 100;

pub(super) fn by_post(context: &Context) -> Outcome {
    let body = issues::body(context)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let most = match body.get("maxResults") {
        None | Some(Value::Null) => DEFAULT_PAGE,
        Some(value) => value.as_u64().and_then(|most| usize::try_from(most).ok()).ok_or_else(bad_size)?,
    };
    let names = body.get("fields").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let with_fields = names.clone().any(|name| name != "id" && name != "key");
    let search = Search {
        jql: text("jql").unwrap_or_default(),
        selection: Selection::of(names, "id"),
        most: clamp(most, with_fields),
        token: text("nextPageToken"),
    };
    answer(context, &search)
}

pub(super) fn by_get(context: &Context) -> Outcome {
    let call = context.call;
    let most =
        call.param("maxResults").map_or(Ok(DEFAULT_PAGE), |text| text.parse().map_err(|_| bad_size()))?;
    let names = call.params("fields");
    let with_fields =
        call.params("fields").flat_map(|list| list.split(',')).any(|name| name != "id" && name != "key");
    let search = Search {
        jql: call.param("jql").unwrap_or_default().to_owned(),
        selection: Selection::of(names, "id"),
        most: clamp(most, with_fields),
        token: call.param("nextPageToken").map(str::to_owned),
    };
    answer(context, &search)
}

fn bad_size() -> Answer {
    errors::bad_request("maxResults must be a number")
}

fn clamp(most: usize, with_fields: bool) -> usize {
    most.clamp(1, if with_fields { LARGEST_PAGE_WITH_FIELDS } else { LARGEST_PAGE })
}

/// The matching issues, or Jira's 400 with everything that is wrong with the query.
fn find<'a>(context: &'a Context, text: &str) -> Result<Vec<&'a Issue>, Answer> {
    let query = jql::parse(text).map_err(|message| errors::bad_request(&message))?;
    if query.filter.is_none() {
        let message =
            "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.";
        return Err(errors::bad_request(message));
    }
    jql::find(context, &query)
        .map_err(|messages| Answer::json(400, &json!({"errorMessages": messages, "errors": {}})))
}

fn answer(context: &Context, search: &Search) -> Outcome {
    let found = find(context, &search.jql)?;
    let start = search.token.as_deref().map_or(Ok(0), |token| read_token(token, &search.jql))?;
    let page = found.iter().skip(start).take(search.most);
    let issues: Vec<Value> = page.map(|issue| fields::issue(context, issue, &search.selection)).collect();
    let end = start + issues.len();
    let last = end >= found.len();
    let mut wire = json!({"issues": issues, "isLast": last});
    if !last {
        wire["nextPageToken"] = write_token(end, &search.jql).into();
    }
    Ok(Answer::ok(&wire))
}

/// A token belongs to its query: with another one it is refused.
fn write_token(offset: usize, jql: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("{offset}:{jql}"))
}

fn read_token(token: &str, jql: &str) -> Result<usize, Answer> {
    let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).ok();
    let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
    let offset = text.and_then(|text| {
        let (offset, query) = text.split_once(':')?;
        offset.parse().ok().filter(|_| query == jql)
    });
    offset.ok_or_else(|| errors::bad_request("The provided next page token is invalid or expired."))
}

pub(super) fn approximate_count(context: &Context) -> Outcome {
    let body = issues::body(context)?;
    let found = find(context, body.get("jql").and_then(Value::as_str).unwrap_or_default())?;
    Ok(Answer::ok(&json!({"count": found.len()})))
}

/// The searches that were removed in 2025 (CHANGE-2046).
pub(super) fn removed() -> Outcome {
    let message = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full \
                   migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046";
    Err(errors::refuse(410, message))
}
