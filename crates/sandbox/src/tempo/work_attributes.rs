//! Work attributes, and their values on worklogs.

use serde_json::{Value, json};

use super::{
    errors,
    pagination::{PageWindow, page, unpaged},
    parameters::{json_body, required_body_ids},
    worklog_wire::WorklogSerializer,
    worklogs::find,
};
use crate::{
    constants::ACCOUNT_ATTRIBUTE,
    context::RequestContext,
    model::WorkAttribute,
    response::{HandlerResult, Response},
};

pub(super) fn list(context: &RequestContext) -> HandlerResult {
    page(context, PageWindow::of(context)?, &context.site.work_attributes, |attribute| {
        attribute_wire(context, attribute)
    })
}

pub(super) fn get(context: &RequestContext, key: &str) -> HandlerResult {
    let missing = || errors::not_found(context.settings, "Work attribute cannot be found in the system");
    let attribute = by_key(context, key).ok_or_else(missing)?;
    Ok(Response::ok(&attribute_wire(context, attribute)))
}

/// The key that the API shows. An administrator can choose any key, also for the account attribute.
fn key_of<'a>(context: &'a RequestContext, attribute: &WorkAttribute) -> &'a str {
    match attribute.key {
        ACCOUNT_ATTRIBUTE => &context.settings.account_attribute_key,
        key => key,
    }
}

fn by_key<'a>(context: &'a RequestContext, key: &str) -> Option<&'a WorkAttribute> {
    context.site.work_attributes.iter().find(|attribute| key_of(context, attribute) == key)
}

fn required(context: &RequestContext, key: &str) -> bool {
    context.settings.required_attributes.iter().any(|name| name == key)
}

/// Only static lists have `values` and `names`.
fn attribute_wire(context: &RequestContext, attribute: &WorkAttribute) -> Value {
    let key = key_of(context, attribute);
    let mut wire = json!({
        "self": format!("{}/4/work-attributes/{key}", context.request.origin),
        "key": key,
        "name": attribute.name,
        "type": attribute.attribute_type,
        "required": required(context, key),
    });
    if !attribute.values.is_empty() {
        let names: serde_json::Map<String, Value> =
            attribute.values.iter().map(|(value, name)| ((*value).to_owned(), (*name).into())).collect();
        wire["values"] = attribute.values.iter().map(|(value, _)| Value::from(*value)).collect();
        wire["names"] = names.into();
    }
    wire
}

/// The work attributes of a worklog in a request, under the keys they are stored by. Adds a message to `messages` for
/// everything that is invalid.
pub(super) fn read(
    context: &RequestContext,
    body: &Value,
    messages: &mut Vec<String>,
) -> Vec<(String, String)> {
    let mut read: Vec<(String, String)> = Vec::new();
    match body.get("attributes") {
        None | Some(Value::Null) => {}
        Some(Value::Array(items)) => {
            for item in items {
                match read_value(context, item) {
                    Ok(Some(pair)) if read.iter().any(|(key, _)| *key == pair.0) => {
                        messages.push(format!("Work attribute {} is given twice", pair.0));
                    }
                    Ok(pair) => read.extend(pair),
                    Err(message) => messages.push(message),
                }
            }
        }
        Some(_) => messages.push("attributes must be a list of key and value".to_owned()),
    }
    for attribute in &context.site.work_attributes {
        let key = key_of(context, attribute);
        if required(context, key) && !read.iter().any(|(stored, _)| stored == attribute.key) {
            messages.push(format!("Work attribute {} ({key}) is required", attribute.name));
        }
    }
    read
}

/// One key with its value, or the message that says what is invalid. According to the documentation the value is
/// optional; `None` means that there is none, so that the attribute is not set.
fn read_value(context: &RequestContext, item: &Value) -> Result<Option<(String, String)>, String> {
    let key = item.get("key").and_then(Value::as_str).filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| "attributes[].key must not be empty".to_owned())?;
    let attribute =
        by_key(context, key).ok_or_else(|| format!("Work attribute with key {key} does not exist"))?;
    let value = match item.get("value") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(value)) if value.is_empty() => return Ok(None),
        Some(Value::String(value)) => value,
        Some(_) => return Err(format!("Value of work attribute {key} must be a text")),
    };
    check_value(context, attribute, value)?;
    Ok(Some((attribute.key.to_owned(), value.clone())))
}

