use tempo_mcp_core::domain::{
    duration::{Seconds, TimeSpent},
    time::{DateRange, EndTime, StartTime, WorkDate, end_of},
};

const DAY: u64 = 24 * 3600;

/// Reads each line as a duration, a date and a time of day, and each line with its successor as a period and as a
/// start with an end. What is accepted is within bounds and reads back as it is shown.
pub fn durations_and_dates(data: &[u8]) {
    if let Some(bytes) = data.first_chunk() {
        decimal_hours(f64::from_le_bytes(*bytes));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lines: Vec<&str> = text.split('\n').collect();
    for line in &lines {
        duration(line);
        date(line);
        time_of_day(line);
    }
    for pair in lines.windows(2) {
        period(pair[0], pair[1]);
        start_and_end(pair[0], pair[1]);
    }
}

fn duration(text: &str) {
    let time = match text.parse::<TimeSpent>() {
        Ok(time) => time,
        Err(why) => return assert_sentence_part(&why.to_string()),
    };
    let seconds = time.seconds();
    assert!((1..=DAY).contains(&seconds.0), "{text:?} is {} seconds", seconds.0);
    assert_eq!(seconds.to_string().parse(), Ok(time), "{text:?} is shown as {seconds}");
    assert_eq!(format!("  {}\t", text.to_uppercase()).parse(), Ok(time), "{text:?} with spaces, in capitals");
    assert_eq!(TimeSpent::from_hours(seconds.hours()), Ok(time), "{text:?} is {} hours", seconds.hours());
}

fn decimal_hours(hours: f64) {
    let time = match TimeSpent::from_hours(hours) {
        Ok(time) => time,
        Err(why) => return assert_sentence_part(&why.to_string()),
    };
    let seconds = u32::try_from(time.seconds().0).map_or(f64::INFINITY, f64::from);
    // Half a second, and what is lost by counting in microseconds.
    assert!((seconds - hours * 3600.0).abs() <= 0.500_001, "{hours} hours are {seconds} seconds");
}

fn date(text: &str) {
    let date = match text.parse::<WorkDate>() {
        Ok(date) => date,
        Err(why) => return assert_sentence_part(&why.to_string()),
    };
    assert_eq!(date.to_string(), text.trim());
    assert!(text.trim().starts_with(&date.month()), "{text:?} is in {}", date.month());
    let week = date.iso_week();
    let number: Option<u8> = week.split_once("-W").and_then(|(_, it)| it.parse().ok());
    assert!(number.is_some_and(|it| (1..=53).contains(&it)), "{text:?} is in {week}");
    assert_eq!(DateRange::one(date).days(), 1);
}

fn time_of_day(text: &str) {
    let time = match text.parse::<StartTime>() {
        Ok(time) => time,
        Err(why) => return assert_sentence_part(&why.to_string()),
    };
    assert!(u64::from(time.second_of_day()) < DAY);
    assert_eq!(time.to_string().parse(), Ok(time), "{text:?} is shown as {time}");
    assert_eq!(time.with_seconds().parse(), Ok(time));
    assert_eq!(time.with_seconds().len(), "00:00:00".len());
    assert_eq!(end_of(time, Seconds(0)), time.to_string());
}

fn period(first: &str, second: &str) {
    let (Ok(from), Ok(to)) = (first.parse::<WorkDate>(), second.parse::<WorkDate>()) else { return };
    let Some(period) = DateRange::new(from, to) else {
        assert!(from > to, "{from} to {to} is no period");
        return;
    };
    assert!(period.days() >= 1);
    assert_eq!(period.days() == 1, from == to, "{period} has {} days", period.days());
    assert!(period.to_string().starts_with(&from.to_string()));
    assert!(period.to_string().ends_with(&to.to_string()));
}

fn start_and_end(first: &str, second: &str) {
    let (Ok(start), Ok(end)) = (first.parse::<StartTime>(), second.parse::<EndTime>()) else { return };
    let Ok(length) = end.since(start) else { return };
    let shown = end_of(start, length.seconds());
    assert_eq!(shown.trim_end_matches(" (next day)"), end.to_string(), "{start} and {}", length.seconds());
}

/// An error of a value is put behind its name, so it has no capital, full stop or line break.
fn assert_sentence_part(why: &str) {
    assert!(!why.is_empty() && !why.ends_with('.') && !why.contains('\n'), "{why:?}");
    assert!(why.starts_with(|it: char| it.is_ascii_lowercase()), "{why:?}");
}
