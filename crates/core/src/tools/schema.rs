//! JSON Schemas of arguments and results. They are plain objects, so that no client rejects the list of tools.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::argument::AnyParam;

/// An object with exactly these parameters.
pub(super) fn input(parameters: &[&dyn AnyParam]) -> Map<String, Value> {
    let properties: Map<String, Value> =
        parameters.iter().map(|it| (it.name().into(), it.schema())).collect();
    let required: Vec<&str> = parameters.iter().filter(|it| it.is_required()).map(|it| it.name()).collect();
    let mut schema = Map::from_iter([
        ("type".to_owned(), json!("object")),
        ("properties".to_owned(), Value::Object(properties)),
        ("additionalProperties".to_owned(), json!(false)),
    ]);
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    schema
}

/// The schema of a result, from its type.
pub(super) fn output<T: JsonSchema>() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|it| {
        it.inline_subschemas = true;
        it.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    simplify(&mut schema);
    let Value::Object(mut map) = schema else { return Map::new() };
    // The type's own documentation is for readers of the code.
    map.remove("description");
    map
}

/// Removes formats that only some validators know (`uint64`, `double`), titles, and `null`: absent values are left out.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.remove("format");
            if !map.get("title").is_some_and(Value::is_object) {
                map.remove("title");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|it| it != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
                choices.retain(|it| it.get("type").is_none_or(|it| it != "null"));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    for (name, value) in only {
                        map.entry(name).or_insert(value);
                    }
                }
            }
            if map.get("type").is_some_and(|it| it == "object") {
                map.insert("additionalProperties".into(), json!(false));
            }
            map.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}
