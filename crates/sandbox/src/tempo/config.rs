//! The global configuration, the timesheet periods, and the lists that are empty here: approvals and plans.

use jiff::{ToSpan, civil::Weekday};
use serde_json::{Value, json};

use super::{
    errors,
    page::{Window, page, whole},
    query::required_date,
};
use crate::{
    answer::{Answer, Outcome},
    context::Context,
};

/// Says what the settings require, so that a client can know before it tries.
pub(super) fn global(context: &Context) -> Outcome {
    let settings = context.settings;
    if settings.global_configuration_refused {
        return Err(errors::forbidden(settings, "You do not have permission to view the configuration"));
    }
    let mut configuration = json!({
        "weekStart": 1,
        "approvalWeekStart": 1,
        "approvalPeriod": "WEEK",
        "numberOfDaysAllowedIntoFuture": settings.days_into_future,
        "remainingEstimateOptional": !settings.remaining_estimate_required,
        "worklogDescriptionOptional": !settings.description_required,
        "startAndEndTimesEnabled": true,
        "startAndEndTimesForPlanningEnabled": false,
        "allowLoggingOnClosedAccount": settings.allow_logging_on_closed_account,
        "planApprovalEnabled": false,
    });
    if let Some(most) = settings.max_seconds_per_day {
        configuration["maxHoursPerDayPerUser"] = most.div_ceil(3600).into();
    }
    Ok(Answer::ok(&configuration))
}

/// Nobody's timesheet waits for anybody here.
pub(super) fn waiting_approvals(context: &Context) -> Outcome {
    whole(context, Vec::<Value>::new())
}

/// Nothing is planned.
pub(super) fn plans(context: &Context) -> Outcome {
    required_date(context, "from")?;
    required_date(context, "to")?;
    page(context, Window::of(context)?, &[], |it: &Value| it.clone())
}

/// Weeks from Monday to Sunday; the answer has `periods` where every other list has `results`.
pub(super) fn periods(context: &Context) -> Outcome {
    let from = required_date(context, "from")?;
    let to = required_date(context, "to")?;
    if to < from || from.until(to).is_ok_and(|span| span.get_days() > 3660) {
        return Err(errors::bad_request(context.settings, "The date range is not valid"));
    }
    let days_since_monday = from.weekday().since(Weekday::Monday);
    let mut start = from.saturating_sub(i64::from(days_since_monday).days());
    let mut periods: Vec<Value> = Vec::new();
    while start <= to {
        let end = start.saturating_add(6.days());
        periods.push(json!({"from": start.to_string(), "to": end.to_string()}));
        start = end.saturating_add(1.day());
    }
    Ok(Answer::ok(&json!({"periods": periods})))
}