fn check_value(context: &RequestContext, attribute: &WorkAttribute, value: &str) -> Result<(), String> {
    let valid = match attribute.attribute_type {
        "ACCOUNT" => return check_account(context, value),
        "STATIC_LIST" => attribute.values.iter().any(|(stored, _)| *stored == value),
        "CHECKBOX" => matches!(value, "true" | "false"),
        "INPUT_NUMERIC" => value.parse::<f64>().is_ok_and(f64::is_finite),
        _ => true,
    };
    if valid { Ok(()) } else { Err(format!("Invalid value for work attribute {}: {value}", attribute.name)) }
}

fn check_account(context: &RequestContext, key: &str) -> Result<(), String> {
    match context.site.account(key).map(|account| account.status) {
        Some("OPEN") => Ok(()),
        Some("CLOSED") if context.settings.allow_logging_on_closed_account => Ok(()),
        Some(status) => Err(format!("Account {key} is {}", status.to_lowercase())),
        None => Err(format!("Account with key {key} does not exist")),
    }
}

pub(super) fn values_of(context: &RequestContext, id: &str) -> HandlerResult {
    let index = find(context, id)?;
    unpaged(context, WorklogSerializer::of(context).attribute_values(&context.site.worklogs[index]))
}

pub(super) fn value_of(context: &RequestContext, id: &str, key: &str) -> HandlerResult {
    let worklog = &context.site.worklogs[find(context, id)?];
    let stored = by_key(context, key).map(|attribute| attribute.key);
    let value = worklog.attributes.iter().find(|(name, _)| Some(name.as_str()) == stored);
    let missing =
        || errors::not_found(context.settings, "Work attribute value cannot be found in the system");
    let (_, value) = value.ok_or_else(missing)?;
    Ok(Response::ok(&json!({"key": key, "value": value})))
}

pub(super) fn search_values(context: &RequestContext) -> HandlerResult {
    let ids = required_body_ids(context, "tempoWorklogIds")?;
    if ids.len() > 500 {
        let message = "Please provide at least 1 and at most 500 worklog ids";
        return Err(errors::bad_request(context.settings, message));
    }
    let indexes = ids.iter().filter_map(|id| find(context, &id.to_string()).ok());
    let serializer = WorklogSerializer::of(context);
    let found: Vec<Value> = indexes
        .map(|index| &context.site.worklogs[index])
        .map(|worklog| {
            let values = serializer.attribute_values(worklog);
            json!({"tempoWorklogId": worklog.id, "workAttributeValues": values})
        })
        .collect();
    Ok(Response::ok(&found))
}

/// "This API only supports creating new Work Attribute values": a value that already exists fails the whole call.
pub(super) fn add_values(context: &mut RequestContext) -> HandlerResult {
    let Value::Array(items) = json_body(context)? else {
        return Err(errors::bad_request(context.settings, "Unable to process JSON"));
    };
    let mut additions = Vec::new();
    for item in &items {
        let id = item.get("tempoWorklogId").map(Value::to_string).unwrap_or_default();
        let index = find(context, &id)?;
        for value in item.get("attributeValues").and_then(Value::as_array).into_iter().flatten() {
            let pair = read_value(context, value)
                .map_err(|message| errors::bad_request(context.settings, &message))?;
            let Some(pair) = pair else { continue };
            if context.site.worklogs[index].attributes.iter().any(|(key, _)| *key == pair.0) {
                let message = format!("Worklog {id} already has a value for {}", pair.0);
                return Err(errors::bad_request(context.settings, &message));
            }
            additions.push((index, pair));
        }
    }
    for (index, pair) in additions {
        context.site.worklogs[index].attributes.push(pair);
    }
    Ok(Response::no_content())
}
