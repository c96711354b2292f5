//! Checks exchanges against the vendors' OpenAPI documents: what a client sent, and what the sandbox answered.
//! The documents are data of whoever runs the check; the variable `UPSTREAM_SPECS` names their folder, with
//! `tempo-openapi.yaml` and `jira-openapi.json` in it.
//!
//! Where the documents and production differ, production wins here:
//!
//! - The refusals 400, 401, 403, 404, 409, 410, 415, 429 and 5xx may come from any call, though few list them;
//!   where no schema is given for a refusal's body (Tempo gives none), it is not checked.
//! - Tempo's `statuses` of an account search has the enumeration of its items on the list itself.
//! - Tempo's objects are taken as closed, though the document leaves them open: a field that is not in the
//!   document is ignored by Tempo when sent, and invented when answered.

mod document;
mod schema;

use std::path::Path;

use serde_json::Value;

use crate::Exchange;
use document::{Document, Operation};

pub struct Spec {
    tempo: Document,
    jira: Document,
}

const REFUSALS: [u16; 8] = [400, 401, 403, 404, 409, 410, 415, 429];

impl Spec {
    /// None where `UPSTREAM_SPECS` is not set: say then that the check was skipped.
    ///
    /// # Panics
    ///
    /// Where the variable is set but the documents cannot be read: a check that was asked for must not pass by
    /// not happening.
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
            tempo: Document::new(tempo, schema::Objects::Closed),
            jira: Document::new(jira, schema::Objects::AsWritten),
        })
    }

    /// What in the exchange is not as documented; empty is good. Answers that a fault spoilt are not checked,
    /// and neither are the login and the gateway's own refusals, which no document covers.
    pub fn check(&self, exchange: &Exchange) -> Vec<String> {
        let Some((document, path)) = self.document(&exchange.path) else { return Vec::new() };
        let Some(operation) = document.operation(&exchange.method, &path) else {
            return vec![format!("{} {path} is not documented", exchange.method)];
        };
        let mut faults = operation.check_parameters(&path, &exchange.query);
        faults.extend(check_request(&operation, exchange));
        if exchange.fault.is_none() {
            faults.extend(check_answer(&operation, exchange));
        }
        faults.iter().map(|fault| format!("{} {}: {fault}", exchange.method, exchange.path)).collect()
    }

    /// The document for a path, and the path as the document has it: the gateway's is Jira's with a prefix.
    fn document(&self, path: &str) -> Option<(&Document, String)> {
        if path.starts_with("/4/") {
            return Some((&self.tempo, path.to_owned()));
        }
        let place = path.find("/rest/api/3/")?;
        let own = place == 0 || path.starts_with("/ex/jira/");
        own.then(|| (&self.jira, path[place..].to_owned()))
    }
}

fn check_request(operation: &Operation, exchange: &Exchange) -> Vec<String> {
    match operation.request_schema() {
        // A body above the log's bound is not in the exchange.
        Some(_) if exchange.body.is_null() => Vec::new(),
        Some(schema) => operation.validate("request", &schema, &exchange.body),
        None if exchange.body.is_null() => Vec::new(),
        None => vec!["a body is sent where none is documented".to_owned()],
    }
}

fn check_answer(operation: &Operation, exchange: &Exchange) -> Vec<String> {
    let Some(status) = exchange.status else { return Vec::new() };
    match operation.answer_schema(status) {
        Some(Some(schema)) if !exchange.answer.is_null() => {
            operation.validate(&format!("answer {status}"), &schema, &exchange.answer)
        }
        Some(_) => Vec::new(),
        None if REFUSALS.contains(&status) || status >= 500 => Vec::new(),
        None => vec![format!("status {status} is not documented")],
    }
}
