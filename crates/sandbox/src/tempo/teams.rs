//! The one team, as far as a lookup of its people's worklogs needs it.

use serde_json::{Value, json};

use super::{
    errors,
    page::{Window, page},
};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    data::TEAM_ID,
    world::UserIndex,
};

pub(super) fn member_indexes(context: &Context) -> Vec<UserIndex> {
    let users = context.world.users.iter().enumerate();
    users.filter(|(_, user)| user.active).map(|(place, _)| place).collect()
}

fn wire(context: &Context) -> Value {
    let link = format!("{}/4/teams/{TEAM_ID}", context.call.origin);
    let lead = context.world.users.iter().find(|user| user.lead).map_or("", |user| user.account_id);
    json!({
        "self": link,
        "id": TEAM_ID,
        "name": "Product Team",
        "summary": "Web shop, app and operations",
        "administrative": false,
        "public": true,
        "lead": person(context, lead),
        "links": {"self": format!("{link}/links")},
        "members": {"self": format!("{link}/members")},
        "permissions": {"self": format!("{link}/permissions")},
    })
}

fn person(context: &Context, account_id: &str) -> Value {
    let link = format!("{}/rest/api/3/user?accountId={account_id}", context.call.origin);
    json!({"self": link, "accountId": account_id})
}

pub(super) fn list(context: &Context) -> Outcome {
    page(context, Window::of(context)?, &[()], |()| wire(context))
}

fn known(context: &Context, id: &str) -> Result<(), Answer> {
    let missing = || errors::not_found(context.settings, "Team cannot be found in the system");
    (id == TEAM_ID.to_string()).then_some(()).ok_or_else(missing)
}

pub(super) fn one(context: &Context, id: &str) -> Outcome {
    known(context, id)?;
    Ok(Answer::ok(&wire(context)))
}

pub(super) fn members(context: &Context, id: &str) -> Outcome {
    known(context, id)?;
    let team = format!("{}/4/teams/{TEAM_ID}", context.call.origin);
    let member = |place: UserIndex| {
        let account_id = context.world.users[place].account_id;
        json!({
            "team": {"self": team},
            "member": person(context, account_id),
            "memberships": {
                "self": format!("{}/4/team-memberships/member/{account_id}", context.call.origin),
                "active": {
                    "self": format!("{}/4/team-memberships/{}", context.call.origin, place + 1),
                    "id": place + 1,
                    "role": {"self": format!("{}/4/roles/1", context.call.origin), "id": 1, "name": "Member"},
                    "commitmentPercent": 100,
                },
            },
        })
    };
    page(context, Window::of(context)?, &member_indexes(context), |place| member(*place))
}
