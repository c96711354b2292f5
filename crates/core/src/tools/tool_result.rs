//! A tool's result in two forms: text for a reader, structured content for a program. Each says everything.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use super::context::Context;
use crate::jira::Identity;

/// What a call returns.
#[derive(Debug, Clone)]
pub struct ToolResult {
    pub text: String,
    pub structured: StructuredContent,
    /// Nothing that was asked for was done.
    pub is_error: bool,
}

/// A JSON object that is encoded once: over HTTP it is sent as it is.
#[derive(Debug, Clone)]
pub struct StructuredContent(Box<RawValue>);

impl StructuredContent {
    fn of(output: &impl Serialize) -> Self {
        Self(to_raw_value(output).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }

    #[must_use]
    pub fn into_raw(self) -> Box<RawValue> {
        self.0
    }

    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }
}

/// The data that a tool returns. It serializes as the structured content; [`ToolOutput::text`] says the same for a
/// reader.
pub(super) trait ToolOutput: Serialize + JsonSchema {
    fn text(&self) -> String;

    fn is_error(&self) -> bool {
        false
    }

    fn into_result(self) -> ToolResult
    where
        Self: Sized,
    {
        ToolResult { text: self.text(), structured: StructuredContent::of(&self), is_error: self.is_error() }
    }
}

/// The user's date, which a model does not know.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Now {
    /// The user's date, YYYY-MM-DD
    pub(super) today: String,
    /// The user's time zone
    pub(super) time_zone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_zone_note: Option<String>,
}

impl Now {
    pub(super) fn of(context: &Context, identity: &Identity) -> Self {
        let hidden = identity.zone_is_hidden();
        Self {
            today: identity.today(context.now()).to_string(),
            time_zone: identity.zone_name(),
            time_zone_note: hidden
                .then(|| "the Jira profile hides its time zone, so this is the date in UTC".into()),
        }
    }

    pub(super) fn text(&self) -> String {
        let note = self.time_zone_note.as_ref().map(|it| format!("; {it}")).unwrap_or_default();
        format!("Today is {} ({}{note}).", self.today, self.time_zone)
    }
}

/// `1 worklog`, `2 worklogs`.
pub(super) fn count(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}
