//! A day of somebody's working schedule.

use super::{duration::Seconds, time::WorkDate};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySchedule {
    pub date: WorkDate,
    /// The truth also on holidays: half a holiday leaves half a day.
    pub required: Seconds,
    pub holiday: Option<String>,
}
