//! Tempo's REST API v4: who may call what, and which file answers.

mod accounts;
mod attributes;
pub(crate) mod bulk;
mod config;
mod entry;
pub(crate) mod errors;
mod ids;
mod page;
mod query;
mod schedule;
mod teams;
pub(crate) mod worklogs;
mod write;

use serde_json::Value;

use crate::{
    access::{Scope, TempoToken},
    answer::{Answer, Outcome},
    context::Context,
};

/// Answers one request; `path` is what follows `/4/`.
pub(crate) fn answer(context: &mut Context, path: &[&str]) -> Answer {
    let outcome = authorize(context, path).and_then(|()| route(context, path));
    outcome.unwrap_or_else(|refused| refused)
}

fn authorize(context: &mut Context, path: &[&str]) -> Result<(), Answer> {
    let bearer = context.call.authorization().filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = bearer.and_then(|(_, token)| TempoToken::find(context.world, token));
    // "If you use a base path for a different cluster …, you will receive an authorization error."
    let token = token.filter(|_| !context.settings.wrong_region);
    let Some(token) = token else { return Err(errors::unauthorized()) };
    context.who = token.owner;
    let Some(scope) = scope_of(path) else { return Ok(()) };
    let method = context.call.method.as_str();
    let searches =
        path.last().is_some_and(|last| matches!(*last, "search" | "jira-to-tempo" | "tempo-to-jira"));
    let reads = method == "GET" || (searches && context.settings.view_may_search);
    let missing = context.settings.missing_scopes.iter().any(|it| it == scope.name());
    if token.covers(scope) && !missing && (reads || token.manages()) {
        return Ok(());
    }
    Err(errors::forbidden(context.settings, "The token does not have the scope for this request."))
}

/// The table of access scopes in Tempo's help. No scope is documented for the global configuration.
fn scope_of(path: &[&str]) -> Option<Scope> {
    match *path.first()? {
        "worklogs" | "work-attributes" => Some(Scope::Worklogs),
        "teams" | "team-memberships" => Some(Scope::Teams),
        "user-schedule" | "workload-schemes" | "holiday-schemes" => Some(Scope::Schemes),
        "periods" => Some(Scope::Periods),
        "accounts" | "account-links" => Some(Scope::Accounts),
        "timesheet-approvals" => Some(Scope::Approvals),
        "plans" => Some(Scope::Plans),
        _ => None,
    }
}

fn route(context: &mut Context, path: &[&str]) -> Outcome {
    match (context.call.method.as_str(), path) {
        (_, ["worklogs", rest @ ..]) => worklog_route(context, rest),
        ("GET", ["work-attributes"]) => attributes::list(context),
        ("GET", ["work-attributes", key]) => attributes::one(context, key),
        ("GET", ["accounts"]) => accounts::list(context),
        ("POST", ["accounts", "search"]) => accounts::search(context),
        ("GET", ["accounts", id]) => accounts::one(context, id),
        ("GET", ["accounts", key, "links"]) => accounts::links(context, key),
        ("GET", ["account-links", "project", id]) => accounts::project_links(context, id),
        ("GET", ["globalconfiguration"]) => config::global(context),
        ("GET", ["periods"]) => config::periods(context),
        ("GET", ["timesheet-approvals", "waiting"]) => config::waiting_approvals(context),
        ("GET", ["plans"]) => config::plans(context),
        ("GET", ["user-schedule"]) => schedule::own(context),
        ("GET", ["user-schedule", account_id]) => schedule::of_account(context, account_id),
        ("GET", ["workload-schemes", "users", account_id]) => schedule::workload_scheme(context, account_id),
        ("GET", ["holiday-schemes", "users", account_id]) => schedule::holiday_scheme(context, account_id),
        ("GET", ["teams"]) => teams::list(context),
        ("GET", ["teams", id]) => teams::one(context, id),
        ("GET", ["teams", id, "members"]) => teams::members(context, id),
        _ => Err(errors::no_such_path(context.settings)),
    }
}

fn worklog_route(context: &mut Context, path: &[&str]) -> Outcome {
    match (context.call.method.as_str(), path) {
        ("GET", []) => worklogs::list(context),
        ("POST", []) => write::create(context),
        ("POST", ["search"]) => worklogs::search(context),
        ("GET", ["user", account_id]) => worklogs::of_user(context, account_id),
        ("GET", ["issue", id]) => worklogs::of_issue(context, id),
        ("GET", ["project", id]) => worklogs::of_project(context, id),
        ("GET", ["team", id]) => worklogs::of_team(context, id),
        ("GET", ["account", key]) => worklogs::of_account(context, key),
        ("POST", ["issue", id, "bulk"]) => bulk::create(context, id),
        ("POST", ["jira-to-tempo"]) => ids::jira_to_tempo(context),
        ("POST", ["tempo-to-jira"]) => ids::tempo_to_jira(context),
        ("POST", ["work-attribute-values"]) => attributes::add_values(context),
        ("POST", ["work-attribute-values", "search"]) => attributes::search_values(context),
        ("GET", [id]) => worklogs::one(context, id),
        ("PUT", [id]) => write::replace(context, id),
        ("DELETE", [id]) => write::delete(context, id),
        ("GET", [id, "work-attribute-values"]) => attributes::values_of(context, id),
        ("GET", [id, "work-attribute-values", key]) => attributes::value_of(context, id, key),
        _ => Err(errors::no_such_path(context.settings)),
    }
}

/// The request's JSON body; Tempo takes no other media type.
fn body(context: &Context) -> Result<Value, Answer> {
    if !context.call.has_json_body() {
        return Err(errors::refuse(context.settings, 415, &["HTTP 415 Unsupported Media Type".to_owned()]));
    }
    context.call.json().map_err(|_| errors::bad_request(context.settings, "Unable to process JSON"))
}
