//! The structured content of a result, encoded by the tool: it is sent as it is, and never decoded into a tree of values.

use std::sync::OnceLock;

use rmcp::model::ServerResult;
use serde::Serialize;
use serde_json::value::RawValue;

/// A place in a request's extensions in which a handler leaves its structured content. rmcp's own result only takes a
/// tree of values, which would cost a fifth of a listing's time.
#[derive(Default)]
pub struct PreEncodedContent(OnceLock<Box<RawValue>>);

/// A result with its structured content.
#[derive(Serialize)]
pub(super) struct Completed<'a> {
    #[serde(flatten)]
    result: &'a ServerResult,
    #[serde(rename = "structuredContent", skip_serializing_if = "Option::is_none")]
    structured_content: Option<&'a RawValue>,
}

impl PreEncodedContent {
    pub(crate) fn set(&self, content: Box<RawValue>) {
        // One call has one result.
        let _ = self.0.set(content);
    }

    pub(super) fn beside<'a>(&'a self, result: &'a ServerResult) -> Completed<'a> {
        Completed { result, structured_content: self.0.get().map(AsRef::as_ref) }
    }
}
