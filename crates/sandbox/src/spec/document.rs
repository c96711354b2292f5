//! One OpenAPI document: its operations with their parameters, bodies and responses.

use std::{collections::HashMap, sync::Arc};

use jsonschema::Validator;
use parking_lot::Mutex;
use serde_json::Value;

use super::schema::{ExtraProperties, validator};

pub(super) struct Document {
    root: Value,
    extra_properties: ExtraProperties,
    /// Cached, because building a validator takes longer than using it.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

pub(super) struct Operation<'a> {
    document: &'a Document,
    /// Method and path template.
    name: String,
    template: &'a str,
    value: &'a Value,
}

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

impl Document {
    pub(super) fn new(root: Value, extra_properties: ExtraProperties) -> Document {
        Document { root, extra_properties, validators: Mutex::default() }
    }

    /// The operation for a path. Literal segments take precedence over parameters.
    pub(super) fn operation<'a>(&'a self, method: &str, path: &str) -> Option<Operation<'a>> {
        let method = METHODS.into_iter().find(|known| known.eq_ignore_ascii_case(method))?;
        let paths = self.root.get("paths")?.as_object()?;
        let matching =
            paths.iter().filter(|(template, item)| matches(template, path) && item.get(method).is_some());
        let (template, item) = matching.min_by_key(|(template, _)| template.matches('{').count())?;
        Some(Operation {
            document: self,
            name: format!("{method} {template}"),
            template,
            value: &item[method],
        })
    }
}

fn matches(template: &str, path: &str) -> bool {
    let mut expected = template.split('/');
    let mut actual = path.split('/');
    loop {
        match (expected.next(), actual.next()) {
            (None, None) => return true,
            (Some(expected), Some(actual))
                if expected == actual || is_parameter(expected) && !actual.is_empty() => {}
            _ => return false,
        }
    }
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

impl Operation<'_> {
    /// The differences between the parameters of a request and the documented ones.
    pub(super) fn check_parameters(&self, path: &str, query: &str) -> Vec<String> {
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut violations = self.check_query(&query);
        violations.extend(self.check_path(path));
        violations
    }

    fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.value.get("parameters").and_then(Value::as_array).into_iter().flatten()
    }

    /// A documented parameter; `location` is `path` or `query`.
    fn parameter(&self, name: &str, location: &str) -> Option<&Value> {
        self.parameters().find(|parameter| parameter["name"] == name && parameter["in"] == location)
    }

    fn check_query(&self, query: &[(String, String)]) -> Vec<String> {
        let mut violations = Vec::new();
        for (name, value) in query {
            match self.parameter(name, "query") {
                Some(parameter) => violations.extend(check_value(name, value, &parameter["schema"])),
                None => violations.push(format!("query parameter {name} is not documented")),
            }
        }
        let required =
            self.parameters().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
        let names = required.filter_map(|parameter| parameter["name"].as_str());
        let missing = names.filter(|name| !query.iter().any(|(sent, _)| sent == name));
        violations.extend(missing.map(|name| format!("query parameter {name} is missing")));
        violations
    }

    fn check_path(&self, path: &str) -> Vec<String> {
        let segments = self.template.split('/').zip(path.split('/'));
        let parameters = segments.filter(|(template, _)| is_parameter(template));
        let checked = parameters.filter_map(|(template, value)| {
            let name = template.trim_matches(['{', '}']);
            let schema = self.parameter(name, "path").map_or(&Value::Null, |parameter| &parameter["schema"]);
            check_value(name, value, schema)
        });
        checked.collect()
    }

    /// The schema of the JSON body of the request; `None` if none is documented.
    pub(super) fn request_schema(&self) -> Option<Value> {
        json_schema(self.value.get("requestBody")?)
    }

    /// The schema of the JSON body of a response with this status. `None` if the status is not documented,
    /// `Some(None)` if it is documented without a JSON body.
    pub(super) fn response_schema(&self, status: u16) -> Option<Option<Value>> {
        let responses = self.value.get("responses")?;
        let response = responses.get(status.to_string()).or_else(|| responses.get("default"))?;
        Some(json_schema(response))
    }

    pub(super) fn validate(&self, what: &str, schema: &Value, value: &Value) -> Vec<String> {
        let validator = match self.validator(what, schema) {
            Ok(validator) => validator,
            Err(error) => return vec![format!("{what}: the documented schema is invalid: {error}")],
        };
        let errors = validator.iter_errors(value);
        errors.map(|error| format!("{what}{}: {error}", error.instance_path())).collect()
    }

    fn validator(&self, what: &str, schema: &Value) -> Result<Arc<Validator>, String> {
        let name = format!("{} {what}", self.name);
        let mut validators = self.document.validators.lock();
        if let Some(known) = validators.get(&name) {
            return Ok(known.clone());
        }
        let built = Arc::new(validator(&self.document.root, schema, self.document.extra_properties)?);
        validators.insert(name, built.clone());
        Ok(built)
    }
}

fn json_schema(body: &Value) -> Option<Value> {
    let content = body.get("content")?.as_object()?;
    let media = content.iter().find(|(media, _)| media.starts_with("application/json"))?.1;
    media.get("schema").cloned()
}

/// Checks a path or query parameter. It is text, so only its type and enumeration are checked.
fn check_value(name: &str, text: &str, schema: &Value) -> Option<String> {
    let schema = if schema["type"] == "array" { &schema["items"] } else { schema };
    let valid = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().is_ok(),
        Some("boolean") => matches!(text, "true" | "false"),
        _ => true,
    };
    let listed = schema["enum"].as_array().is_none_or(|values| values.contains(&Value::from(text)));
    (!valid || !listed).then(|| format!("parameter {name} has an invalid value: {text}"))
}
