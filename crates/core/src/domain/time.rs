//! Days and times of day on the user's own calendar and clock, never converted to UTC.

use std::{fmt, str::FromStr};

use jiff::civil::{Date, Time, Weekday};

use super::duration::{Seconds, TimeSpent};

/// A day of the calendar, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkDate(pub Date);

impl fmt::Display for WorkDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for WorkDate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let shaped = text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(i, it)| if i == 4 || i == 7 { it == b'-' } else { it.is_ascii_digit() });
        if !shaped {
            return Err("must be a date like 2026-03-15".into());
        }
        text.parse().map(Self).map_err(|_| "is not a day in the calendar".into())
    }
}

impl WorkDate {
    /// `Monday` to `Sunday`.
    #[must_use]
    pub fn weekday(self) -> &'static str {
        match self.0.weekday() {
            Weekday::Monday => "Monday",
            Weekday::Tuesday => "Tuesday",
            Weekday::Wednesday => "Wednesday",
            Weekday::Thursday => "Thursday",
            Weekday::Friday => "Friday",
            Weekday::Saturday => "Saturday",
            Weekday::Sunday => "Sunday",
        }
    }

    /// `Sun 2026-03-15`.
    #[must_use]
    pub fn with_weekday(self) -> String {
        format!("{} {self}", self.weekday().get(..3).unwrap_or_default())
    }

    /// The first day of the month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// `2026-03`.
    #[must_use]
    pub fn month(self) -> String {
        format!("{:04}-{:02}", self.0.year(), self.0.month())
    }

    /// The ISO 8601 week, `2026-W09`. A day around New Year may belong to a week of the other year.
    #[must_use]
    pub fn iso_week(self) -> String {
        let week = self.0.iso_week_date();
        format!("{:04}-W{:02}", week.year(), week.week())
    }
}

/// A period of days that includes its first and its last day.
///
/// ```
/// use tempo_mcp_core::domain::time::DateRange;
///
/// let (monday, friday) = ("2026-03-16".parse()?, "2026-03-20".parse()?);
/// let week = DateRange::new(monday, friday).ok_or("ends before it starts")?;
/// assert_eq!(week.days(), 5);
/// assert_eq!(week.to_string(), "2026-03-16 to 2026-03-20");
/// assert_eq!(DateRange::new(friday, monday), None);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    pub from: WorkDate,
    pub to: WorkDate,
}

impl DateRange {
    /// `None` if `to` is before `from`.
    #[must_use]
    pub fn new(from: WorkDate, to: WorkDate) -> Option<Self> {
        (from <= to).then_some(Self { from, to })
    }

    /// A period of a single day.
    #[must_use]
    pub fn one(day: WorkDate) -> Self {
        Self { from: day, to: day }
    }

    /// How many days it has; at least 1.
    #[must_use]
    pub fn days(self) -> i64 {
        i64::from((self.to.0 - self.from.0).get_days()) + 1
    }
}

impl fmt::Display for DateRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            write!(f, "{}", self.from)
        } else {
            write!(f, "{} to {}", self.from, self.to)
        }
    }
}

/// When a worklog starts, on the user's own clock: a time of day to the second.
///
/// ```
/// use tempo_mcp_core::domain::{duration::Seconds, time::{StartTime, end_of}};
///
/// let start: StartTime = "9:00".parse()?;
/// assert_eq!(start.to_string(), "09:00");
/// assert_eq!(start.with_seconds(), "09:00:00");
/// assert_eq!(end_of(start, Seconds(5400)), "10:30");
/// assert!("24:00".parse::<StartTime>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StartTime(Time);

impl StartTime {
    /// Seconds since midnight.
    #[must_use]
    pub fn second_of_day(self) -> u32 {
        let parts = [self.0.hour(), self.0.minute(), self.0.second()];
        parts.iter().fold(0, |sum, it| sum * 60 + u32::from(it.unsigned_abs()))
    }

    /// `HH:MM:SS`, the only form that Tempo accepts.
    #[must_use]
    pub fn with_seconds(self) -> String {
        format!("{:02}:{:02}:{:02}", self.0.hour(), self.0.minute(), self.0.second())
    }
}

impl fmt::Display for StartTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clock(u64::from(self.second_of_day())))
    }
}

impl FromStr for StartTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse_clock(text)
            .map(Self)
            .ok_or_else(|| "must be a time of day like 09:00 or 09:00:30, 00:00 to 23:59:59".into())
    }
}

/// When a worklog ends, as the user says it: a time of day, where `00:00` is the midnight at the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndTime(StartTime);

