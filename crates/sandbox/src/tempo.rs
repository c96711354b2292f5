//! Tempo's REST API v4: checks the token and its scopes, and routes the request to its handler.

mod accounts;
pub(crate) mod bulk_create;
mod configuration;
pub(crate) mod errors;
mod pagination;
mod parameters;
mod schedules;
mod teams;
mod work_attributes;
mod worklog_filter;
mod worklog_ids;
mod worklog_input;
pub(crate) mod worklog_wire;
mod worklog_writes;
mod worklogs;

use crate::{
    api_tokens::{TempoScope, TempoToken},
    context::RequestContext,
    response::{HandlerResult, Response},
};

/// Responds to one request. `path` is what follows `/4/`.
pub(crate) fn respond(context: &mut RequestContext, path: &[&str]) -> Response {
    let result = authorize(context, path).and_then(|()| route(context, path));
    result.unwrap_or_else(|error| error)
}

fn authorize(context: &mut RequestContext, path: &[&str]) -> Result<(), Response> {
    let token = context.request.bearer_token().and_then(|token| TempoToken::find(context.site, token));
    // "If you use a base path for a different cluster …, you will receive an authorization error."
    let token = token.filter(|_| !context.settings.wrong_region);
    let Some(token) = token else { return Err(errors::unauthorized()) };
    context.caller = token.owner;
    let Some(scope) = scope_of(path) else { return Ok(()) };
    let method = context.request.method.as_str();
    let searches =
        path.last().is_some_and(|last| matches!(*last, "search" | "jira-to-tempo" | "tempo-to-jira"));
    let reads = method == "GET" || (searches && context.settings.view_may_search);
    let missing = context.settings.missing_scopes.iter().any(|name| name == scope.name());
    if token.has_scope(scope) && !missing && (reads || token.may_write()) {
        return Ok(());
    }
    Err(errors::forbidden(context.settings, "The token does not have the scope for this request."))
}

/// The scope that a path requires (Tempo help, table of access scopes). None is documented for the global
/// configuration.
fn scope_of(path: &[&str]) -> Option<TempoScope> {
    match *path.first()? {
        "worklogs" | "work-attributes" => Some(TempoScope::Worklogs),
        "teams" | "team-memberships" => Some(TempoScope::Teams),
        "user-schedule" | "workload-schemes" | "holiday-schemes" => Some(TempoScope::Schemes),
        "periods" => Some(TempoScope::Periods),
        "accounts" | "account-links" => Some(TempoScope::Accounts),
        "timesheet-approvals" => Some(TempoScope::Approvals),
        "plans" => Some(TempoScope::Plans),
        _ => None,
    }
}

fn route(context: &mut RequestContext, path: &[&str]) -> HandlerResult {
    match (context.request.method.as_str(), path) {
        (_, ["worklogs", rest @ ..]) => route_worklogs(context, rest),
        ("GET", ["work-attributes"]) => work_attributes::list(context),
        ("GET", ["work-attributes", key]) => work_attributes::get(context, key),
        ("GET", ["accounts"]) => accounts::list(context),
        ("POST", ["accounts", "search"]) => accounts::search(context),
        ("GET", ["accounts", id]) => accounts::get(context, id),
        ("GET", ["accounts", key, "links"]) => accounts::links(context, key),
        ("GET", ["account-links", "project", id]) => accounts::project_links(context, id),
        ("GET", ["globalconfiguration"]) => configuration::global(context),
        ("GET", ["periods"]) => configuration::periods(context),
        ("GET", ["timesheet-approvals", "waiting"]) => configuration::waiting_approvals(context),
        ("GET", ["plans"]) => configuration::plans(context),
        ("GET", ["user-schedule"]) => schedules::own(context),
        ("GET", ["user-schedule", account_id]) => schedules::of_user(context, account_id),
        ("GET", ["workload-schemes", "users", account_id]) => schedules::workload_scheme(context, account_id),
        ("GET", ["holiday-schemes", "users", account_id]) => schedules::holiday_scheme(context, account_id),
        ("GET", ["teams"]) => teams::list(context),
        ("GET", ["teams", id]) => teams::get(context, id),
        ("GET", ["teams", id, "members"]) => teams::members(context, id),
        _ => Err(errors::no_such_path(context.settings)),
    }
}

fn route_worklogs(context: &mut RequestContext, path: &[&str]) -> HandlerResult {
    match (context.request.method.as_str(), path) {
        ("GET", []) => worklogs::list(context),
        ("POST", []) => worklog_writes::create(context),
        ("POST", ["search"]) => worklogs::search(context),
        ("GET", ["user", account_id]) => worklogs::of_user(context, account_id),
        ("GET", ["issue", id]) => worklogs::of_issue(context, id),
        ("GET", ["project", id]) => worklogs::of_project(context, id),
        ("GET", ["team", id]) => worklogs::of_team(context, id),
        ("GET", ["account", key]) => worklogs::of_account(context, key),
        ("POST", ["issue", id, "bulk"]) => bulk_create::create(context, id),
        ("POST", ["jira-to-tempo"]) => worklog_ids::jira_to_tempo(context),
        ("POST", ["tempo-to-jira"]) => worklog_ids::tempo_to_jira(context),
        ("POST", ["work-attribute-values"]) => work_attributes::add_values(context),
        ("POST", ["work-attribute-values", "search"]) => work_attributes::search_values(context),
        ("GET", [id]) => worklogs::get(context, id),
        ("PUT", [id]) => worklog_writes::update(context, id),
        ("DELETE", [id]) => worklog_writes::delete(context, id),
        ("GET", [id, "work-attribute-values"]) => work_attributes::values_of(context, id),
        ("GET", [id, "work-attribute-values", key]) => work_attributes::value_of(context, id, key),
        _ => Err(errors::no_such_path(context.settings)),
    }
}
