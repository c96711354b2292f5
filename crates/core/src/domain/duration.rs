//! Lengths of time in whole seconds.

use std::{borrow::Cow, fmt, iter::Sum, ops::Add, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

/// More hours than any amount of working time has.
const MOST_HOURS: f64 = 100_000.0;

/// An amount of time in whole seconds: Tempo's own unit (`timeSpentSeconds`), and the integer that it is in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u64);

impl Seconds {
    pub const ZERO: Self = Self(0);

    /// Decimal hours from 0 to 100,000, rounded to the nearest second; `None` for other numbers.
    #[must_use]
    pub fn from_hours(hours: f64) -> Option<Self> {
        (0.0..=MOST_HOURS).contains(&hours).then(|| Self(rounded(microseconds(hours, HOUR))))
    }

    /// Decimal hours to four places, for totals and for a reader: `7.5`.
    #[must_use]
    pub fn hours(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "sums of working time stay far below 2^53")]
        let seconds = self.0 as f64;
        (seconds / f64::from(HOUR) * 10_000.0).round() / 10_000.0
    }

    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// How much of `self` is left without `other`: at least nothing.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// The schema of an integer, without this type's own documentation: fields describe what they count.
impl JsonSchema for Seconds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        u64::json_schema(generator)
    }
}

/// `amount` times `unit_seconds`. Decimals that a binary fraction only comes close to are exact again in
/// microseconds, so that 0.00125 h is 4.5 s, which rounds up, and not 4.4999… s.
fn microseconds(amount: f64, unit_seconds: u32) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "callers check the range")]
    let whole = (amount * f64::from(unit_seconds) * 1_000_000.0).round() as u64;
    whole
}

/// The nearest second; half a second rounds up.
fn rounded(microseconds: u64) -> u64 {
    microseconds.saturating_add(500_000) / 1_000_000
}

impl Add for Seconds {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Seconds {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self(0), Add::add)
    }
}

/// `7h 30m`, `45m`, `20s`, `0m`. Never days: how many hours a working day has differs between people.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds) = (self.0 / 3600, self.0 / 60 % 60, self.0 % 60);
        if self.0 == 0 {
            return f.write_str("0m");
        }
        let mut separator = "";
        for (amount, unit) in [(hours, "h"), (minutes, "m"), (seconds, "s")] {
            if amount > 0 {
                write!(f, "{separator}{amount}{unit}")?;
                separator = " ";
            }
        }
        Ok(())
    }
}

/// The length of one worklog as a person may give it: 1 second to 24 hours.
///
/// ```
/// use tempo_mcp_core::domain::duration::{Seconds, TimeSpent};
///
/// let time: TimeSpent = "1h30m".parse()?;
/// assert_eq!(time.seconds(), Seconds(5400));
/// assert_eq!("90m".parse(), Ok(time));
/// assert_eq!("1:30".parse(), Ok(time));
/// assert_eq!("1.5".parse(), Ok(time), "a bare number is hours");
/// assert_eq!(TimeSpent::from_hours(1.5), Ok(time));
/// assert_eq!(time.seconds().to_string(), "1h 30m");
///
/// assert_eq!("30".parse::<TimeSpent>(), Err("is more than 24 h; did you mean 30m?".into()));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSpent(u32);

/// What is wrong with the length of a worklog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    #[error("is not a number")]
    NotANumber,
    #[error("must be more than 0")]
    NotPositive,
    #[error("is less than half a second, so nothing would be logged")]
    RoundsToZero,
    #[error("is more than 24 h; one worklog holds at most 24 h")]
    TooLong,
    /// A whole number of hours above 24 that is a plausible number of minutes.
    #[error("is more than 24 h; did you mean {minutes}m?")]
    PerhapsMinutes { minutes: u32 },
    #[error("must look like 1h30m, 90m, 1:30 or 1.5 (hours)")]
    UnknownForm,
    #[error(
        "has a unit of days or weeks, which are not a fixed number of hours: give hours and minutes, like 7h30m"
    )]
    DaysOrWeeks,
}

impl TimeSpent {
    #[must_use]
    pub fn seconds(self) -> Seconds {
        Seconds(u64::from(self.0))
    }

