//! The required time for each day, from the workload scheme and the holidays.

use jiff::civil::{Date, Weekday};
use serde_json::{Value, json};

use super::{errors, pagination::unpaged, parameters::required_date};
use crate::{
    context::RequestContext,
    model::{Holiday, UserIndex},
    response::{HandlerResult, Response},
    settings::NoSchedule,
};

const WEEKDAYS: [&str; 7] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

pub(super) fn of_user(context: &RequestContext, account_id: &str) -> HandlerResult {
    schedule(context, find_user(context, account_id)?)
}

fn find_user(context: &RequestContext, account_id: &str) -> Result<UserIndex, Response> {
    let missing = || errors::not_found(context.settings, "User cannot be found in the system");
    context.site.user(account_id).ok_or_else(missing)
}

/// The schedule of the token's owner. `self` is "a permanent link to this resource"; whether it names the owner is not
/// documented.
pub(super) fn own(context: &RequestContext) -> HandlerResult {
    let mut response = schedule(context, context.caller)?;
    if context.settings.schedule_link_names_owner
        && let Some(mut body) = response.json_body()
    {
        let (origin, query) = (&context.request.origin, &context.request.raw_query);
        let owner = context.user().account_id;
        body["self"] = format!("{origin}/4/user-schedule/{owner}?{query}").into();
        response.body = body.to_string().into();
    }
    Ok(response)
}

fn schedule(context: &RequestContext, user: UserIndex) -> HandlerResult {
    let from = required_date(context, "from")?;
    let to = required_date(context, "to")?;
    match context.settings.no_schedule {
        Some(NoSchedule::Empty) => return unpaged(context, Vec::<Value>::new()),
        Some(NoSchedule::NotFound) => return Err(no_workload_scheme(context)),
        None => {}
    }
    if to < from {
        return Err(errors::bad_request(context.settings, "The to date must not be before the from date"));
    }
    let days = from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to);
    unpaged(context, days.map(|day| day_wire(context, user, day)).collect())
}

fn no_workload_scheme(context: &RequestContext) -> Response {
    errors::not_found(context.settings, "Workload scheme cannot be found in the system")
}

/// The duration of a holiday is subtracted from the required time, so half a holiday leaves half a day to work.
fn day_wire(context: &RequestContext, user: UserIndex, day: Date) -> Value {
    let workload = &context.site.workloads[context.site.users[user].workload];
    let weekday = usize::try_from(day.weekday().since(Weekday::Monday)).unwrap_or(0);
    let required = workload.days[weekday];
    let holiday = context.site.holidays.iter().position(|holiday| holiday.date == day);
    let day_type = match (holiday, required) {
        (None, 0) => "NON_WORKING_DAY",
        (None, _) => "WORKING_DAY",
        (Some(_), 0) => "HOLIDAY_AND_NON_WORKING_DAY",
        (Some(_), _) => "HOLIDAY",
    };
    let mut wire = json!({"date": day.to_string(), "requiredSeconds": required, "type": day_type});
    if let Some(index) = holiday {
        let holiday = &context.site.holidays[index];
        wire["requiredSeconds"] = required.saturating_sub(holiday.seconds).into();
        wire["holiday"] = holiday_wire(context, index, holiday);
    }
    wire
}

fn holiday_wire(context: &RequestContext, index: usize, holiday: &Holiday) -> Value {
    let id = index + 1;
    json!({
        "self": format!("{}/4/holiday-schemes/1/holidays/{id}", context.request.origin),
        "id": id,
        "schemeId": 1,
        "name": holiday.name,
        "description": "",
        "type": "FLOATING",
        "date": holiday.date.to_string(),
        "durationSeconds": holiday.seconds,
    })
}

pub(super) fn workload_scheme(context: &RequestContext, account_id: &str) -> HandlerResult {
    let user = find_user(context, account_id)?;
    if context.settings.no_schedule.is_some() {
        return Err(no_workload_scheme(context));
    }
    let index = context.site.users[user].workload;
    let scheme = &context.site.workloads[index];
    let days = WEEKDAYS.iter().zip(scheme.days);
    let days: Vec<Value> =
        days.map(|(day, seconds)| json!({"day": day, "requiredSeconds": seconds})).collect();
    let members = context.site.users.iter().filter(|user| user.workload == index).count();
    Ok(Response::ok(&json!({
        "self": format!("{}/4/workload-schemes/{}", context.request.origin, index + 1),
        "id": index + 1,
        "name": scheme.name,
        "description": scheme.description,
        "defaultScheme": index == 0,
        "memberCount": members,
        "days": days,
    })))
}

pub(super) fn holiday_scheme(context: &RequestContext, account_id: &str) -> HandlerResult {
    find_user(context, account_id)?;
    Ok(Response::ok(&json!({
        "self": format!("{}/4/holiday-schemes/1", context.request.origin),
        "id": 1,
        "name": "Office",
        "description": "Holidays of the whole team",
        "defaultScheme": true,
        "memberCount": context.site.users.len(),
    })))
}
