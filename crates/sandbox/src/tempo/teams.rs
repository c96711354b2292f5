//! The only team, as far as clients need it to list the worklogs of its members.

use serde_json::{Value, json};

use super::{
    errors,
    pagination::{PageWindow, page},
};
use crate::{
    constants::TEAM_ID,
    context::RequestContext,
    model::UserIndex,
    response::{HandlerResult, Response},
};

/// The members: all active users.
pub(super) fn member_indexes(context: &RequestContext) -> Vec<UserIndex> {
    let users = context.site.users.iter().enumerate();
    users.filter(|(_, user)| user.active).map(|(index, _)| index).collect()
}

fn team_wire(context: &RequestContext) -> Value {
    let link = format!("{}/4/teams/{TEAM_ID}", context.request.origin);
    let lead = context.site.users.iter().find(|user| user.is_lead).map_or("", |user| user.account_id);
    json!({
        "self": link,
        "id": TEAM_ID,
        "name": "Product Team",
        "summary": "Web shop, app and operations",
        "administrative": false,
        "public": true,
        "lead": user_wire(context, lead),
        "links": {"self": format!("{link}/links")},
        "members": {"self": format!("{link}/members")},
        "permissions": {"self": format!("{link}/permissions")},
    })
}

fn user_wire(context: &RequestContext, account_id: &str) -> Value {
    let link = format!("{}/rest/api/3/user?accountId={account_id}", context.request.origin);
    json!({"self": link, "accountId": account_id})
}

pub(super) fn list(context: &RequestContext) -> HandlerResult {
    page(context, PageWindow::of(context)?, &[()], |()| team_wire(context))
}

fn check_id(context: &RequestContext, id: &str) -> Result<(), Response> {
    let missing = || errors::not_found(context.settings, "Team cannot be found in the system");
    (id == TEAM_ID.to_string()).then_some(()).ok_or_else(missing)
}

pub(super) fn get(context: &RequestContext, id: &str) -> HandlerResult {
    check_id(context, id)?;
    Ok(Response::ok(&team_wire(context)))
}

pub(super) fn members(context: &RequestContext, id: &str) -> HandlerResult {
    check_id(context, id)?;
    page(context, PageWindow::of(context)?, &member_indexes(context), |index| member_wire(context, *index))
}

fn member_wire(context: &RequestContext, index: UserIndex) -> Value {
    let origin = &context.request.origin;
    let account_id = context.site.users[index].account_id;
    json!({
        "team": {"self": format!("{origin}/4/teams/{TEAM_ID}")},
        "member": user_wire(context, account_id),
        "memberships": {
            "self": format!("{origin}/4/team-memberships/member/{account_id}"),
            "active": {
                "self": format!("{origin}/4/team-memberships/{}", index + 1),
                "id": index + 1,
                "role": {"self": format!("{origin}/4/roles/1"), "id": 1, "name": "Member"},
                "commitmentPercent": 100,
            },
        },
    })
}
