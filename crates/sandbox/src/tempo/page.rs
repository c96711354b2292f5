//! Offset paging ("Pagination"): `offset` and `limit` in, `metadata` with absolute links out.

use serde::Serialize;

use super::errors;
use crate::{
    answer::{Answer, Outcome},
    context::Context,
};

/// Tempo's best practices name 5000 as the largest page of version 4; it does not say what more than that
/// gets. Here it gets 5000, and `metadata.limit` says so.
const LARGEST_LIMIT: usize = 5000;
const DEFAULT_LIMIT: usize = 50;

#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    offset: usize,
    limit: usize,
}

impl Window {
    pub(super) fn of(context: &Context) -> Result<Window, Answer> {
        let offset = number(context, "offset", 0, 0)?;
        let asked = number(context, "limit", DEFAULT_LIMIT, 1)?;
        let limit = asked.min(LARGEST_LIMIT).min(context.settings.page_limit.unwrap_or(LARGEST_LIMIT).max(1));
        Ok(Window { offset, limit })
    }

    pub(super) fn cut<T>(self, items: &[T]) -> &[T] {
        let start = self.offset.min(items.len());
        let end = start.saturating_add(self.limit).min(items.len());
        &items[start..end]
    }
}

fn number(context: &Context, name: &str, default: usize, least: usize) -> Result<usize, Answer> {
    let Some(text) = context.call.param(name) else { return Ok(default) };
    text.parse().ok().filter(|number| *number >= least).ok_or_else(|| {
        errors::bad_request(
            context.settings,
            &format!("Query parameter {name} must be a number of at least {least}"),
        )
    })
}

#[derive(Serialize)]
struct Page<T> {
    #[serde(rename = "self")]
    link: String,
    metadata: Metadata,
    results: Vec<T>,
}

#[derive(Serialize)]
struct Metadata {
    count: usize,
    offset: usize,
    limit: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
}

/// One window of `items`, each written by `row`.
pub(super) fn page<T, R: Serialize>(
    context: &Context,
    window: Window,
    items: &[T],
    row: impl Fn(&T) -> R,
) -> Outcome {
    let results: Vec<R> = window.cut(items).iter().map(row).collect();
    let end = window.offset + results.len();
    let next = (end < items.len()).then(|| link(context, end, window.limit));
    let before = window.offset.saturating_sub(window.limit);
    let previous = (window.offset > 0).then(|| link(context, before, window.limit));
    let count = results.len();
    let metadata = Metadata { count, offset: window.offset, limit: window.limit, next, previous };
    Ok(Answer::ok(&Page { link: own_link(context), metadata, results }))
}

#[derive(Serialize)]
struct Whole<T> {
    #[serde(rename = "self")]
    link: String,
    metadata: Count,
    results: Vec<T>,
}

#[derive(Serialize)]
struct Count {
    count: usize,
}

/// A list that is not paged.
pub(super) fn whole<R: Serialize>(context: &Context, results: Vec<R>) -> Outcome {
    let metadata = Count { count: results.len() };
    Ok(Answer::ok(&Whole { link: own_link(context), metadata, results }))
}

/// The address of this request.
fn own_link(context: &Context) -> String {
    let call = context.call;
    match call.raw_query.as_str() {
        "" => format!("{}{}", call.origin, call.path),
        query => format!("{}{}?{query}", call.origin, call.path),
    }
}

fn link(context: &Context, offset: usize, limit: usize) -> String {
    let call = context.call;
    let others = call.query.iter().filter(|(name, _)| name != "offset" && name != "limit");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(others)
        .append_pair("offset", &offset.to_string())
        .append_pair("limit", &limit.to_string())
        .finish();
    let origin = context.settings.next_host.as_deref().unwrap_or(&call.origin);
    format!("{}{}?{query}", origin.trim_end_matches('/'), call.path)
}
