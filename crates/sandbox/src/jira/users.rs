//! People as Jira shows them. Their e-mail and time zone can be hidden by their profile's privacy settings.

use serde_json::{Value, json};

use super::errors;
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    world::UserIndex,
};

pub(super) fn person(context: &Context, place: UserIndex) -> Value {
    let user = &context.world.users[place];
    let mut wire = json!({
        "self": format!("{}/rest/api/3/user?accountId={}", context.call.origin, user.account_id),
        "accountId": user.account_id,
        "accountType": "atlassian",
        "avatarUrls": {"48x48": format!("{}/avatar/{place}.png", context.call.origin)},
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

pub(super) fn myself(context: &Context) -> Outcome {
    if context.settings.myself_refused {
        return Err(errors::refuse(403, "You do not have permission to view this resource."));
    }
    let mut wire = person(context, context.who);
    wire["locale"] = "en_US".into();
    wire["groups"] = json!({"size": 1, "items": []});
    wire["applicationRoles"] = json!({"size": 1, "items": []});
    wire["expand"] = "groups,applicationRoles".into();
    Ok(Answer::ok(&wire))
}

pub(super) fn one(context: &Context) -> Outcome {
    let given =
        context.call.param("accountId").ok_or_else(|| errors::bad_request("accountId must be provided"))?;
    let message = "Specified user does not exist or you do not have required permissions";
    let user = context.world.user(given).ok_or_else(|| errors::refuse(404, message))?;
    Ok(Answer::ok(&person(context, user)))
}

fn number(context: &Context, name: &str, default: usize) -> Result<usize, Answer> {
    let Some(text) = context.call.param(name) else { return Ok(default) };
    text.parse().map_err(|_| errors::bad_request(&format!("{name} must be a number")))
}

/// "`query` … is matched against user attributes (displayName, and emailAddress)": by prefixes of words. A
/// hidden e-mail address still matches only if given in full.
pub(super) fn search(context: &Context) -> Outcome {
    let query = context.call.param("query");
    let account_id = context.call.param("accountId");
    if query.is_some() == account_id.is_some() {
        let message = "Either the query or the accountId parameter must be provided, not both";
        return Err(errors::bad_request(message));
    }
    let start = number(context, "startAt", 0)?;
    let most = number(context, "maxResults", 50)?;
    let matches = |place: &UserIndex| {
        let user = &context.world.users[*place];
        match (query, account_id) {
            (Some(query), _) => matches_query(user.name, user.email, query, context.settings.hide_email),
            (None, id) => id == Some(user.account_id),
        }
    };
    let found = (0..context.world.users.len()).filter(matches).skip(start).take(most);
    let people: Vec<Value> = found.map(|place| person(context, place)).collect();
    Ok(Answer::ok(&people))
}

fn matches_query(name: &str, email: &str, query: &str, hidden: bool) -> bool {
    let query = query.trim().to_lowercase();
    let name = name.to_lowercase();
    let email = email.to_lowercase();
    let in_name = name.starts_with(&query) || name.split(' ').any(|word| word.starts_with(&query));
    let in_email = if hidden { email == query } else { email.starts_with(&query) };
    in_name || in_email
}

pub(super) fn bulk(context: &Context) -> Outcome {
    let asked: Vec<&str> = context.call.params("accountId").collect();
    if asked.is_empty() {
        return Err(errors::bad_request("accountId must be provided"));
    }
    let mut found: Vec<UserIndex> = asked.iter().filter_map(|id| context.world.user(id)).collect();
    found.sort_unstable();
    found.dedup();
    page_bean(context, &found, 10, |place| person(context, *place))
}

/// Jira's page bean, with the call's `startAt` and `maxResults`.
pub(super) fn page_bean<T>(
    context: &Context,
    items: &[T],
    default: usize,
    row: impl Fn(&T) -> Value,
) -> Outcome {
    let start = number(context, "startAt", 0)?;
    let most = number(context, "maxResults", default)?;
    let values: Vec<Value> = items.iter().skip(start).take(most).map(row).collect();
    let last = start + values.len() >= items.len();
    let call = context.call;
    let own = format!("{}{}?maxResults={most}&startAt={start}", call.origin, call.path);
    let mut wire = json!({
        "self": own, "maxResults": most, "startAt": start, "total": items.len(), "isLast": last, "values": values,
    });
    if !last {
        let next = start + most;
        wire["nextPage"] = format!("{}{}?maxResults={most}&startAt={next}", call.origin, call.path).into();
    }
    Ok(Answer::ok(&wire))
}
