//! Dates in queries: days, minutes, periods such as `-30d`, and functions such as `startOfWeek()`.

use std::cmp::Ordering;

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime, Weekday},
};

use super::{Operand, Operator, Term, terms};
use crate::context::Context;

pub(super) fn holds(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
        Operator::NotEquals => ordering.is_ne(),
        _ => ordering.is_eq(),
    }
}

/// The instant a term compares with, in the caller's zone.
pub(super) fn instant(context: &Context, term: &Term) -> Result<Timestamp, String> {
    let comparable =
        term.operator.compares() || matches!(term.operator, Operator::Equals | Operator::NotEquals);
    if !comparable {
        return Err(terms::unsupported(term));
    }
    match term.operands.first() {
        Some(Operand::Value(text)) => read(context, text).ok_or_else(|| invalid(term, text)),
        Some(Operand::Function(name, arguments)) => {
            let shift = arguments.first().map_or(Some(SignedDuration::ZERO), |text| period(text));
            let shift = shift.ok_or_else(|| invalid(term, arguments.first().map_or("", String::as_str)))?;
            let start = function(context, name).ok_or_else(|| terms::no_such_function(name))?;
            start.checked_add(shift).map_err(|_| invalid(term, name))
        }
        _ => Err(terms::unsupported(term)),
    }
}

/// The day of that instant.
pub(super) fn day(context: &Context, term: &Term) -> Result<Date, String> {
    Ok(instant(context, term)?.to_zoned(context.user().zone.clone()).date())
}

fn invalid(term: &Term, text: &str) -> String {
    format!(
        "Date value '{text}' for field '{}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd \
         HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
        term.field
    )
}

fn read(context: &Context, text: &str) -> Option<Timestamp> {
    if let Some(period) = period(text) {
        return context.now.checked_add(period).ok();
    }
    let text = text.replace('/', "-");
    let day = Date::strptime("%Y-%m-%d", &text).ok().map(|day| day.at(0, 0, 0, 0));
    let moment = day.or_else(|| DateTime::strptime("%Y-%m-%d %H:%M", &text).ok())?;
    start(context, moment)
}

fn start(context: &Context, moment: DateTime) -> Option<Timestamp> {
    Some(moment.to_zoned(context.user().zone.clone()).ok()?.timestamp())
}

/// `-30d`, `4w 2d`, `-90m`: weeks, days, hours, minutes.
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
    let given = !amounts.trim().is_empty() && amounts.starts_with(|first: char| first.is_ascii_digit());
    given.then(|| SignedDuration::from_secs(minutes.saturating_mul(60 * sign)))
}

fn function(context: &Context, name: &str) -> Option<Timestamp> {
    let today = context.today();
    let day = match name.to_lowercase().as_str() {
        "now" => return Some(context.now),
        "startofday" => today,
        "startofweek" => today.saturating_sub(i64::from(today.weekday().since(Weekday::Monday)).days()),
        "startofmonth" => today.first_of_month(),
        "startofyear" => today.first_of_year(),
        _ => return None,
    };
    start(context, day.at(0, 0, 0, 0))
}
