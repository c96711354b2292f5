//! Lengths of time in whole seconds.

use std::{fmt, iter::Sum, ops::Add, str::FromStr};

const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

/// An amount of time in whole seconds: Tempo's own unit (`timeSpentSeconds`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seconds(pub u64);

impl Seconds {
    /// Decimal hours, to four places: what people call "7.5 hours".
    #[must_use]
    pub fn hours(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "sums of working time stay far below 2^53")]
        let seconds = self.0 as f64;
        (seconds / f64::from(HOUR) * 10_000.0).round() / 10_000.0
    }
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

/// `7h 30m`, `45m`, `20s`, `0m`: hours are not folded into days, since a day is no number of hours.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSpent(u32);

impl TimeSpent {
    #[must_use]
    pub fn seconds(self) -> Seconds {
        Seconds(u64::from(self.0))
    }

    /// # Errors
    /// What is wrong with the length: nothing at all, or more than a day.
    pub fn from_seconds(seconds: i64) -> Result<Self, String> {
        match u32::try_from(seconds) {
            Ok(0) | Err(_) if seconds <= 0 => Err("must be more than 0".into()),
            Ok(it) if it <= DAY => Ok(Self(it)),
            _ => Err("is more than 24 h; one worklog holds at most a day".into()),
        }
    }

    /// Decimal hours, rounded to the nearest second.
    ///
    /// # Errors
    /// Zero and below, more than 24 hours, a length that rounds to 0 seconds, no number at all.
    pub fn from_hours(hours: f64) -> Result<Self, String> {
        Self::from_hours_or(hours, |minutes| format!("did you mean timeSpent \"{minutes}m\"?"))
    }

    /// `meant`: what to suggest where the number looks like minutes.
    fn from_hours_or(hours: f64, meant: impl Fn(f64) -> String) -> Result<Self, String> {
        Self::from_seconds_rounded(hours * f64::from(HOUR)).map_err(|it| match it {
            Fault::TooLong if hours.fract() == 0.0 && hours <= 480.0 => {
                format!("is more than 24 h; {}", meant(hours))
            }
            it => it.to_string(),
        })
    }

    fn from_seconds_rounded(seconds: f64) -> Result<Self, Fault> {
        if !seconds.is_finite() {
            return Err(Fault::NoNumber);
        }
        if seconds <= 0.0 {
            return Err(Fault::NotPositive);
        }
        let rounded = seconds.round();
        if rounded < 1.0 {
            return Err(Fault::RoundsToNothing);
        }
        if rounded > f64::from(DAY) {
            return Err(Fault::TooLong);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within 1..=86400, see above"
        )]
        let whole = rounded as u32;
        Ok(Self(whole))
    }
}

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("is not a number")]
    NoNumber,
    #[error("must be more than 0")]
    NotPositive,
    #[error("is less than half a second, so nothing would be logged")]
    RoundsToNothing,
    #[error("is more than 24 h; one worklog holds at most a day")]
    TooLong,
}

const FORM: &str = "must look like 1h30m, 90m, 1:30 or 1.5 (hours)";

/// `1h30m`, `1h 20m 5s`, `90m`, `1.5h`, `1:30`, `1:30:15`; a bare number is hours.
impl FromStr for TimeSpent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        if let Ok(hours) = plain_number(&text) {
            return Self::from_hours_or(hours, |minutes| format!("did you mean {minutes}m?"));
        }
        if text.contains(':') {
            return Self::from_seconds(clock_seconds(&text).ok_or(FORM)?);
        }
        if text.contains(['d', 'w']) && text.starts_with(|it: char| it.is_ascii_digit()) {
            return Err(
                "has a unit of days or weeks, which are no fixed number of hours: give hours and minutes, \
                        like 7h30m"
                    .into(),
            );
        }
        let seconds = unit_seconds(&text).ok_or(FORM)?;
        Self::from_seconds_rounded(seconds).map_err(|it| it.to_string())
    }
}

/// Digits with at most one sign and point: `1e3`, `inf` and `NaN`, which Rust would parse, are no hours.
fn plain_number(text: &str) -> Result<f64, ()> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.chars().all(|it| it.is_ascii_digit() || it == '.') {
        return Err(());
    }
    text.parse().map_err(|_| ())
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
fn unit_seconds(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut total = 0.0;
    let mut found = false;
    for (unit, seconds) in [('h', 3600.0), ('m', 60.0), ('s', 1.0)] {
        rest = rest.trim_start();
        let Some((number, after)) = rest.split_once(unit) else { continue };
        total += plain_number(number.trim_end()).ok().filter(|it| *it >= 0.0)? * seconds;
        rest = after;
        found = true;
    }
    (found && rest.trim().is_empty()).then_some(total)
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
                Err(fault) => format!("{it} {fault}"),
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn the_same_length_in_every_form() {
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
    fn what_is_refused_and_why() {
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
                500 is more than 24 h; one worklog holds at most a day
                25h is more than 24 h; one worklog holds at most a day
                1d has a unit of days or weeks, which are no fixed number of hours: give hours and minutes, like 7h30m
                2w has a unit of days or weeks, which are no fixed number of hours: give hours and minutes, like 7h30m
                1h30 must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                h must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                1,5 must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                1e1 must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                inf must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                1:75 must look like 1h30m, 90m, 1:30 or 1.5 (hours)
                soon must look like 1h30m, 90m, 1:30 or 1.5 (hours)"#]],
        );
    }

    proptest::proptest! {
        #[test]
        fn every_length_reads_back_as_it_is_shown(seconds in 1_u32..=DAY) {
            let time = TimeSpent(seconds);
            proptest::prop_assert_eq!(time.seconds().to_string().parse(), Ok(time));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<TimeSpent>();
        }
    }
}
