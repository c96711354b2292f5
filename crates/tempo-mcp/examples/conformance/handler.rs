//! The MCP methods. Results are JSON as the suite describes them, which is decoded into rmcp's types.
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

use crate::{input_required::ClientInput, prompts, resources, tools};

#[derive(Clone)]
pub(crate) struct Fixtures;

fn config(resources: &Value) -> ServerConfig {
    let capabilities =
        json!({ "completions": {}, "logging": {}, "prompts": {}, "resources": resources, "tools": {} });
    ServerConfig::new(decoded(capabilities).unwrap_or_default())
        .with_server_info(Implementation::new("conformance-fixtures", env!("CARGO_PKG_VERSION")))
}

type Context = RequestContext<RoleServer>;

/// Decodes a complete result. For the older revisions, rmcp removes the `resultType` again.
fn complete<T: serde::de::DeserializeOwned>(mut fixture: Value) -> Result<T, ErrorData> {
    if let Some(result) = fixture.as_object_mut() {
        result.insert("resultType".into(), "complete".into());
    }
    decoded(fixture)
}

fn decoded<T: serde::de::DeserializeOwned>(fixture: Value) -> Result<T, ErrorData> {
    serde_json::from_value(fixture).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

/// Decodes a complete result or a request for input.
fn response<R, C>(fixture: Value) -> Result<R, ErrorData>
where
    C: serde::de::DeserializeOwned,
    R: From<C> + From<InputRequiredResult>,
{
    if fixture.get("resultType").is_some_and(|it| it == "input_required") {
        return decoded::<InputRequiredResult>(fixture).map(R::from);
    }
    complete::<C>(fixture).map(R::from)
}

impl HttpHandler for Fixtures {}

impl ServerHandler for Fixtures {
    fn get_info(&self) -> ServerConfig {
        config(&json!({ "subscribe": true }))
    }

    /// Does not announce subscriptions: since 2026-07-28 each is a separate stream, which this HTTP layer does not
    /// offer.
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
        let input = ClientInput {
            responses: request.input_responses.as_ref(),
            state: request.request_state.as_deref(),
        };
        let capabilities = json!(context.client_capabilities());
        response::<_, CallToolResult>(tools::call(&request.name, &input, &capabilities)?)
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
        let input = ClientInput {
            responses: request.input_responses.as_ref(),
            state: request.request_state.as_deref(),
        };
        response::<_, GetPromptResult>(prompts::get(&request.name, &json!(request.arguments), &input)?)
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
