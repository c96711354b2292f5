//! Why a tool call failed. The messages are in `messages`.

use std::time::Duration;

use jiff::Timestamp;

use super::rejection::{Rejection, Rejections};
use crate::{
    config::ConfigErrors,
    domain::{
        ids::{IssueRef, WorklogId},
        site::SiteRequirement,
        time::to_the_second,
    },
    tempo::WriteError,
    upstream,
};

/// Why a tool call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// All arguments that were rejected; nothing was changed.
    Arguments(Rejections),
    NotConfigured(ConfigErrors),
    /// The name of a tool that writes, on a server that only reads.
    ReadOnly(&'static str),
    /// A read that failed, or a write that was certainly not carried out.
    Upstream(upstream::Error),
    /// A write that Tempo refused, and what the site requires.
    Refused {
        cause: upstream::Error,
        requirements: Vec<SiteRequirement>,
    },
    UnknownIssue(IssueRef),
    UnknownWorklog(WorklogId),
    /// A write whose response was lost, and whose worklog Tempo did not have when it was read.
    NotFoundAfter {
        /// The time of the reading in the user's time zone.
        at: String,
        cause: upstream::Error,
    },
    /// A write of which it is not known whether it was carried out.
    Unknown {
        cause: upstream::Error,
    },
    /// A move that was not completed, and what exists now.
    HalfMoved {
        old: WorklogId,
        left: PartialMove,
        cause: upstream::Error,
    },
    /// A bulk call that needs more requests than the platform allows. Nothing was written.
    TooManyEntries {
        /// How many of its entries would fit.
        fit: usize,
    },
    /// Too many calls are in progress, so this one was not started.
    TooManyCalls,
    /// The call took too long.
    Deadline {
        after: Duration,
        /// Whether the tool writes.
        wrote: bool,
    },
}

/// What exists after a move that was not completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartialMove {
    /// The copy and the old worklog.
    Both(WorklogId),
    /// The copy, and perhaps the old worklog.
    Copy(WorklogId),
    /// The old worklog, and perhaps a copy.
    PerhapsCopy,
}

impl Error {
    /// The name that logs and metrics show; it contains nothing that a person wrote.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Arguments(_) => "wrong arguments",
            Self::NotConfigured(_) => "not configured",
            Self::ReadOnly(_) => "read-only",
            Self::Upstream(cause) | Self::Refused { cause, .. } => cause.kind.name(),
            Self::UnknownIssue(_) => "unknown issue",
            Self::UnknownWorklog(_) => "unknown worklog",
            Self::NotFoundAfter { .. } => "answer lost, not found",
            Self::Unknown { .. } => "answer lost, unknown",
            Self::HalfMoved { .. } => "half moved",
            Self::TooManyEntries { .. } => "too many entries",
            Self::TooManyCalls => "too many calls",
            Self::Deadline { .. } => "deadline",
        }
    }

    /// One argument that does not fit the worklog to change, or the site.
    pub(super) fn argument(name: &str, reason: String) -> Self {
        Self::Arguments(vec![Rejection::new(name, reason)].into())
    }

    /// `zone`: the user's time zone, for the time at which Tempo was read.
    pub(super) fn of_write(error: WriteError, zone: &jiff::tz::TimeZone) -> Self {
        match error {
            WriteError::Refused(cause) => Self::Upstream(cause),
            WriteError::NotFound { as_of, cause } => {
                Self::NotFoundAfter { at: clock_time(as_of, zone), cause }
            }
            WriteError::Unknown(cause) => Self::Unknown { cause },
        }
    }
}

impl From<upstream::Error> for Error {
    fn from(it: upstream::Error) -> Self {
        Self::Upstream(it)
    }
}

pub(super) fn clock_time(at: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    to_the_second(at.to_zoned(zone.clone()).time())
}
