//! The four arguments that say how long a worklog is, and when it starts.

use super::{
    argument::Arguments,
    parameters::{END_TIME, START_TIME, TIME_SPENT, TIME_SPENT_HOURS},
};
use crate::domain::{
    duration::TimeSpent,
    time::{EndTime, StartTime},
};

/// Why the arguments give no duration: the name of the argument to reject, and the reason.
pub(super) type TimeRejection = (&'static str, String);

/// The times as given. A duration may be said in several ways at once, if they agree.
pub(super) struct TimeArguments {
    pub(super) hours: Option<TimeSpent>,
    pub(super) text: Option<TimeSpent>,
    pub(super) start: Option<StartTime>,
    pub(super) end: Option<EndTime>,
    /// One of them was given and rejected. That is reported, and not that it is missing.
    has_rejected: bool,
}

impl TimeArguments {
    pub(super) fn read(args: &mut Arguments) -> Self {
        let given = [
            args.is_given(&TIME_SPENT_HOURS),
            args.is_given(&TIME_SPENT),
            args.is_given(&START_TIME),
            args.is_given(&END_TIME),
        ];
        let hours = args.optional(&TIME_SPENT_HOURS).map(|it| it.0);
        let text = args.optional(&TIME_SPENT);
        let (start, end) = (args.optional(&START_TIME), args.optional(&END_TIME));
        let read = [hours.is_some(), text.is_some(), start.is_some(), end.is_some()];
        Self { hours, text, start, end, has_rejected: given != read }
    }

    /// The duration of a new worklog, which needs one.
    pub(super) fn of_new_worklog(&self, args: &mut Arguments) -> Option<TimeSpent> {
        if self.has_rejected {
            return None;
        }
        match self.duration(self.start) {
            Ok(Some(time)) => Some(time),
            Ok(None) => {
                args.reject("timeSpentHours", "is required; or give timeSpent, or startTime and endTime");
                None
            }
            Err((name, reason)) => {
                args.reject(name, reason);
                None
            }
        }
    }

    /// The duration, if all arguments that say one agree to the second; `None` if there is none. `start` is the start of
    /// the worklog, given or stored.
    pub(super) fn duration(&self, start: Option<StartTime>) -> Result<Option<TimeSpent>, TimeRejection> {
        let span = match (self.end, start) {
            (None, _) => None,
            (Some(_), None) => return Err(("endTime", "needs startTime".into())),
            (Some(end), Some(start)) => {
                let span = end.since(start).map_err(|reason| ("endTime", format!("{end} {reason}")))?;
                Some((format!("startTime {start} to endTime {end}"), span))
            }
        };
        let hours = self.hours.map(|it| (format!("timeSpentHours {}", it.seconds().hours()), it));
        let text = self.text.map(|it| (format!("timeSpent {}", it.seconds()), it));
        let given: Vec<(String, TimeSpent)> = [hours, text, span].into_iter().flatten().collect();
        let Some((_, first)) = given.first() else { return Ok(None) };
        if given.iter().all(|(_, it)| it == first) {
            return Ok(Some(*first));
        }
        let all: Vec<String> = given.iter().map(|(name, it)| format!("{name} ({})", it.seconds())).collect();
        Err(("timeSpentHours", format!("contradicts another argument: {}; give one of them", all.join(", "))))
    }
}
