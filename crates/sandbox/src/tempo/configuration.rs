//! The global configuration, the timesheet periods, and two lists that are always empty: approvals and plans.

use jiff::{ToSpan, civil::Weekday};
use serde_json::{Value, json};

use super::{
    errors,
    pagination::{PageWindow, page, unpaged},
    parameters::required_date,
};
use crate::{
    context::RequestContext,
    response::{HandlerResult, Response},
};

/// Shows what the settings require, so that a client can find out before it writes.
pub(super) fn global(context: &RequestContext) -> HandlerResult {
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
    Ok(Response::ok(&configuration))
}

/// No timesheet is waiting for approval.
pub(super) fn waiting_approvals(context: &RequestContext) -> HandlerResult {
    unpaged(context, Vec::<Value>::new())
}

/// There are no plans.
pub(super) fn plans(context: &RequestContext) -> HandlerResult {
    required_date(context, "from")?;
    required_date(context, "to")?;
    page(context, PageWindow::of(context)?, &[], |plan: &Value| plan.clone())
}

/// Weeks from Monday to Sunday. The response has `periods` where all other lists have `results`.
pub(super) fn periods(context: &RequestContext) -> HandlerResult {
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
    Ok(Response::ok(&json!({"periods": periods})))
}
