//! The sandbox's clock. It starts at a chosen instant and then follows tokio's clock, so a test with paused time
//! moves it without waiting.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use tokio::time::Instant;

#[derive(Debug, Clone)]
pub(crate) struct Clock {
    start: Timestamp,
    started_at: Instant,
}

impl Clock {
    /// Starts at 15:00:00 on `day` in `zone`. By then a working day has worklogs, but fewer hours than required.
    /// With `None` the clock starts at the real time.
    pub(crate) fn new(day: Option<Date>, zone: &TimeZone) -> Clock {
        let afternoon = day.and_then(|day| day.at(15, 0, 0, 0).to_zoned(zone.clone()).ok());
        let start = afternoon.map_or_else(Timestamp::now, |moment| moment.timestamp());
        Clock { start, started_at: Instant::now() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.started_at.elapsed()).unwrap_or(SignedDuration::ZERO);
        self.start.checked_add(elapsed).unwrap_or(self.start)
    }
}

/// The format of the Date header (RFC 9110, section 5.6.7).
pub(crate) fn http_date(now: Timestamp) -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap_or_default()
}
