//! Lists: `offset` and `limit` in the request, `metadata` with absolute links in the response (Tempo, "Pagination").

use serde::Serialize;

use super::errors;
use crate::{
    context::RequestContext,
    response::{HandlerResult, Response},
};

/// Tempo's best practices give 5000 as the largest page of version 4, but not what a larger limit does. Here it is
/// reduced to 5000, which `metadata.limit` shows.
const LARGEST_LIMIT: usize = 5000;
const DEFAULT_LIMIT: usize = 50;

#[derive(Debug, Clone, Copy)]
pub(super) struct PageWindow {
    offset: usize,
    limit: usize,
}

impl PageWindow {
    pub(super) fn of(context: &RequestContext) -> Result<PageWindow, Response> {
        let offset = number(context, "offset", 0, 0)?;
        let requested = number(context, "limit", DEFAULT_LIMIT, 1)?;
        let largest = context.settings.page_limit.unwrap_or(LARGEST_LIMIT).max(1);
        Ok(PageWindow { offset, limit: requested.min(LARGEST_LIMIT).min(largest) })
    }

    fn slice<T>(self, items: &[T]) -> &[T] {
        let start = self.offset.min(items.len());
        let end = start.saturating_add(self.limit).min(items.len());
        &items[start..end]
    }
}

fn number(context: &RequestContext, name: &str, default: usize, least: usize) -> Result<usize, Response> {
    let Some(text) = context.request.param(name) else { return Ok(default) };
    text.parse().ok().filter(|number| *number >= least).ok_or_else(|| {
        errors::bad_request(
            context.settings,
            &format!("Query parameter {name} must be a number of at least {least}"),
        )
    })
}

#[derive(Serialize)]
struct PageWire<T> {
    #[serde(rename = "self")]
    link: String,
    metadata: PageMetadata,
    results: Vec<T>,
}

#[derive(Serialize)]
struct PageMetadata {
    count: usize,
    offset: usize,
    limit: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
}

/// One page of `items`, each converted by `wire`.
pub(super) fn page<T, R: Serialize>(
    context: &RequestContext,
    window: PageWindow,
    items: &[T],
    wire: impl Fn(&T) -> R,
) -> HandlerResult {
    let results: Vec<R> = window.slice(items).iter().map(wire).collect();
    let end = window.offset + results.len();
    let next = (end < items.len()).then(|| page_link(context, end, window.limit));
    let before = window.offset.saturating_sub(window.limit);
    let previous = (window.offset > 0).then(|| page_link(context, before, window.limit));
    let count = results.len();
    let metadata = PageMetadata { count, offset: window.offset, limit: window.limit, next, previous };
    Ok(Response::ok(&PageWire { link: own_link(context), metadata, results }))
}

#[derive(Serialize)]
struct ListWire<T> {
    #[serde(rename = "self")]
    link: String,
    metadata: ListMetadata,
    results: Vec<T>,
}

#[derive(Serialize)]
struct ListMetadata {
    count: usize,
}

/// A list without pages.
pub(super) fn unpaged<R: Serialize>(context: &RequestContext, results: Vec<R>) -> HandlerResult {
    let metadata = ListMetadata { count: results.len() };
    Ok(Response::ok(&ListWire { link: own_link(context), metadata, results }))
}

/// The URL of this request.
fn own_link(context: &RequestContext) -> String {
    let request = context.request;
    match request.raw_query.as_str() {
        "" => format!("{}{}", request.origin, request.path),
        query => format!("{}{}?{query}", request.origin, request.path),
    }
}

fn page_link(context: &RequestContext, offset: usize, limit: usize) -> String {
    let request = context.request;
    let others = request.query.iter().filter(|(name, _)| name != "offset" && name != "limit");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair("offset", &offset.to_string())
        .append_pair("limit", &limit.to_string())
        .finish();
    let origin = context.settings.next_origin.as_deref().unwrap_or(&request.origin);
    format!("{}{}?{query}", origin.trim_end_matches('/'), request.path)
}
