//! One OpenAPI document: its operations, their parameters, bodies and answers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::Validator;
use serde_json::Value;

use super::schema::{Objects, validator};

pub(super) struct Document {
    root: Value,
    objects: Objects,
    /// Building a validator takes longer than using it.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

pub(super) struct Operation<'a> {
    document: &'a Document,
    /// Method and template, for naming.
    name: String,
    template: &'a str,
    value: &'a Value,
}

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

impl Document {
    pub(super) fn new(root: Value, objects: Objects) -> Document {
        Document { root, objects, validators: Mutex::default() }
    }

    /// The operation for a path; literal segments win over parameters.
    pub(super) fn operation<'a>(&'a self, method: &str, path: &str) -> Option<Operation<'a>> {
        let method = METHODS.into_iter().find(|known| known.eq_ignore_ascii_case(method))?;
        let paths = self.root.get("paths")?.as_object()?;
        let fitting =
            paths.iter().filter(|(template, item)| fits(template, path) && item.get(method).is_some());
        let (template, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
        Some(Operation {
            document: self,
            name: format!("{method} {template}"),
            template,
            value: &item[method],
        })
    }
}

fn fits(template: &str, path: &str) -> bool {
    let mut wanted = template.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || is_parameter(wanted) && !given.is_empty() => {}
            _ => return false,
        }
    }
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

impl Operation<'_> {
    pub(super) fn check_parameters(&self, path: &str, query: &str) -> Vec<String> {
        let parameters: Vec<&Value> =
            self.value.get("parameters").and_then(Value::as_array).into_iter().flatten().collect();
        let named = |name: &str, place: &str| {
            parameters.iter().find(|parameter| parameter["name"] == name && parameter["in"] == place)
        };
        let mut faults = Vec::new();
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        for (name, value) in &query {
            match named(name, "query") {
                Some(parameter) => faults.extend(check_value(name, value, &parameter["schema"])),
                None => faults.push(format!("query parameter {name} is not documented")),
            }
        }
        let required =
            parameters.iter().filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
        let missing = required.filter_map(|parameter| parameter["name"].as_str());
        let missing = missing.filter(|name| !query.iter().any(|(given, _)| given == name));
        faults.extend(missing.map(|name| format!("query parameter {name} is missing")));
        for (template, value) in
            self.template.split('/').zip(path.split('/')).filter(|(template, _)| is_parameter(template))
        {
            let name = template.trim_matches(['{', '}']);
            let schema = named(name, "path").map_or(&Value::Null, |parameter| &parameter["schema"]);
            faults.extend(check_value(name, value, schema));
        }
        faults
    }

    /// None where no body is documented.
    pub(super) fn request_schema(&self) -> Option<Value> {
        json_schema(self.value.get("requestBody")?)
    }

    /// None where the status is not documented; Some(None) where it is, without a JSON body.
    pub(super) fn answer_schema(&self, status: u16) -> Option<Option<Value>> {
        let responses = self.value.get("responses")?;
        let response = responses.get(status.to_string()).or_else(|| responses.get("default"))?;
        Some(json_schema(response))
    }

    pub(super) fn validate(&self, what: &str, schema: &Value, value: &Value) -> Vec<String> {
        let validator = match self.validator(what, schema) {
            Ok(validator) => validator,
            Err(error) => return vec![format!("{what}: the documented schema is not one: {error}")],
        };
        let faults = validator.iter_errors(value);
        faults.map(|fault| format!("{what}{}: {fault}", fault.instance_path())).collect()
    }

    fn validator(&self, what: &str, schema: &Value) -> Result<Arc<Validator>, String> {
        let name = format!("{} {what}", self.name);
        let mut validators = self.document.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = validators.get(&name) {
            return Ok(known.clone());
        }
        let built = Arc::new(validator(&self.document.root, schema, self.document.objects)?);
        validators.insert(name, built.clone());
        Ok(built)
    }
}

fn json_schema(body: &Value) -> Option<Value> {
    let content = body.get("content")?.as_object()?;
    let media = content.iter().find(|(media, _)| media.starts_with("application/json"))?.1;
    media.get("schema").cloned()
}

/// A parameter is text on the wire: the schema's type says what it has to read as.
fn check_value(name: &str, text: &str, schema: &Value) -> Option<String> {
    let schema = if schema["type"] == "array" { &schema["items"] } else { schema };
    let valid = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().is_ok(),
        Some("boolean") => matches!(text, "true" | "false"),
        _ => true,
    };
    let listed = schema["enum"].as_array().is_none_or(|values| values.contains(&Value::from(text)));
    (!valid || !listed).then(|| format!("parameter {name} has no such value: {text}"))
}
