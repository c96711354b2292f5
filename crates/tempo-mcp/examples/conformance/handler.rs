//! What each method answers. The fixtures are JSON, as the suite describes them; rmcp's types encode them.
#![expect(deprecated, reason = "the requirements of 2025-11-25 have log levels and subscriptions")]

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult,
        DiscoverResult, GetPromptRequestParams, GetPromptResponse, GetPromptResult, Implementation,
        InputRequiredResult, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
        ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
        ReadResourceResult, ServerConfig, SetLevelRequestParams, SubscribeRequestParams,
        UnsubscribeRequestParams,
    },
    service::RequestContext,
};
use serde_json::{Value, json};
use tempo_mcp_protocol::http::HttpHandler;

use crate::{prompts, resources, tools};

#[derive(Clone)]
pub(crate) struct Fixtures;

fn config(resources: &Value) -> ServerConfig {
    let capabilities =
        json!({ "completions": {}, "logging": {}, "prompts": {}, "resources": resources, "tools": {} });
    ServerConfig::new(decoded(capabilities).unwrap_or_default())
        .with_server_info(Implementation::new("conformance-fixtures", env!("CARGO_PKG_VERSION")))
}

type Context = RequestContext<RoleServer>;

/// Answers of a fixture: a result, or questions to the user that come before it.
pub(crate) type Answer = Result<Value, ErrorData>;

/// The answers to earlier questions, by the name of the question.
pub(crate) struct Answers<'a> {
    pub(crate) responses: Option<&'a std::collections::BTreeMap<String, Value>>,
    pub(crate) state: Option<&'a str>,
}

impl Answers<'_> {
    /// The answer to this question; one that is no object is none.
    pub(crate) fn to(&self, question: &str) -> Option<&Value> {
        self.responses.and_then(|it| it.get(question)).filter(|it| it.is_object())
    }
}

pub(crate) fn ask(questions: &Value) -> Answer {
    Ok(json!({ "resultType": "input_required", "inputRequests": questions }))
}

pub(crate) fn ask_keeping(state: &str, questions: &Value) -> Answer {
    Ok(json!({ "resultType": "input_required", "inputRequests": questions, "requestState": state }))
}

/// A question for the values of these properties.
pub(crate) fn elicitation(message: &str, properties: &Value) -> Value {
    let required: Vec<&String> = properties.as_object().into_iter().flat_map(|it| it.keys()).collect();
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    json!({ "method": "elicitation/create", "params": { "message": message, "requestedSchema": schema } })
}

/// rmcp takes the type of the result out again for the older revisions.
fn complete<T: serde::de::DeserializeOwned>(mut fixture: Value) -> Result<T, ErrorData> {
    if let Some(result) = fixture.as_object_mut() {
        result.insert("resultType".into(), "complete".into());
    }
    decoded(fixture)
}

fn decoded<T: serde::de::DeserializeOwned>(fixture: Value) -> Result<T, ErrorData> {
    serde_json::from_value(fixture).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

/// As a result, or as questions.
fn response<R, C>(answer: Value) -> Result<R, ErrorData>
where
    C: serde::de::DeserializeOwned,
    R: From<C> + From<InputRequiredResult>,
{
    if answer.get("resultType").is_some_and(|it| it == "input_required") {
        return decoded::<InputRequiredResult>(answer).map(R::from);
    }
    complete::<C>(answer).map(R::from)
}

impl HttpHandler for Fixtures {}

impl ServerHandler for Fixtures {
    fn get_info(&self) -> ServerConfig {
        config(&json!({ "subscribe": true }))
    }

    /// Since 2026-07-28 a subscription is a stream of its own, which this HTTP layer does not offer.
    async fn discover(&self, _: Context) -> Result<DiscoverResult, ErrorData> {
        let versions = self.supported_protocol_versions().into_owned();
        Ok(DiscoverResult::from_server_info(versions, config(&json!({}))))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        complete(tools::list())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let answers =
            Answers { responses: request.input_responses.as_ref(), state: request.request_state.as_deref() };
        let capabilities = json!(context.client_capabilities());
        response::<_, CallToolResult>(tools::call(&request.name, &answers, &capabilities)?)
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListPromptsResult, ErrorData> {
        complete(prompts::list())
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        let answers =
            Answers { responses: request.input_responses.as_ref(), state: request.request_state.as_deref() };
        response::<_, GetPromptResult>(prompts::get(&request.name, &json!(request.arguments), &answers)?)
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListResourcesResult, ErrorData> {
        complete(resources::list())
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        complete(resources::templates())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        response::<_, ReadResourceResult>(resources::read(&request.uri)?)
    }

    async fn subscribe(&self, _: SubscribeRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn set_level(&self, _: SetLevelRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn complete(&self, _: CompleteRequestParams, _: Context) -> Result<CompleteResult, ErrorData> {
        complete(json!({ "completion": { "values": ["test value"], "total": 1, "hasMore": false } }))
    }
}
