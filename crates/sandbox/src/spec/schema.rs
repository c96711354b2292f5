//! OpenAPI 3.0 schemas as JSON Schema draft 4, which they come from.

use std::collections::BTreeSet;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objects {
    AsWritten,
    /// A property that is not named is a fault.
    Closed,
}

/// A validator for one schema of the document, with the components that it reaches and no others.
pub(super) fn validator(document: &Value, schema: &Value, objects: Objects) -> Result<Validator, String> {
    let mut names = BTreeSet::new();
    collect(document, schema, &mut names);
    let schemas: Map<String, Value> = names
        .into_iter()
        .filter_map(|name| {
            let component = component(document, &name)?;
            Some((name, converted(component, objects)))
        })
        .collect();
    // Draft 4 ignores what stands beside a reference, so the schema goes into a list of its own.
    let whole = json!({"allOf": [converted(schema, objects)], "components": {"schemas": schemas}});
    jsonschema::options().with_draft(Draft::Draft4).build(&whole).map_err(|error| error.to_string())
}

fn component<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    document.get("components")?.get("schemas")?.get(name)
}

fn collect(document: &Value, schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            let reference = object.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|reference| reference.strip_prefix("#/components/schemas/"));
            if let Some(name) = name
                && names.insert(name.to_owned())
                && let Some(component) = component(document, name)
            {
                collect(document, component, names);
            }
            object.values().for_each(|value| collect(document, value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(document, item, names)),
        _ => {}
    }
}

/// Words that validate nothing, and can hold what looks like a schema.
const COMMENTS: [&str; 5] = ["example", "examples", "default", "description", "discriminator"];

fn converted(schema: &Value, objects: Objects) -> Value {
    let Value::Object(object) = schema else { return schema.clone() };
    let mut result = Map::new();
    for (word, value) in object {
        let value = match (word.as_str(), value) {
            (comment, _) if COMMENTS.contains(&comment) => continue,
            ("properties", Value::Object(properties)) => {
                properties.iter().map(|(name, schema)| (name.clone(), converted(schema, objects))).collect()
            }
            ("allOf" | "oneOf" | "anyOf", Value::Array(items)) => {
                // A part of a whole does not know the other parts' properties.
                items.iter().map(|item| converted(item, Objects::AsWritten)).collect()
            }
            ("items" | "additionalProperties" | "not", value) => converted(value, objects),
            ("enum", _) if object.get("type") == Some(&"array".into()) => continue,
            (_, value) => value.clone(),
        };
        result.insert(word.clone(), value);
    }
    close(&mut result, objects);
    allow_null(&mut result);
    result.into()
}

fn close(schema: &mut Map<String, Value>, objects: Objects) {
    let composed = ["allOf", "oneOf", "anyOf"].iter().any(|word| schema.contains_key(*word));
    let open = schema.contains_key("properties") && !schema.contains_key("additionalProperties");
    if objects == Objects::Closed && open && !composed {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
}

fn allow_null(schema: &mut Map<String, Value>) {
    let nullable = schema.remove("nullable") == Some(Value::Bool(true));
    if nullable && let Some(Value::String(kind)) = schema.get("type").cloned() {
        schema.insert("type".to_owned(), json!([kind, "null"]));
    }
}
