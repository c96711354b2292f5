//! Users as Jira shows them. The privacy settings of a profile can hide the e-mail address and the time zone.

use serde_json::{Value, json};

use super::{
    errors,
    pagination::{number, page_bean},
};
use crate::{
    context::RequestContext,
    model::UserIndex,
    response::{HandlerResult, Response},
};

pub(super) fn user_wire(context: &RequestContext, index: UserIndex) -> Value {
    let user = &context.site.users[index];
    let mut wire = json!({
        "self": format!("{}/rest/api/3/user?accountId={}", context.request.origin, user.account_id),
        "accountId": user.account_id,
        "accountType": "atlassian",
        "avatarUrls": {"48x48": format!("{}/avatar/{index}.png", context.request.origin)},
        "displayName": user.name,
        "active": user.active,
    });
    if !context.settings.hide_email {
        wire["emailAddress"] = user.email.into();
    }
    if !context.settings.hide_time_zone {
        wire["timeZone"] = user.zone_name.into();
    }
    wire
}

pub(super) fn myself(context: &RequestContext) -> HandlerResult {
    if context.settings.myself_refused {
        return Err(errors::with_message(403, "You do not have permission to view this resource."));
    }
    let mut wire = user_wire(context, context.caller);
    wire["locale"] = "en_US".into();
    wire["groups"] = json!({"size": 1, "items": []});
    wire["applicationRoles"] = json!({"size": 1, "items": []});
    wire["expand"] = "groups,applicationRoles".into();
    Ok(Response::ok(&wire))
}

pub(super) fn get(context: &RequestContext) -> HandlerResult {
    let account_id = context.request.param("accountId");
    let account_id = account_id.ok_or_else(|| errors::bad_request("accountId must be provided"))?;
    let message = "Specified user does not exist or you do not have required permissions";
    let user = context.site.user(account_id).ok_or_else(|| errors::with_message(404, message))?;
    Ok(Response::ok(&user_wire(context, user)))
}

/// "`query` … is matched against user attributes (displayName, and emailAddress)", by prefixes of words. A hidden
/// e-mail address matches only as a whole.
pub(super) fn search(context: &RequestContext) -> HandlerResult {
    let query = context.request.param("query");
    let account_id = context.request.param("accountId");
    if query.is_some() == account_id.is_some() {
        let message = "Either the query or the accountId parameter must be provided, not both";
        return Err(errors::bad_request(message));
    }
    let start = number(context, "startAt", 0)?;
    let most = number(context, "maxResults", 50)?;
    let matches = |index: &UserIndex| {
        let user = &context.site.users[*index];
        match (query, account_id) {
            (Some(query), _) => matches_query(user.name, user.email, query, context.settings.hide_email),
            (None, id) => id == Some(user.account_id),
        }
    };
    let found = (0..context.site.users.len()).filter(matches).skip(start).take(most);
    let users: Vec<Value> = found.map(|index| user_wire(context, index)).collect();
    Ok(Response::ok(&users))
}

fn matches_query(name: &str, email: &str, query: &str, email_hidden: bool) -> bool {
    let query = query.trim().to_lowercase();
    let name = name.to_lowercase();
    let email = email.to_lowercase();
    let in_name = name.starts_with(&query) || name.split(' ').any(|word| word.starts_with(&query));
    let in_email = if email_hidden { email == query } else { email.starts_with(&query) };
    in_name || in_email
}

pub(super) fn bulk(context: &RequestContext) -> HandlerResult {
    let account_ids: Vec<&str> = context.request.params("accountId").collect();
    if account_ids.is_empty() {
        return Err(errors::bad_request("accountId must be provided"));
    }
    let mut found: Vec<UserIndex> = account_ids.iter().filter_map(|id| context.site.user(id)).collect();
    found.sort_unstable();
    found.dedup();
    page_bean(context, &found, 10, |index| user_wire(context, *index))
}
