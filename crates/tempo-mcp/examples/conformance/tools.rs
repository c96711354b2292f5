//! The tools that the suite calls. Those that would have to speak before their answer is there (progress, log messages,
//! questions of the older revisions) only answer: over this HTTP layer nothing precedes an answer.

use rmcp::{ErrorData, model::ClientCapabilities};
use serde_json::{Value, json};

use crate::{
    handler::{Answer, Answers, ask, ask_keeping, elicitation},
    resources::IMAGE,
};

/// A header without samples.
const AUDIO: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

/// Stand for what a real server would seal: any other state is refused.
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

pub(crate) fn call(name: &str, answers: &Answers<'_>, capabilities: &Value) -> Answer {
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
        | "test_elicitation_sep1330_enums" => failed("nothing can be asked before the answer"),
        "test_logging_tool"
        | "test_tool_with_logging"
        | "test_tool_with_progress"
        | "test_trigger_tool_change" => done("done, without a word on the way"),
        "test_missing_capability" => needs_sampling(capabilities),
        _ => asking(name, answers, capabilities),
    }
}

/// The tools that put questions to the client before they answer.
fn asking(name: &str, answers: &Answers<'_>, capabilities: &Value) -> Answer {
    match name {
        "test_streaming_elicitation" | "test_input_required_result_elicitation" => {
            once(answers, "user_name", &name_question())
        }
        "test_input_required_result_sampling" => {
            once(answers, "capital_question", &sampling("What is the capital of France?"))
        }
        "test_input_required_result_list_roots" => once(answers, "client_roots", &roots()),
        "test_input_required_result_request_state" | "test_input_required_result_tampered_state" => {
            with_state(answers)
        }
        "test_input_required_result_multiple_inputs" => several(answers),
        "test_input_required_result_multi_round" => in_rounds(answers),
        "test_input_required_result_capabilities" => what_the_client_can(answers, capabilities),
        _ => Err(ErrorData::invalid_params("there is no such tool", None)),
    }
}

fn once(answers: &Answers<'_>, question: &str, request: &Value) -> Answer {
    match answers.to(question) {
        Some(answer) => done(&format!("The answer is {answer}.")),
        None => ask(&json!({ question: request })),
    }
}

fn with_state(answers: &Answers<'_>) -> Answer {
    let question = elicitation("Please confirm", &json!({ "ok": { "type": "boolean" } }));
    match (answers.to("confirm"), answers.state) {
        (Some(_), Some(STATE)) => done("state-ok"),
        (_, None | Some(STATE)) => ask_keeping(STATE, &json!({ "confirm": question })),
        (_, Some(_)) => Err(foreign_state()),
    }
}

fn several(answers: &Answers<'_>) -> Answer {
    let questions = ["user_name", "greeting", "client_roots"];
    match answers.state {
        Some(STATE) if questions.iter().all(|it| answers.to(it).is_some()) => done("all answered"),
        None | Some(STATE) => ask_keeping(
            STATE,
            &json!({
                "user_name": name_question(),
                "greeting": sampling("Generate a greeting"),
                "client_roots": roots(),
            }),
        ),
        Some(_) => Err(foreign_state()),
    }
}

fn in_rounds(answers: &Answers<'_>) -> Answer {
    let first = elicitation("Step 1: What is your name?", &json!({ "name": { "type": "string" } }));
    let second =
        elicitation("Step 2: What is your favorite color?", &json!({ "color": { "type": "string" } }));
    match (answers.state, answers.to("step1"), answers.to("step2")) {
        (Some(SECOND_STATE), _, Some(_)) => done("both steps answered"),
        (Some(STATE), Some(_), _) | (Some(SECOND_STATE), ..) => {
            ask_keeping(SECOND_STATE, &json!({ "step2": second }))
        }
        (None | Some(STATE), ..) => ask_keeping(STATE, &json!({ "step1": first })),
        (Some(_), ..) => Err(foreign_state()),
    }
}

fn what_the_client_can(answers: &Answers<'_>, capabilities: &Value) -> Answer {
    let mut questions = serde_json::Map::new();
    if capabilities.get("sampling").is_some() {
        questions.insert("greeting".into(), sampling("Generate a greeting"));
    }
    if capabilities.get("elicitation").is_some() {
        questions.insert("user_name".into(), name_question());
    }
    if questions.keys().all(|it| answers.to(it).is_some()) {
        return done("asked whatever could be asked");
    }
    ask(&questions.into())
}

fn needs_sampling(capabilities: &Value) -> Answer {
    if capabilities.get("sampling").is_some() {
        return done("the client can sample");
    }
    let sampling: ClientCapabilities = serde_json::from_value(json!({ "sampling": {} })).unwrap_or_default();
    Err(ErrorData::missing_required_client_capability(sampling))
}

fn foreign_state() -> ErrorData {
    ErrorData::invalid_params("the requestState is not one of this server", None)
}

fn name_question() -> Value {
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

fn content(blocks: &[Value]) -> Answer {
    Ok(json!({ "content": blocks }))
}

fn done(said: &str) -> Answer {
    content(&[text(said)])
}

fn failed(why: &str) -> Answer {
    Ok(json!({ "content": [text(why)], "isError": true }))
}
