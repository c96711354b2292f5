//! The result of a fixture, and the multi-round input that a result can ask the client for.

use std::collections::BTreeMap;

use rmcp::ErrorData;
use serde_json::{Value, json};

/// The JSON of a result: a complete one, or a request for input that comes before it.
pub(crate) type FixtureResult = Result<Value, ErrorData>;

/// What the client sends back when it repeats a call after a request for input.
pub(crate) struct ClientInput<'a> {
    /// The responses, by the names of their requests.
    pub(crate) responses: Option<&'a BTreeMap<String, Value>>,
    /// The `requestState` of the earlier result.
    pub(crate) state: Option<&'a str>,
}

impl ClientInput<'_> {
    /// The response to a request. `None` if there is none or if it is not an object.
    pub(crate) fn response_to(&self, request: &str) -> Option<&Value> {
        self.responses.and_then(|responses| responses.get(request)).filter(|response| response.is_object())
    }
}

/// Asks the client for input; `requests` is an object of requests by name.
pub(crate) fn input_required(requests: &Value) -> FixtureResult {
    Ok(json!({ "resultType": "input_required", "inputRequests": requests }))
}

/// Asks the client for input and to send `state` back with it.
pub(crate) fn input_required_with_state(state: &str, requests: &Value) -> FixtureResult {
    Ok(json!({ "resultType": "input_required", "inputRequests": requests, "requestState": state }))
}

/// A request that asks the user for the values of these properties. All of them are required.
pub(crate) fn elicitation(message: &str, properties: &Value) -> Value {
    let required: Vec<&String> = properties.as_object().into_iter().flat_map(|it| it.keys()).collect();
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    json!({ "method": "elicitation/create", "params": { "message": message, "requestedSchema": schema } })
}
