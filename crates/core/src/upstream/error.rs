//! What went wrong at a vendor, by meaning. The sentences are written in `tools`.

use std::{fmt, time::Duration};

use crate::ports::HttpErrorKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vendor {
    Tempo,
    Jira,
    /// Where people sign in to Jira.
    Login,
}

impl Vendor {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tempo => "Tempo",
            Self::Jira => "Jira",
            Self::Login => "Atlassian's login",
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{vendor}: {}", kind.name())]
pub struct Error {
    pub vendor: Vendor,
    pub kind: ErrorKind,
}

/// Messages are the vendor's own words, each already one short line without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    Unauthorized,
    Forbidden(Vec<String>),
    NotFound(Vec<String>),
    Invalid(Vec<String>),
    /// Somebody else is changing the same thing (409).
    Busy(Vec<String>),
    RateLimited {
        wait: Duration,
    },
    Unavailable {
        status: u16,
    },
    Unreachable {
        sent: bool,
        cause: HttpErrorKind,
    },
    /// A success whose body is not what the vendor's document promises.
    Malformed {
        looks_like: &'static str,
    },
    /// The address sends us elsewhere; credentials are never sent after it.
    Redirected,
    /// Page after page without an end.
    Endless,
    /// More requests than the platform lets one call send; this one was not sent.
    OverBudget,
    /// Nothing was asked for: as whom is not known.
    SignIn(SignIn),
}

/// Why there is no access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// Nobody is signed in, or what was stored has ended.
    Needed,
    /// The client shows this address, and calls again.
    Shown { url: String },
    /// It waits for somebody to open this address; without one, it waits in another process.
    Waiting { url: Option<String> },
    /// Refused where the client showed the address.
    Declined,
    /// Refused in the browser, in the login's words.
    Denied(Vec<String>),
    /// Nobody came in time.
    TimedOut,
    /// Signed in, but not for the site that is configured.
    OtherSites { reachable: Vec<String> },
    /// The access token was just renewed, and the vendor refuses it all the same.
    Refused,
    /// Somebody else's program listens where the browser should come back to.
    PortTaken { port: u16 },
    /// The callback cannot be listened for.
    NoCallback { why: String },
    /// The tokens cannot be read or written.
    Store { why: String },
    /// Another process has been refreshing them for too long.
    Busy,
}

impl ErrorKind {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not found",
            Self::Invalid(_) => "invalid",
            Self::Busy(_) => "busy",
            Self::RateLimited { .. } => "rate limited",
            Self::Unavailable { .. } => "unavailable",
            Self::Unreachable { .. } => "unreachable",
            Self::Malformed { .. } => "malformed",
            Self::Redirected => "redirected",
            Self::Endless => "endless",
            Self::OverBudget => "over budget",
            Self::SignIn(_) => "sign-in",
        }
    }

    /// Whether a write that ended so may have been carried out all the same.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Malformed { .. } => true,
            Self::Unreachable { sent, .. } => *sent,
            _ => false,
        }
    }

    /// Whether the vendor understood the request and said no.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Forbidden(_) | Self::NotFound(_) | Self::Invalid(_) | Self::Busy(_))
    }
}
