//! The tools that the suite calls. This HTTP layer sends nothing before a response, so the tools that should send
//! progress, log messages or requests of the older revisions first only return a result.

use rmcp::{ErrorData, model::ClientCapabilities};
use serde_json::{Value, json};

use crate::{
    input_required::{ClientInput, FixtureResult, elicitation, input_required, input_required_with_state},
    resources::IMAGE,
};

/// A WAV header without samples, in Base64.
const AUDIO: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

// A real server would encrypt its state. Here, any other state than these is rejected.
const STATE: &str = "first-round";
const SECOND_STATE: &str = "second-round";

const NAMES: [&str; 24] = [
    "test_audio_content",
    "test_elicitation",
    "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums",
    "test_embedded_resource",
    "test_error_handling",
    "test_image_content",
    "test_input_required_result_capabilities",
    "test_input_required_result_elicitation",
    "test_input_required_result_list_roots",
    "test_input_required_result_multi_round",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_request_state",
    "test_input_required_result_sampling",
    "test_input_required_result_tampered_state",
    "test_logging_tool",
    "test_missing_capability",
    "test_multiple_content_types",
    "test_sampling",
    "test_simple_text",
    "test_streaming_elicitation",
    "test_tool_with_logging",
    "test_tool_with_progress",
    "test_trigger_tool_change",
];

pub(crate) fn list() -> Value {
    let about = "A fixture of the conformance suite";
    let tool = |name| json!({ "name": name, "description": about, "inputSchema": { "type": "object" } });
    json!({ "tools": NAMES.map(tool) })
}

pub(crate) fn call(name: &str, input: &ClientInput<'_>, capabilities: &Value) -> FixtureResult {
    match name {
        "test_simple_text" => done("This is a simple text response for testing."),
        "test_image_content" => content(&[image()]),
        "test_audio_content" => {
            content(&[json!({ "type": "audio", "data": AUDIO, "mimeType": "audio/wav" })])
        }
        "test_embedded_resource" => content(&[resource(
            "test://embedded-resource",
            "text/plain",
            "This is an embedded resource content.",
        )]),
        "test_multiple_content_types" => content(&[
            text("Multiple content types test:"),
            image(),
            resource("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#),
        ]),
        "test_error_handling" => failed("This tool intentionally returns an error for testing"),
        "test_sampling"
        | "test_elicitation"
        | "test_elicitation_sep1034_defaults"
        | "test_elicitation_sep1330_enums" => failed("this server sends no requests before a result"),
        "test_logging_tool"
        | "test_tool_with_logging"
        | "test_tool_with_progress"
        | "test_trigger_tool_change" => done("done, without notifications"),
        "test_missing_capability" => requires_sampling(capabilities),
        _ => call_with_input(name, input, capabilities),
    }
}

/// The tools that ask the client for input before they return a result.
fn call_with_input(name: &str, input: &ClientInput<'_>, capabilities: &Value) -> FixtureResult {
    match name {
        "test_streaming_elicitation" | "test_input_required_result_elicitation" => {
            one_input(input, "user_name", &name_request())
        }
        "test_input_required_result_sampling" => {
            one_input(input, "capital_question", &sampling("What is the capital of France?"))
        }
        "test_input_required_result_list_roots" => one_input(input, "client_roots", &roots()),
        "test_input_required_result_request_state" | "test_input_required_result_tampered_state" => {
            with_state(input)
        }
        "test_input_required_result_multiple_inputs" => several_inputs(input),
        "test_input_required_result_multi_round" => two_rounds(input),
        "test_input_required_result_capabilities" => supported_inputs(input, capabilities),
        _ => Err(ErrorData::invalid_params("unknown tool", None)),
    }
}

fn one_input(input: &ClientInput<'_>, name: &str, request: &Value) -> FixtureResult {
    match input.response_to(name) {
        Some(response) => done(&format!("The response is {response}.")),
        None => input_required(&json!({ name: request })),
    }
}

fn with_state(input: &ClientInput<'_>) -> FixtureResult {
    let request = elicitation("Please confirm", &json!({ "ok": { "type": "boolean" } }));
    match (input.response_to("confirm"), input.state) {
        (Some(_), Some(STATE)) => done("state-ok"),
        (_, None | Some(STATE)) => input_required_with_state(STATE, &json!({ "confirm": request })),
        (_, Some(_)) => Err(unknown_state()),
    }
}

fn several_inputs(input: &ClientInput<'_>) -> FixtureResult {
    let names = ["user_name", "greeting", "client_roots"];
    match input.state {
        Some(STATE) if names.iter().all(|it| input.response_to(it).is_some()) => done("all input received"),
        None | Some(STATE) => input_required_with_state(
            STATE,
            &json!({
                "user_name": name_request(),
                "greeting": sampling("Generate a greeting"),
                "client_roots": roots(),
            }),
        ),
        Some(_) => Err(unknown_state()),
    }
}

fn two_rounds(input: &ClientInput<'_>) -> FixtureResult {
    let first = elicitation("Step 1: What is your name?", &json!({ "name": { "type": "string" } }));
    let second =
        elicitation("Step 2: What is your favorite color?", &json!({ "color": { "type": "string" } }));
    match (input.state, input.response_to("step1"), input.response_to("step2")) {
        (Some(SECOND_STATE), _, Some(_)) => done("both steps completed"),
        (Some(STATE), Some(_), _) | (Some(SECOND_STATE), ..) => {
            input_required_with_state(SECOND_STATE, &json!({ "step2": second }))
        }
        (None | Some(STATE), ..) => input_required_with_state(STATE, &json!({ "step1": first })),
        (Some(_), ..) => Err(unknown_state()),
    }
}

/// Asks only for what the client's capabilities include.
fn supported_inputs(input: &ClientInput<'_>, capabilities: &Value) -> FixtureResult {
    let mut requests = serde_json::Map::new();
    if capabilities.get("sampling").is_some() {
        requests.insert("greeting".into(), sampling("Generate a greeting"));
    }
    if capabilities.get("elicitation").is_some() {
        requests.insert("user_name".into(), name_request());
    }
    if requests.keys().all(|it| input.response_to(it).is_some()) {
        return done("all supported input received");
    }
    input_required(&requests.into())
}

fn requires_sampling(capabilities: &Value) -> FixtureResult {
    if capabilities.get("sampling").is_some() {
        return done("the client supports sampling");
    }
    let sampling: ClientCapabilities = serde_json::from_value(json!({ "sampling": {} })).unwrap_or_default();
    Err(ErrorData::missing_required_client_capability(sampling))
}

fn unknown_state() -> ErrorData {
    ErrorData::invalid_params("unknown requestState", None)
}

fn name_request() -> Value {
    elicitation("What is your name?", &json!({ "name": { "type": "string" } }))
}

fn sampling(prompt: &str) -> Value {
    let message = json!({ "role": "user", "content": text(prompt) });
    json!({ "method": "sampling/createMessage", "params": { "messages": [message], "maxTokens": 100 } })
}

fn roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn image() -> Value {
    json!({ "type": "image", "data": IMAGE, "mimeType": "image/png" })
}

fn resource(uri: &str, kind: &str, text: &str) -> Value {
    json!({ "type": "resource", "resource": { "uri": uri, "mimeType": kind, "text": text } })
}

fn content(blocks: &[Value]) -> FixtureResult {
    Ok(json!({ "content": blocks }))
}

fn done(message: &str) -> FixtureResult {
    content(&[text(message)])
}

fn failed(message: &str) -> FixtureResult {
    Ok(json!({ "content": [text(message)], "isError": true }))
}
