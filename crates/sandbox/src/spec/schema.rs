//! Converts OpenAPI 3.0 schemas to JSON Schema draft 4, which they are based on.

use std::collections::BTreeSet;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// Whether an object may have properties that its schema does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExtraProperties {
    AsDocumented,
    Forbidden,
}

/// A validator for one schema of the document. It includes only the components that the schema refers to.
pub(super) fn validator(
    document: &Value,
    schema: &Value,
    extra_properties: ExtraProperties,
) -> Result<Validator, String> {
    let mut names = BTreeSet::new();
    collect_references(document, schema, &mut names);
    let schemas: Map<String, Value> = names
        .into_iter()
        .filter_map(|name| {
            let component = component(document, &name)?;
            Some((name, convert(component, extra_properties)))
        })
        .collect();
    // Draft 4 ignores everything beside a `$ref`, so the components cannot be in the same object as the schema.
    let whole = json!({"allOf": [convert(schema, extra_properties)], "components": {"schemas": schemas}});
    jsonschema::options().with_draft(Draft::Draft4).build(&whole).map_err(|error| error.to_string())
}

fn component<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    document.get("components")?.get("schemas")?.get(name)
}

/// Adds the names of all components that a schema refers to, directly or through other components.
fn collect_references(document: &Value, schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            let reference = object.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|reference| reference.strip_prefix("#/components/schemas/"));
            if let Some(name) = name
                && names.insert(name.to_owned())
                && let Some(component) = component(document, name)
            {
                collect_references(document, component, names);
            }
            object.values().for_each(|value| collect_references(document, value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(document, item, names)),
        _ => {}
    }
}

/// Keywords that validate nothing, and whose value can look like a schema.
const ANNOTATIONS: [&str; 5] = ["example", "examples", "default", "description", "discriminator"];

fn convert(schema: &Value, extra_properties: ExtraProperties) -> Value {
    let Value::Object(object) = schema else { return schema.clone() };
    let mut result = Map::new();
    for (keyword, value) in object {
        let value = match (keyword.as_str(), value) {
            (annotation, _) if ANNOTATIONS.contains(&annotation) => continue,
            ("properties", Value::Object(properties)) => properties
                .iter()
                .map(|(name, schema)| (name.clone(), convert(schema, extra_properties)))
                .collect(),
            ("allOf" | "oneOf" | "anyOf", Value::Array(items)) => {
                // Each of these schemas names only some of the object's properties.
                items.iter().map(|item| convert(item, ExtraProperties::AsDocumented)).collect()
            }
            ("items" | "additionalProperties" | "not", value) => convert(value, extra_properties),
            ("enum", _) if object.get("type") == Some(&"array".into()) => continue,
            (_, value) => value.clone(),
        };
        result.insert(keyword.clone(), value);
    }
    forbid_extra_properties(&mut result, extra_properties);
    allow_null(&mut result);
    result.into()
}

fn forbid_extra_properties(schema: &mut Map<String, Value>, extra_properties: ExtraProperties) {
    let composed = ["allOf", "oneOf", "anyOf"].iter().any(|keyword| schema.contains_key(*keyword));
    let open = schema.contains_key("properties") && !schema.contains_key("additionalProperties");
    if extra_properties == ExtraProperties::Forbidden && open && !composed {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
}

/// OpenAPI's `nullable` is the type `null` in JSON Schema.
fn allow_null(schema: &mut Map<String, Value>) {
    let nullable = schema.remove("nullable") == Some(Value::Bool(true));
    if nullable && let Some(Value::String(kind)) = schema.get("type").cloned() {
        schema.insert("type".to_owned(), json!([kind, "null"]));
    }
}
