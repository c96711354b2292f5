//! Reading query parameters and JSON bodies. Each function that cannot read its value returns Tempo's 400.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::errors;
use crate::{context::RequestContext, response::Response};

/// The JSON body of the request. Tempo accepts no other media type.
pub(super) fn json_body(context: &RequestContext) -> Result<Value, Response> {
    if !context.request.has_json_body() {
        let message = "HTTP 415 Unsupported Media Type".to_owned();
        return Err(errors::with_messages(context.settings, 415, &[message]));
    }
    context.request.json().map_err(|_| errors::bad_request(context.settings, "Unable to process JSON"))
}

/// Parses `YYYY-MM-DD`, the only form of a date that Tempo accepts.
pub(super) fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let is_date = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
    if is_date { text.parse().ok() } else { None }
}

pub(super) fn optional_date(
    context: &RequestContext,
    name: &str,
    text: Option<&str>,
) -> Result<Option<Date>, Response> {
    let Some(text) = text else { return Ok(None) };
    let invalid = || errors::bad_request(context.settings, &format!("Invalid date for {name}: {text}"));
    parse_date(text).map(Some).ok_or_else(invalid)
}

/// A query parameter with a date, which the call requires.
pub(super) fn required_date(context: &RequestContext, name: &str) -> Result<Date, Response> {
    let date = optional_date(context, name, context.request.param(name))?;
    let missing = || errors::bad_request(context.settings, &format!("Query parameter {name} is required"));
    date.ok_or_else(missing)
}

/// `updatedFrom`: `yyyy-MM-dd['T'HH:mm:ss]['Z']`.
pub(super) fn updated_from(
    context: &RequestContext,
    text: Option<&str>,
) -> Result<Option<Timestamp>, Response> {
    let Some(text) = text else { return Ok(None) };
    let day = parse_date(text).and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map(|day| day.timestamp());
    let invalid = || errors::bad_request(context.settings, &format!("Invalid date for updatedFrom: {text}"));
    day.or_else(|| text.parse().ok()).map(Some).ok_or_else(invalid)
}

/// All values of a query parameter that can be repeated. `None` if there are none.
pub(super) fn query_ids(context: &RequestContext, name: &str) -> Result<Option<Vec<u64>>, Response> {
    let invalid =
        |_| errors::bad_request(context.settings, &format!("Query parameter {name} must be a number"));
    let ids: Result<Vec<u64>, _> =
        context.request.params(name).map(|text| text.parse().map_err(invalid)).collect();
    ids.map(|ids| (!ids.is_empty()).then_some(ids))
}

fn body_list<'a>(
    context: &RequestContext,
    body: &'a Value,
    name: &str,
) -> Result<Option<&'a Vec<Value>>, Response> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => Ok((!items.is_empty()).then_some(items)),
        Some(_) => Err(errors::bad_request(context.settings, &format!("{name} must be a list"))),
    }
}

/// A list of strings in a body. `None` if it is missing or empty.
pub(super) fn body_texts<'a>(
    context: &RequestContext,
    body: &'a Value,
    name: &str,
) -> Result<Option<Vec<&'a str>>, Response> {
    let Some(items) = body_list(context, body, name)? else { return Ok(None) };
    let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    let invalid = || errors::bad_request(context.settings, &format!("{name} must be a list of texts"));
    texts.map(Some).ok_or_else(invalid)
}

/// A list of ids in a body, as numbers or, like in the examples of Tempo's documentation, as strings. `None` if it is
/// missing or empty.
pub(super) fn body_ids(
    context: &RequestContext,
    body: &Value,
    name: &str,
) -> Result<Option<Vec<u64>>, Response> {
    let Some(items) = body_list(context, body, name)? else { return Ok(None) };
    let id = |item: &Value| item.as_u64().or_else(|| item.as_str()?.parse().ok());
    let invalid = || errors::bad_request(context.settings, &format!("{name} must be a list of numbers"));
    items.iter().map(id).collect::<Option<Vec<u64>>>().map(Some).ok_or_else(invalid)
}

/// A list of ids in the body of the request, which the call requires.
pub(super) fn required_body_ids(context: &RequestContext, name: &str) -> Result<Vec<u64>, Response> {
    let body = json_body(context)?;
    let missing = || errors::bad_request(context.settings, &format!("{name} must not be empty"));
    body_ids(context, &body, name)?.ok_or_else(missing)
}
