//! What became of a write: the stored worklog, or why there is none to show.

use jiff::Timestamp;

use crate::{
    domain::{ids::WorklogId, worklog::Worklog},
    upstream::Error,
};

/// What became of one worklog that was to be stored.
pub type WriteResult = Result<Worklog, WriteError>;

/// Why there is no stored worklog to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError {
    /// Certainly nothing was changed.
    Refused(Error),
    /// The response was lost, and Tempo did not have the worklog when it was last read.
    NotFound { as_of: Timestamp, cause: Error },
    /// The response was lost, and reading did not show what became of the write.
    Unknown(Error),
}

impl WriteError {
    /// The error of the request that wrote.
    #[must_use]
    pub fn cause(&self) -> &Error {
        match self {
            Self::Refused(it) | Self::Unknown(it) | Self::NotFound { cause: it, .. } => it,
        }
    }

    /// A word for the record of writes.
    fn name(&self) -> &'static str {
        match self {
            Self::Refused(cause) if cause.kind.was_not_sent() => "not sent",
            Self::Refused(_) => "refused",
            Self::NotFound { .. } => "not found",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// How far a write got, as the record of writes has it.
pub(super) struct WriteProgress {
    /// The first worklog that is as requested.
    pub(super) first: Option<WorklogId>,
    pub(super) succeeded: usize,
    /// What became of the others.
    pub(super) rest: Option<&'static str>,
}

/// The outcome of a write of one or more worklogs.
pub(super) trait WriteOutcome {
    fn progress(&self) -> WriteProgress;
}

impl WriteOutcome for WriteResult {
    fn progress(&self) -> WriteProgress {
        match self {
            Ok(worklog) => WriteProgress { first: Some(worklog.id), succeeded: 1, rest: None },
            Err(error) => WriteProgress { first: None, succeeded: 0, rest: Some(error.name()) },
        }
    }
}

impl WriteOutcome for Result<(), WriteError> {
    fn progress(&self) -> WriteProgress {
        match self {
            Ok(()) => WriteProgress { first: None, succeeded: 1, rest: None },
            Err(error) => WriteProgress { first: None, succeeded: 0, rest: Some(error.name()) },
        }
    }
}

impl WriteOutcome for Vec<WriteResult> {
    fn progress(&self) -> WriteProgress {
        let stored = || self.iter().flatten();
        WriteProgress {
            first: stored().next().map(|it| it.id),
            succeeded: stored().count(),
            rest: self.iter().find_map(|it| it.as_ref().err()).map(WriteError::name),
        }
    }
}
