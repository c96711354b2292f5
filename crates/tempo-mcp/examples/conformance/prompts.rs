//! The prompts that the suite requests.

use rmcp::ErrorData;
use serde_json::{Value, json};

use crate::{
    input_required::{ClientInput, FixtureResult, elicitation, input_required},
    resources::IMAGE,
};

pub(crate) fn list() -> Value {
    let prompt = |name: &str, arguments: &[&str]| {
        let arguments: Vec<Value> =
            arguments.iter().map(|it| json!({ "name": it, "required": true })).collect();
        json!({ "name": name, "description": "A fixture of the conformance suite", "arguments": arguments })
    };
    json!({ "prompts": [
        prompt("test_input_required_result_prompt", &[]),
        prompt("test_prompt_with_arguments", &["arg1", "arg2"]),
        prompt("test_prompt_with_embedded_resource", &["resourceUri"]),
        prompt("test_prompt_with_image", &[]),
        prompt("test_simple_prompt", &[]),
    ] })
}

pub(crate) fn get(name: &str, arguments: &Value, input: &ClientInput<'_>) -> FixtureResult {
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let contents = match name {
        "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => vec![text(&format!(
            "Prompt with arguments: arg1='{}', arg2='{}'",
            argument("arg1"),
            argument("arg2")
        ))],
        "test_prompt_with_embedded_resource" => {
            let resource = json!({
                "uri": argument("resourceUri"),
                "mimeType": "text/plain",
                "text": "Embedded resource content for testing.",
            });
            vec![
                json!({ "type": "resource", "resource": resource }),
                text("Please process the embedded resource above."),
            ]
        }
        "test_prompt_with_image" => vec![
            json!({ "type": "image", "data": IMAGE, "mimeType": "image/png" }),
            text("Please analyze the image above."),
        ],
        "test_input_required_result_prompt" => match input.response_to("user_context") {
            Some(context) => vec![text(&format!("The context is {context}."))],
            None => {
                let request = elicitation(
                    "What context should the prompt use?",
                    &json!({ "context": { "type": "string" } }),
                );
                return input_required(&json!({ "user_context": request }));
            }
        },
        _ => return Err(ErrorData::invalid_params("unknown prompt", None)),
    };
    let messages: Vec<Value> =
        contents.iter().map(|content| json!({ "role": "user", "content": content })).collect();
    Ok(json!({ "messages": messages }))
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}