    /// # Errors
    /// Not more than 0, or more than 24 hours.
    pub fn from_seconds(seconds: i64) -> Result<Self, DurationError> {
        match u32::try_from(seconds) {
            Ok(it) if (1..=DAY).contains(&it) => Ok(Self(it)),
            _ if seconds <= 0 => Err(DurationError::NotPositive),
            _ => Err(DurationError::TooLong),
        }
    }

    /// Decimal hours, rounded to the nearest second.
    ///
    /// # Errors
    /// Not more than 0, more than 24 hours, less than half a second, or not a finite number.
    pub fn from_hours(hours: f64) -> Result<Self, DurationError> {
        if hours > 24.0 && hours <= 480.0 && hours.fract() == 0.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "25 to 480")]
            let minutes = hours as u32;
            return Err(DurationError::PerhapsMinutes { minutes });
        }
        checked_microseconds(hours, HOUR).and_then(Self::from_microseconds)
    }

    fn from_microseconds(microseconds: u64) -> Result<Self, DurationError> {
        match u32::try_from(rounded(microseconds)) {
            _ if microseconds == 0 => Err(DurationError::NotPositive),
            Ok(0) => Err(DurationError::RoundsToZero),
            Ok(it) if it <= DAY => Ok(Self(it)),
            _ => Err(DurationError::TooLong),
        }
    }
}

/// An amount of at most a few days in microseconds.
fn checked_microseconds(amount: f64, unit_seconds: u32) -> Result<u64, DurationError> {
    if !amount.is_finite() {
        return Err(DurationError::NotANumber);
    }
    if amount < 0.0 {
        return Err(DurationError::NotPositive);
    }
    if amount * f64::from(unit_seconds) > f64::from(2 * DAY) {
        return Err(DurationError::TooLong);
    }
    match microseconds(amount, unit_seconds) {
        // So little that not even microseconds are left of it, but not nothing.
        0 if amount > 0.0 => Err(DurationError::RoundsToZero),
        it => Ok(it),
    }
}

/// `1h30m`, `1h 20m 5s`, `90m`, `1.5h`, `1:30`, `1:30:15`; a bare number is hours.
impl FromStr for TimeSpent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(&text.trim().to_ascii_lowercase()).map_err(|it| it.to_string())
    }
}

fn parse(text: &str) -> Result<TimeSpent, DurationError> {
    if let Some(hours) = plain_number(text) {
        return TimeSpent::from_hours(hours);
    }
    if text.contains(':') {
        return TimeSpent::from_seconds(clock_seconds(text).ok_or(DurationError::UnknownForm)?);
    }
    if text.contains(['d', 'w']) && text.starts_with(|it: char| it.is_ascii_digit()) {
        return Err(DurationError::DaysOrWeeks);
    }
    TimeSpent::from_microseconds(unit_microseconds(text)?)
}

/// Digits with at most one sign and point: `1e3`, `inf` and `NaN`, which Rust would parse, are not durations.
fn plain_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_plain = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    if is_plain { text.parse().ok() } else { None }
}