impl FromStr for EndTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}

impl fmt::Display for EndTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl EndTime {
    /// The time from `start` to here.
    ///
    /// # Errors
    /// This end is not after `start`. A worklog past midnight has to be given by its duration.
    pub fn since(self, start: StartTime) -> Result<TimeSpent, String> {
        let end = match self.0.second_of_day() {
            0 => 24 * 3600,
            it => it,
        };
        let length = i64::from(end) - i64::from(start.second_of_day());
        TimeSpent::from_seconds(length).map_err(|_| {
            format!("is not after startTime {start}; for a worklog past midnight give startTime and timeSpent instead")
        })
    }
}

/// The end of a worklog as it is shown: `17:30`, or `00:30 (next day)`.
#[must_use]
pub fn end_of(start: StartTime, length: Seconds) -> String {
    let end = u64::from(start.second_of_day()).saturating_add(length.0);
    let (days, second) = (end / 86_400, end % 86_400);
    match days {
        0 => clock(second),
        1 => format!("{} (next day)", clock(second)),
        it => format!("{} ({it} days later)", clock(second)),
    }
}

/// `HH:MM`, with seconds only where there are any.
fn clock(second_of_day: u64) -> String {
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}

fn parse_clock(text: &str) -> Option<Time> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let field = |i: usize, length: std::ops::RangeInclusive<usize>| -> Option<i8> {
        let part = parts.get(i)?;
        let plain = length.contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit());
        if plain { part.parse().ok() } else { None }
    };
    let second = match parts.len() {
        2 => 0,
        3 => field(2, 2..=2)?,
        _ => return None,
    };
    Time::new(field(0, 1..=2)?, field(1, 2..=2)?, second, 0).ok().filter(|_| second < 60)
}

/// `14:05:09`. Written out: jiff's own `strftime` is 16 KB of WebAssembly.
#[must_use]
pub fn to_the_second(time: Time) -> String {
    format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_outside_the_calendar_are_refused() {
        assert_eq!("2024-02-29".parse::<WorkDate>().unwrap().to_string(), "2024-02-29");
        for text in [
            "2025-02-30",
            "2025-02-29",
            "2025/03/01",
            "2025-3-1",
            "01.03.2025",
            "today",
            "",
            "2025-03-01T00:00",
        ] {
            assert!(text.parse::<WorkDate>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_is_shown_with_its_weekday() {
        assert_eq!("2026-03-15".parse::<WorkDate>().unwrap().with_weekday(), "Sun 2026-03-15");
    }

    #[test]
    fn weeks_follow_iso_8601() {
        let week = |it: &str| it.parse::<WorkDate>().unwrap().iso_week();
        assert_eq!((week("2027-01-03").as_str(), week("2024-12-30").as_str()), ("2026-W53", "2025-W01"));
    }

    #[test]
    fn times_of_day_parse_and_show_alike() {
        let shown = |it: &str| it.parse::<StartTime>().map(|it| it.to_string());
        assert_eq!(shown("9:00"), Ok("09:00".into()));
        assert_eq!(shown("09:00:00"), Ok("09:00".into()));
        assert_eq!(shown(" 23:59:59 "), Ok("23:59:59".into()));
        for text in ["24:00", "9", "9:5", "09:60", "09:00:60", "9am", "-1:00", "09:00:00:00", "0٩:00"] {
            assert!(shown(text).is_err(), "{text}");
        }
        assert_eq!("9:00".parse::<StartTime>().unwrap().with_seconds(), "09:00:00");
    }

    #[test]
    fn midnight_as_an_end_is_the_end_of_the_day() {
        let since = |start: &str, end: &str| {
            end.parse::<EndTime>().unwrap().since(start.parse().unwrap()).map(|it| it.seconds().to_string())
        };
        assert_eq!(since("09:00", "10:30"), Ok("1h 30m".into()));
        assert_eq!(since("22:00", "00:00"), Ok("2h".into()));
        assert_eq!(since("00:00", "00:00"), Ok("24h".into()));
        assert!(since("09:00", "09:00").is_err());
        assert!(since("22:00", "01:00").unwrap_err().contains("past midnight"));
    }

    #[test]
    fn an_end_past_midnight_is_marked() {
        let end = |start: &str, seconds| end_of(start.parse().unwrap(), Seconds(seconds));
        assert_eq!(end("22:00", 7200), "00:00 (next day)");
        assert_eq!(end("22:00", 9000), "00:30 (next day)");
        assert_eq!(end("09:00", 60 * 90 + 5), "10:30:05");
    }
}
