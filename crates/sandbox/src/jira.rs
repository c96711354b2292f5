//! Jira Cloud's REST API v3: at the site, and through the gateway that scoped tokens and OAuth need.

pub(crate) mod errors;
mod fields;
mod issues;
mod jql;
mod search;
mod site;
mod users;

use serde_json::json;

use crate::{
    access::{JiraToken, jira_token},
    answer::{Answer, Outcome},
    context::Context,
    login::Login,
    people::CLOUD_ID,
    settings::JiraAuth,
    world::UserIndex,
};

/// `/_edge/tenant_info` needs no credentials.
pub(crate) fn tenant_info() -> Answer {
    Answer::ok(&json!({"cloudId": CLOUD_ID}))
}

/// `https://SITE.atlassian.net/rest/api/3/…`: Basic with a classic API token. A scoped token or an OAuth access
/// token is refused here, though it is a good one.
pub(crate) fn at_site(context: &mut Context, _: &Login, path: &[&str]) -> Answer {
    let Some(user) = site_user(context) else {
        return errors::unauthorized(context.settings);
    };
    context.who = user;
    route(context, path).unwrap_or_else(|refused| refused)
}

fn site_user(context: &Context) -> Option<UserIndex> {
    let (scheme, credentials) = context.call.authorization()?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return (context.settings.jira_bearer_token.as_deref() == Some(credentials)).then_some(0);
    }
    let (user, token) = basic(context)?;
    let gateway_only = user == 0 && context.settings.jira_auth == JiraAuth::GatewayOnly;
    (token == JiraToken::Classic && !gateway_only).then_some(user)
}

fn basic(context: &Context) -> Option<(UserIndex, JiraToken)> {
    use base64::Engine;
    let (scheme, credentials) = context.call.authorization()?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = base64::engine::general_purpose::STANDARD.decode(credentials).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (email, token) = pair.split_once(':')?;
    jira_token(context.world, email, token)
}

/// `https://api.atlassian.com/ex/jira/{cloudId}/rest/api/3/…`: Basic with any API token, or an OAuth access
/// token with the scope for the call.
pub(crate) fn at_gateway(context: &mut Context, login: &Login, cloud: &str, path: &[&str]) -> Answer {
    if cloud != CLOUD_ID {
        return errors::gateway(404, "Not Found");
    }
    if let Some((user, _)) = basic(context) {
        context.who = user;
        return route(context, path).unwrap_or_else(|refused| refused);
    }
    let bearer = context.call.authorization().filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some(grant) = bearer.and_then(|(_, token)| login.access(token, context.now)) else {
        return errors::gateway(401, "Unauthorized");
    };
    if !grant.scope.split(' ').any(|scope| scope == needed_scope(path)) {
        return errors::gateway(401, "Unauthorized; scope does not match");
    }
    context.who = grant.user;
    route(context, path).unwrap_or_else(|refused| refused)
}

/// The classic scopes that the calls name in Jira's documentation.
fn needed_scope(path: &[&str]) -> &'static str {
    match path.first() {
        Some(&("myself" | "user")) => "read:jira-user",
        _ => "read:jira-work",
    }
}

fn route(context: &mut Context, path: &[&str]) -> Outcome {
    match (context.call.method.as_str(), path) {
        ("GET", ["myself"]) => users::myself(context),
        ("GET", ["user"]) => users::one(context),
        ("GET", ["user", "search"]) => users::search(context),
        ("GET", ["user", "bulk"]) => users::bulk(context),
        ("POST", ["issue", "bulkfetch"]) => issues::bulk_fetch(context),
        ("GET", ["issue", id_or_key]) => issues::one(context, id_or_key),
        ("POST", ["search", "jql"]) => search::by_post(context),
        ("GET", ["search", "jql"]) => search::by_get(context),
        ("POST", ["search", "approximate-count"]) => search::approximate_count(context),
        ("GET" | "POST", ["search"]) => search::removed(),
        ("GET", ["field"]) => site::fields(),
        ("GET", ["project", "search"]) => site::projects(context),
        ("GET", ["mypermissions"]) => site::my_permissions(context),
        _ => Err(errors::no_such_path(context.call)),
    }
}
