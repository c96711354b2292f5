//! Required time per day, from the workload scheme and the holidays.

use jiff::civil::{Date, Weekday};
use serde_json::{Value, json};

use super::{errors, page::whole, query::required_date};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
    settings::NoSchedule,
    world::{Holiday, UserIndex},
};

const DAYS: [&str; 7] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

pub(super) fn of_account(context: &Context, account_id: &str) -> Outcome {
    of(context, user(context, account_id)?)
}

fn user(context: &Context, account_id: &str) -> Result<UserIndex, Answer> {
    let missing = || errors::not_found(context.settings, "User cannot be found in the system");
    context.world.user(account_id).ok_or_else(missing)
}

/// The token owner's. Whether "a permanent link to this resource" names them is not documented.
pub(super) fn own(context: &Context) -> Outcome {
    let mut answer = of(context, context.who)?;
    if context.settings.schedule_link_names_owner
        && let Some(mut body) = answer.value()
    {
        let (origin, query) = (&context.call.origin, &context.call.raw_query);
        let owner = context.user().account_id;
        body["self"] = format!("{origin}/4/user-schedule/{owner}?{query}").into();
        answer.body = body.to_string().into();
    }
    Ok(answer)
}

pub(super) fn of(context: &Context, user: UserIndex) -> Outcome {
    let from = required_date(context, "from")?;
    let to = required_date(context, "to")?;
    match context.settings.no_schedule {
        Some(NoSchedule::Empty) => return whole(context, Vec::<Value>::new()),
        Some(NoSchedule::NotFound) => {
            return Err(errors::not_found(context.settings, "Workload scheme cannot be found in the system"));
        }
        None => {}
    }
    if to < from {
        return Err(errors::bad_request(context.settings, "The to date must not be before the from date"));
    }
    let days = from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to);
    whole(context, days.map(|day| day_wire(context, user, day)).collect())
}

/// A holiday takes its duration off the day: half a holiday leaves half a day to work.
fn day_wire(context: &Context, user: UserIndex, day: Date) -> Value {
    let workload = &context.world.workloads[context.world.users[user].workload];
    let place = usize::try_from(day.weekday().since(Weekday::Monday)).unwrap_or(0);
    let required = workload.days[place];
    let holiday = context.world.holidays.iter().position(|holiday| holiday.date == day);
    let kind = match (holiday, required) {
        (None, 0) => "NON_WORKING_DAY",
        (None, _) => "WORKING_DAY",
        (Some(_), 0) => "HOLIDAY_AND_NON_WORKING_DAY",
        (Some(_), _) => "HOLIDAY",
    };
    let mut wire = json!({"date": day.to_string(), "requiredSeconds": required, "type": kind});
    if let Some(place) = holiday {
        let holiday = &context.world.holidays[place];
        wire["requiredSeconds"] = required.saturating_sub(holiday.seconds).into();
        wire["holiday"] = holiday_wire(context, place, holiday);
    }
    wire
}

fn holiday_wire(context: &Context, place: usize, holiday: &Holiday) -> Value {
    let id = place + 1;
    json!({
        "self": format!("{}/4/holiday-schemes/1/holidays/{id}", context.call.origin),
        "id": id,
        "schemeId": 1,
        "name": holiday.name,
        "description": "",
        "type": "FLOATING",
        "date": holiday.date.to_string(),
        "durationSeconds": holiday.seconds,
    })
}

pub(super) fn workload_scheme(context: &Context, account_id: &str) -> Outcome {
    let user = user(context, account_id)?;
    if context.settings.no_schedule.is_some() {
        return Err(errors::not_found(context.settings, "Workload scheme cannot be found in the system"));
    }
    let place = context.world.users[user].workload;
    let scheme = &context.world.workloads[place];
    let pairs = DAYS.iter().zip(scheme.days);
    let days: Vec<Value> =
        pairs.map(|(day, seconds)| json!({"day": day, "requiredSeconds": seconds})).collect();
    let members = context.world.users.iter().filter(|user| user.workload == place).count();
    Ok(Answer::ok(&json!({
        "self": format!("{}/4/workload-schemes/{}", context.call.origin, place + 1),
        "id": place + 1,
        "name": scheme.name,
        "description": scheme.description,
        "defaultScheme": place == 0,
        "memberCount": members,
        "days": days,
    })))
}

pub(super) fn holiday_scheme(context: &Context, account_id: &str) -> Outcome {
    user(context, account_id)?;
    Ok(Answer::ok(&json!({
        "self": format!("{}/4/holiday-schemes/1", context.call.origin),
        "id": 1,
        "name": "Office",
        "description": "Holidays of the whole team",
        "defaultScheme": true,
        "memberCount": context.world.users.len(),
    })))
}