/// `H:MM` or `H:MM:SS` as seconds.
fn clock_seconds(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hours: i64 = digits(parts.next()?, 1..=3)?;
    let minutes: i64 = digits(parts.next()?, 2..=2)?;
    let seconds: i64 = parts.next().map_or(Some(0), |it| digits(it, 2..=2))?;
    let whole = parts.next().is_none() && minutes < 60 && seconds < 60;
    whole.then_some(hours * 3600 + minutes * 60 + seconds)
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let plain = length.contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// `1h 20m 5s` in that order, each unit at most once.
fn unit_microseconds(text: &str) -> Result<u64, DurationError> {
    let mut rest = text;
    let mut total: Option<u64> = None;
    for (unit, unit_seconds) in [('h', HOUR), ('m', 60), ('s', 1)] {
        rest = rest.trim_start();
        let Some((number, after)) = rest.split_once(unit) else { continue };
        let amount = plain_number(number.trim_end()).filter(|it| *it >= 0.0);
        let more = checked_microseconds(amount.ok_or(DurationError::UnknownForm)?, unit_seconds)?;
        total = Some(total.unwrap_or(0) + more);
        rest = after;
    }
    total.filter(|_| rest.trim().is_empty()).ok_or(DurationError::UnknownForm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(inputs: &[&str], expected: &Expect) {
        let lines: Vec<String> = inputs
            .iter()
            .map(|it| match it.parse::<TimeSpent>() {
                Ok(time) => format!("{it} = {} s = {}", time.0, time.seconds()),
                Err(error) => format!("{it} {error}"),
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn every_form_gives_the_same_length() {
        for text in
            ["1h30m", "1h 30m", "90m", "1:30", "1:30:00", "1.5", "1.5h", " 1H30M ", "5400s", "1h 29m 60s"]
        {
            assert_eq!(text.parse::<TimeSpent>(), Ok(TimeSpent(5400)), "{text}");
        }
        assert_eq!(TimeSpent::from_hours(1.5), Ok(TimeSpent(5400)));
        assert_eq!("0.25".parse(), Ok(TimeSpent(900)));
        assert_eq!("1h 20m 5s".parse(), Ok(TimeSpent(4805)));
        assert_eq!("24:00".parse(), Ok(TimeSpent(86_400)));
    }

    #[test]
    fn decimals_round_to_the_nearest_second() {
        check(
            &["0.1", "1.3333", "0.0003", "2.0001"],
            &expect![[r#"
                0.1 = 360 s = 6m
                1.3333 = 4800 s = 1h 20m
                0.0003 = 1 s = 1s
                2.0001 = 7200 s = 2h"#]],
        );
    }

    #[test]
    fn unreadable_and_impossible_lengths_are_refused_with_a_reason() {
        check(
            &[
                "", "0", "-1", "0.0001", "0m", "25", "30", "500", "25h", "1d", "2w", "1h30", "h", "1,5",
                "1e1", "inf", "1:75", "soon",
            ],
            &expect![[r#"
                 must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                0 must be more than 0
                -1 must be more than 0
                0.0001 is less than half a second, so nothing would be logged
                0m must be more than 0
                25 is more than 24 h; did you mean 25m?
                30 is more than 24 h; did you mean 30m?
                500 is more than 24 h; one worklog holds at most 24 h
                25h is more than 24 h; one worklog holds at most 24 h
                1d has a unit of days or weeks, which are not a fixed number of hours: give hours and minutes, like 7h30m
                2w has a unit of days or weeks, which are not a fixed number of hours: give hours and minutes, like 7h30m
                1h30 must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                h must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                1,5 must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                1e1 must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                inf must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                1:75 must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                soon must look like 1h30m, 90m, 1:30 or 1.5 (hours)"#]],
        );
    }

    #[test]
    fn decimals_do_not_suffer_from_binary_fractions() {
        // 4.5 s and 13.5 s: as binary fractions one of them would be a little less.
        for (hours, seconds) in [(0.00125, 5), (0.00375, 14), (0.1 + 0.2, 1080), (1.1, 3960), (2.3, 8280)] {
            assert_eq!(TimeSpent::from_hours(hours), Ok(TimeSpent(seconds)), "{hours}");
            assert_eq!(Seconds::from_hours(hours), Some(Seconds(seconds.into())), "{hours}");
        }
        assert_eq!("0.1h 0.2m 0.3s".parse(), Ok(TimeSpent(372)));
        assert_eq!(TimeSpent::from_hours(f64::NAN), Err(DurationError::NotANumber));
        assert_eq!(TimeSpent::from_hours(1e-12), Err(DurationError::RoundsToZero));
        assert_eq!(TimeSpent::from_hours(1e30), Err(DurationError::TooLong));
        assert_eq!([-0.1, 100_001.0, f64::NAN].map(Seconds::from_hours), [None; 3]);
    }

    proptest::proptest! {
        #[test]
        fn every_length_parses_from_the_text_it_is_shown_as(seconds in 1_u32..=DAY) {
            let time = TimeSpent(seconds);
            proptest::prop_assert_eq!(time.seconds().to_string().parse(), Ok(time));
        }

        #[test]
        fn hours_shown_give_the_same_seconds_again(seconds in 1_u32..=DAY) {
            let time = TimeSpent(seconds);
            proptest::prop_assert_eq!(TimeSpent::from_hours(time.seconds().hours()), Ok(time));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<TimeSpent>();
        }
    }
}
