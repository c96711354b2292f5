//! Checks logged exchanges against the vendors' OpenAPI documents: what a client sent, and how the sandbox responded.
//!
//! The documents are not part of this repository. The environment variable `UPSTREAM_SPECS` is the path of a folder
//! with `tempo-openapi.yaml` and `jira-openapi.json`.
//!
//! Where the documents differ from production, the checks follow production:
//!
//! - Any call may respond with 400, 401, 403, 404, 409, 410, 415, 429 or 5xx, although few calls document it. The body of
//!   such a response is checked only if there is a schema for it; Tempo has none.
//! - In Tempo's account search, the enumeration of the items of `statuses` is on the list itself.
//! - Tempo's objects are taken to have no other properties than the documented ones, although the document allows
//!   them: Tempo ignores an undocumented property in a request, and never sends one.

mod document;
mod schema;

use std::path::Path;

use serde_json::Value;

use crate::request_log::Exchange;
use document::{Document, Operation};

/// The OpenAPI documents of Tempo and Jira.
pub struct Spec {
    tempo: Document,
    jira: Document,
}

/// Client errors that any call may respond with.
const ERROR_STATUSES: [u16; 8] = [400, 401, 403, 404, 409, 410, 415, 429];

impl Spec {
    /// Reads the documents in the folder `UPSTREAM_SPECS`. `None` if the variable is not set; the caller should then
    /// report that the check was skipped.
    ///
    /// # Panics
    ///
    /// If the variable is set and the documents cannot be read. Otherwise the check would pass without running.
    pub fn from_env() -> Option<Spec> {
        let folder = std::env::var_os("UPSTREAM_SPECS").filter(|folder| !folder.is_empty())?;
        match Spec::read(Path::new(&folder)) {
            Ok(spec) => Some(spec),
            Err(error) => panic!("UPSTREAM_SPECS: {error}"),
        }
    }

    fn read(folder: &Path) -> Result<Spec, String> {
        let text = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let tempo: Value = serde_saphyr::from_str(&text("tempo-openapi.yaml")?)
            .map_err(|error| format!("tempo-openapi.yaml: {error}"))?;
        let jira: Value = serde_json::from_str(&text("jira-openapi.json")?)
            .map_err(|error| format!("jira-openapi.json: {error}"))?;
        Ok(Spec {
            tempo: Document::new(tempo, schema::ExtraProperties::Forbidden),
            jira: Document::new(jira, schema::ExtraProperties::AsDocumented),
        })
    }

    /// The differences between the exchange and the documents, one message for each. Empty if there are none.
    ///
    /// Responses that a fault changed are not checked. Neither are the login and the gateway's own errors, which no
    /// document covers.
    pub fn check(&self, exchange: &Exchange) -> Vec<String> {
        let Some((document, path)) = self.document(&exchange.path) else { return Vec::new() };
        let Some(operation) = document.operation(&exchange.method, &path) else {
            return vec![format!("{} {path} is not documented", exchange.method)];
        };
        let mut violations = operation.check_parameters(&path, &exchange.query);
        violations.extend(check_request(&operation, exchange));
        if exchange.fault.is_none() {
            violations.extend(check_response(&operation, exchange));
        }
        let name = format!("{} {}", exchange.method, exchange.path);
        violations.iter().map(|violation| format!("{name}: {violation}")).collect()
    }

    /// The document for a path, and the path in this document. The gateway's paths are Jira's with a prefix.
    fn document(&self, path: &str) -> Option<(&Document, String)> {
        if path.starts_with("/4/") {
            return Some((&self.tempo, path.to_owned()));
        }
        let start = path.find("/rest/api/3/")?;
        let is_jira = start == 0 || path.starts_with("/ex/jira/");
        is_jira.then(|| (&self.jira, path[start..].to_owned()))
    }
}

fn check_request(operation: &Operation, exchange: &Exchange) -> Vec<String> {
    match operation.request_schema() {
        // A body above the size limit of the log is not in the exchange.
        Some(_) if exchange.body.is_null() => Vec::new(),
        Some(schema) => operation.validate("request", &schema, &exchange.body),
        None if exchange.body.is_null() => Vec::new(),
        None => vec!["the request has a body, but none is documented".to_owned()],
    }
}

fn check_response(operation: &Operation, exchange: &Exchange) -> Vec<String> {
    let Some(status) = exchange.status else { return Vec::new() };
    match operation.response_schema(status) {
        Some(Some(schema)) if !exchange.response.is_null() => {
            operation.validate(&format!("response {status}"), &schema, &exchange.response)
        }
        Some(_) => Vec::new(),
        None if ERROR_STATUSES.contains(&status) || status >= 500 => Vec::new(),
        None => vec![format!("status {status} is not documented")],
    }
}
