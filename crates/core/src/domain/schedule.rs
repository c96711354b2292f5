//! A day of a person's working schedule.

use super::{duration::Seconds, time::WorkDate};

/// How long a person is required to work on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySchedule {
    pub date: WorkDate,
    /// Also right on holidays, which may be partial.
    pub required: Seconds,
    /// The name of the holiday, if it is one.
    pub holiday: Option<String>,
}
