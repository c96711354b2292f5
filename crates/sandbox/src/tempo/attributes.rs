//! Work attributes, and their values on worklogs.

use serde_json::{Value, json};

use super::{
    body, errors,
    ids::required_ids,
    page::{Window, page, whole},
    worklogs::{Writer, find},
};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    data::ACCOUNT_ATTRIBUTE,
    world::WorkAttribute,
};

pub(super) fn list(context: &Context) -> Outcome {
    page(context, Window::of(context)?, &context.world.attributes, |attribute| wire(context, attribute))
}

pub(super) fn one(context: &Context, key: &str) -> Outcome {
    let missing = || errors::not_found(context.settings, "Work attribute cannot be found in the system");
    let attribute = by_key(context, key).ok_or_else(missing)?;
    Ok(Answer::ok(&wire(context, attribute)))
}

/// The key as it is written: an administrator chooses it freely, also that of the account attribute.
fn key_of<'a>(context: &'a Context, attribute: &WorkAttribute) -> &'a str {
    match attribute.key {
        ACCOUNT_ATTRIBUTE => &context.settings.account_attribute_key,
        key => key,
    }
}

fn by_key<'a>(context: &'a Context, key: &str) -> Option<&'a WorkAttribute> {
    context.world.attributes.iter().find(|attribute| key_of(context, attribute) == key)
}

fn required(context: &Context, key: &str) -> bool {
    context.settings.required_attributes.iter().any(|name| name == key)
}

/// `values` and `names` are there for static lists only.
fn wire(context: &Context, attribute: &WorkAttribute) -> Value {
    let key = key_of(context, attribute);
    let mut wire = json!({
        "self": format!("{}/4/work-attributes/{key}", context.call.origin),
        "key": key,
        "name": attribute.name,
        "type": attribute.kind,
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

/// The attributes of an entry, under the keys they are stored by; and what is wrong with them.
pub(super) fn read(context: &Context, body: &Value, faults: &mut Vec<String>) -> Vec<(String, String)> {
    let mut read: Vec<(String, String)> = Vec::new();
    match body.get("attributes") {
        None | Some(Value::Null) => {}
        Some(Value::Array(items)) => {
            for item in items {
                match read_one(context, item) {
                    Ok(Some(pair)) if read.iter().any(|(key, _)| *key == pair.0) => {
                        faults.push(format!("Work attribute {} is given twice", pair.0));
                    }
                    Ok(pair) => read.extend(pair),
                    Err(fault) => faults.push(fault),
                }
            }
        }
        Some(_) => faults.push("attributes must be a list of key and value".to_owned()),
    }
    for attribute in &context.world.attributes {
        let key = key_of(context, attribute);
        if required(context, key) && !read.iter().any(|(stored, _)| stored == attribute.key) {
            faults.push(format!("Work attribute {} ({key}) is required", attribute.name));
        }
    }
    read
}

/// The value is optional in the documentation: without one the attribute is not set.
fn read_one(context: &Context, item: &Value) -> Result<Option<(String, String)>, String> {
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
    check(context, attribute, value)?;
    Ok(Some((attribute.key.to_owned(), value.clone())))
}

fn check(context: &Context, attribute: &WorkAttribute, value: &str) -> Result<(), String> {
    let valid = match attribute.kind {
        "ACCOUNT" => return check_account(context, value),
        "STATIC_LIST" => attribute.values.iter().any(|(stored, _)| *stored == value),
        "CHECKBOX" => matches!(value, "true" | "false"),
        "INPUT_NUMERIC" => value.parse::<f64>().is_ok_and(f64::is_finite),
        _ => true,
    };
    if valid { Ok(()) } else { Err(format!("Invalid value for work attribute {}: {value}", attribute.name)) }
}

fn check_account(context: &Context, key: &str) -> Result<(), String> {
    match context.world.account(key).map(|account| account.status) {
        Some("OPEN") => Ok(()),
        Some("CLOSED") if context.settings.allow_logging_on_closed_account => Ok(()),
        Some(status) => Err(format!("Account {key} is {}", status.to_lowercase())),
        None => Err(format!("Account with key {key} does not exist")),
    }
}

pub(super) fn values_of(context: &Context, id: &str) -> Outcome {
    let place = find(context, id)?;
    whole(context, Writer::of(context).values(&context.world.worklogs[place]))
}

pub(super) fn value_of(context: &Context, id: &str, key: &str) -> Outcome {
    let worklog = &context.world.worklogs[find(context, id)?];
    let stored = by_key(context, key).map(|attribute| attribute.key);
    let value = worklog.attributes.iter().find(|(name, _)| Some(name.as_str()) == stored);
    let missing =
        || errors::not_found(context.settings, "Work attribute value cannot be found in the system");
    let (_, value) = value.ok_or_else(missing)?;
    Ok(Answer::ok(&json!({"key": key, "value": value})))
}

pub(super) fn search_values(context: &Context) -> Outcome {
    let asked = required_ids(context, "tempoWorklogIds")?;
    if asked.len() > 500 {
        let message = "Please provide at least 1 and at most 500 worklog ids";
        return Err(errors::bad_request(context.settings, message));
    }
    let places = asked.iter().filter_map(|id| find(context, &id.to_string()).ok());
    let writer = Writer::of(context);
    let rows: Vec<Value> = places
        .map(|place| &context.world.worklogs[place])
        .map(|worklog| json!({"tempoWorklogId": worklog.id, "workAttributeValues": writer.values(worklog)}))
        .collect();
    Ok(Answer::ok(&rows))
}

/// "This API only supports creating new Work Attribute values": one that is there already refuses the call.
pub(super) fn add_values(context: &mut Context) -> Outcome {
    let Value::Array(items) = body(context)? else {
        return Err(errors::bad_request(context.settings, "Unable to process JSON"));
    };
    let mut additions = Vec::new();
    for item in &items {
        let id = item.get("tempoWorklogId").map(Value::to_string).unwrap_or_default();
        let place = find(context, &id)?;
        for value in item.get("attributeValues").and_then(Value::as_array).into_iter().flatten() {
            let pair =
                read_one(context, value).map_err(|fault| errors::bad_request(context.settings, &fault))?;
            let Some(pair) = pair else { continue };
            if context.world.worklogs[place].attributes.iter().any(|(key, _)| *key == pair.0) {
                let message = format!("Worklog {id} already has a value for {}", pair.0);
                return Err(errors::bad_request(context.settings, &message));
            }
            additions.push((place, pair));
        }
    }
    for (place, pair) in additions {
        context.world.worklogs[place].attributes.push(pair);
    }
    Ok(Answer::no_content())
}
