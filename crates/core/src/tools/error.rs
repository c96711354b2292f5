//! Why a call has no answer. The sentences for its audience are in `sentences`.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    messages::{self, Audience},
    rejection::{Rejection, Rejections},
};
use crate::{
    config::ConfigErrors,
    domain::{
        ids::{IssueRef, WorklogId},
        time::to_the_second,
    },
    tempo::write::WriteError,
    upstream,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Everything that is wrong with the arguments; nothing was changed.
    Arguments(Rejections),
    NotConfigured(ConfigErrors),
    ReadOnly(&'static str),
    /// A read that a vendor did not answer, or a write that it certainly did not carry out.
    Upstream(upstream::Error),
    /// A write that Tempo refused, and what its site demands.
    Refused {
        cause: upstream::Error,
        demands: Vec<String>,
    },
    UnknownIssue(IssueRef),
    UnknownWorklog(WorklogId),
    /// A write whose answer was lost, and which was not there when looked for.
    NotFoundAfter {
        at: String,
        cause: upstream::Error,
    },
    /// A write of which nobody can tell whether it happened.
    Unknown {
        cause: upstream::Error,
    },
    /// A move that stopped half way: what exists now.
    HalfMoved {
        old: WorklogId,
        left: PartialMove,
        cause: upstream::Error,
    },
    /// A bulk call that needs more requests than the platform lets one call send: so many of its entries fit. Nothing
    /// was written.
    TooManyEntries {
        fit: usize,
    },
    Deadline {
        after: Duration,
        wrote: bool,
    },
}

/// What a move that stopped half way left behind, besides the old worklog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartialMove {
    /// A copy, and the old one is certainly there.
    Both(WorklogId),
    /// A copy; the old one may be gone.
    Copy(WorklogId),
    /// Perhaps a copy; the old one is there.
    PerhapsCopy,
}

impl Error {
    /// What happened, whose words, what to do next.
    #[must_use]
    pub fn message(&self, audience: &Audience) -> String {
        messages::message(self, audience)
    }

    /// A word for the log, which holds nothing that a person wrote.
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
            Self::Deadline { .. } => "deadline",
        }
    }

    /// One argument that does not fit the worklog to change, or the site.
    pub(super) fn argument(name: &str, reason: String) -> Self {
        Self::Arguments(vec![Rejection::new(name, reason)].into())
    }

    /// `zone`: the user's own, for the hour at which Tempo was looked at.
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
