//! Jira Cloud's REST API v3, at the site and through the gateway that scoped tokens and OAuth require: checks the
//! credentials and routes the request to its handler.

pub(crate) mod errors;
mod issue_fields;
mod issues;
mod jql;
mod metadata;
mod pagination;
mod search;
mod users;

use serde_json::json;

use crate::{
    api_tokens::{JiraTokenKind, find_jira_token},
    constants::CLOUD_ID,
    context::RequestContext,
    model::{MAIN_USER, UserIndex},
    oauth::grants::OAuthGrants,
    response::{HandlerResult, Response},
    settings::JiraAuth,
};

/// `/_edge/tenant_info`, which needs no credentials.
pub(crate) fn tenant_info() -> Response {
    Response::ok(&json!({"cloudId": CLOUD_ID}))
}

/// `https://SITE.atlassian.net/rest/api/3/…`: Basic authentication with a classic API token. The site rejects valid
/// scoped tokens and OAuth access tokens.
pub(crate) fn at_site(context: &mut RequestContext, path: &[&str]) -> Response {
    let Some(user) = site_user(context) else {
        return errors::unauthorized(context.settings);
    };
    context.caller = user;
    route(context, path).unwrap_or_else(|error| error)
}

fn site_user(context: &RequestContext) -> Option<UserIndex> {
    if let Some(token) = context.request.bearer_token() {
        return (context.settings.jira_bearer_token.as_deref() == Some(token)).then_some(MAIN_USER);
    }
    let (user, kind) = basic_user(context)?;
    let gateway_only = user == MAIN_USER && context.settings.jira_auth == JiraAuth::GatewayOnly;
    (kind == JiraTokenKind::Classic && !gateway_only).then_some(user)
}

/// The user that Basic authentication identifies, and the kind of their token.
fn basic_user(context: &RequestContext) -> Option<(UserIndex, JiraTokenKind)> {
    use base64::Engine;
    let (scheme, credentials) = context.request.authorization()?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = base64::engine::general_purpose::STANDARD.decode(credentials).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (email, token) = pair.split_once(':')?;
    find_jira_token(context.site, email, token)
}

/// `https://api.atlassian.com/ex/jira/{cloudId}/rest/api/3/…`: Basic authentication with any API token, or an OAuth
/// access token with the scope of the call.
pub(crate) fn at_gateway(
    context: &mut RequestContext,
    grants: &OAuthGrants,
    cloud_id: &str,
    path: &[&str],
) -> Response {
    if cloud_id != CLOUD_ID {
        return errors::gateway(404, "Not Found");
    }
    if let Some((user, _)) = basic_user(context) {
        context.caller = user;
        return route(context, path).unwrap_or_else(|error| error);
    }
    let grant = context.request.bearer_token().and_then(|token| grants.find(token, context.now));
    let Some(grant) = grant else { return errors::gateway(401, "Unauthorized") };
    if !grant.scope.split(' ').any(|scope| scope == required_scope(path)) {
        return errors::gateway(401, "Unauthorized; scope does not match");
    }
    context.caller = grant.user;
    route(context, path).unwrap_or_else(|error| error)
}

/// The classic scope that Jira's documentation gives for a call.
fn required_scope(path: &[&str]) -> &'static str {
    match path.first() {
        Some(&("myself" | "user")) => "read:jira-user",
        _ => "read:jira-work",
    }
}

fn route(context: &mut RequestContext, path: &[&str]) -> HandlerResult {
    match (context.request.method.as_str(), path) {
        ("GET", ["myself"]) => users::myself(context),
        ("GET", ["user"]) => users::get(context),
        ("GET", ["user", "search"]) => users::search(context),
        ("GET", ["user", "bulk"]) => users::bulk(context),
        ("POST", ["issue", "bulkfetch"]) => issues::bulk_fetch(context),
        ("GET", ["issue", id_or_key]) => issues::get(context, id_or_key),
        ("POST", ["search", "jql"]) => search::by_post(context),
        ("GET", ["search", "jql"]) => search::by_get(context),
        ("POST", ["search", "approximate-count"]) => search::approximate_count(context),
        ("GET" | "POST", ["search"]) => search::removed(),
        ("GET", ["field"]) => metadata::fields(),
        ("GET", ["project", "search"]) => metadata::projects(context),
        ("GET", ["mypermissions"]) => metadata::my_permissions(context),
        _ => Err(errors::no_such_path(context.request)),
    }
}
