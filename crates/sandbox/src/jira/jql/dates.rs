//! Dates in conditions: a date with or without a time, a period such as `-30d`, or a function such as
//! `startOfWeek()`.

use std::cmp::Ordering;

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday},
};

use super::{
    ast::{Condition, Operand, Operator},
    messages::{unknown_function, unsupported_operator},
};
use crate::context::RequestContext;

/// Whether a comparison with this result satisfies the operator.
pub(super) fn is_satisfied(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
        Operator::NotEquals => ordering.is_ne(),
        _ => ordering.is_eq(),
    }
}

/// The instant that the condition compares with. Dates are in the caller's time zone.
pub(super) fn instant(context: &RequestContext, condition: &Condition) -> Result<Timestamp, String> {
    let comparable = condition.operator.is_ordering()
        || matches!(condition.operator, Operator::Equals | Operator::NotEquals);
    if !comparable {
        return Err(unsupported_operator(condition));
    }
    match condition.operands.first() {
        Some(Operand::Value(text)) => parse(context, text).ok_or_else(|| invalid(condition, text)),
        Some(Operand::Function(name, arguments)) => {
            let argument = arguments.first().map_or("", String::as_str);
            let shift = if arguments.is_empty() { Some(SignedDuration::ZERO) } else { period(argument) };
            let shift = shift.ok_or_else(|| invalid(condition, argument))?;
            let start = function(context, name).ok_or_else(|| unknown_function(name))?;
            start.checked_add(shift).map_err(|_| invalid(condition, name))
        }
        _ => Err(unsupported_operator(condition)),
    }
}

/// The date of that instant in the caller's time zone.
pub(super) fn date(context: &RequestContext, condition: &Condition) -> Result<Date, String> {
    Ok(instant(context, condition)?.to_zoned(context.user().zone.clone()).date())
}

fn invalid(condition: &Condition, text: &str) -> String {
    format!(
        "Date value '{text}' for field '{}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd \
         HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
        condition.field
    )
}

fn parse(context: &RequestContext, text: &str) -> Option<Timestamp> {
    if let Some(period) = period(text) {
        return context.now.checked_add(period).ok();
    }
    let text = text.replace('/', "-");
    let day = Date::strptime("%Y-%m-%d", &text).ok().map(|day| day.at(0, 0, 0, 0));
    let moment = day.or_else(|| DateTime::strptime("%Y-%m-%d %H:%M", &text).ok())?;
    in_caller_zone(context, moment)
}

fn in_caller_zone(context: &RequestContext, moment: DateTime) -> Option<Timestamp> {
    Some(moment.to_zoned(context.user().zone.clone()).ok()?.timestamp())
}

/// Parses a period of weeks, days, hours and minutes, such as `-30d`, `4w 2d` or `-90m`.
fn period(text: &str) -> Option<SignedDuration> {
    let (sign, amounts) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut minutes: i64 = 0;
    for amount in amounts.split_whitespace() {
        let unit = match amount.chars().last()? {
            'w' => 7 * 24 * 60,
            'd' => 24 * 60,
            'h' => 60,
            'm' => 1,
            _ => return None,
        };
        let number: i64 = amount[..amount.len() - 1].parse().ok()?;
        minutes = minutes.checked_add(number.checked_mul(unit)?)?;
    }
    let is_period = !amounts.trim().is_empty() && amounts.starts_with(|first: char| first.is_ascii_digit());
    is_period.then(|| SignedDuration::from_secs(minutes.saturating_mul(60 * sign)))
}

fn function(context: &RequestContext, name: &str) -> Option<Timestamp> {
    let today = context.today();
    let day = match name.to_lowercase().as_str() {
        "now" => return Some(context.now),
        "startofday" => today,
        "startofweek" => today.saturating_sub(i64::from(today.weekday().since(Weekday::Monday)).days()),
        "startofmonth" => today.first_of_month(),
        "startofyear" => today.first_of_year(),
        _ => return None,
    };
    in_caller_zone(context, day.at(0, 0, 0, 0))
}
