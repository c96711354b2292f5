//! The resources that the suite reads.

use rmcp::ErrorData;
use serde_json::{Value, json};

use crate::input_required::FixtureResult;

/// A PNG of one red pixel, in Base64.
pub(crate) const IMAGE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

const TEXT: &str = "test://static-text";
const BINARY: &str = "test://static-binary";

pub(crate) fn list() -> Value {
    json!({ "resources": [
        { "uri": TEXT, "name": "Static text", "description": "A text", "mimeType": "text/plain" },
        { "uri": BINARY, "name": "Static image", "description": "An image", "mimeType": "image/png" },
    ] })
}

pub(crate) fn templates() -> Value {
    json!({ "resourceTemplates": [{
        "uriTemplate": "test://template/{id}/data",
        "name": "Template",
        "description": "Data of an id",
        "mimeType": "application/json",
    }] })
}

pub(crate) fn read(uri: &str) -> FixtureResult {
    let contents = match uri {
        TEXT => json!({
            "uri": uri, "mimeType": "text/plain", "text": "This is the content of the static text resource."
        }),
        BINARY => json!({ "uri": uri, "mimeType": "image/png", "blob": IMAGE }),
        _ => {
            let id = uri.strip_prefix("test://template/").and_then(|it| it.strip_suffix("/data"));
            let Some(id) = id.filter(|it| !it.is_empty() && !it.contains('/')) else {
                return Err(ErrorData::resource_not_found("unknown resource", Some(json!({ "uri": uri }))));
            };
            let data = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
            json!({ "uri": uri, "mimeType": "application/json", "text": data.to_string() })
        }
    };
    Ok(json!({ "contents": [contents] }))
}
