//! What went wrong at a vendor, by kind. The messages are written in `tools`.

use std::{fmt, time::Duration};

use crate::ports::HttpErrorKind;

/// Whose API a request goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Vendor {
    Tempo,
    Jira,
    /// Atlassian's login, where people sign in to Jira.
    Login,
}

impl Vendor {
    /// The name that messages, logs and metrics show.
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

/// A request to a vendor that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{vendor}: {}", kind.name())]
pub struct Error {
    pub vendor: Vendor,
    pub kind: ErrorKind,
}

/// Why a request failed. Lists of texts are the vendor's own words, each one short line without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    Unauthorized,
    Forbidden(Vec<String>),
    /// Tempo accepts no change to worklogs in a closed period (a 403).
    PeriodClosed(Vec<String>),
    NotFound(Vec<String>),
    Invalid(Vec<String>),
    /// The login does not accept the code or the refresh token: it was used, revoked, or has expired.
    InvalidGrant(Vec<String>),
    /// Another change to the same issue is in progress (409).
    Busy(Vec<String>),
    RateLimited {
        wait: Duration,
    },
    Unavailable {
        status: u16,
    },
    Unreachable {
        /// Whether the request may have left this machine.
        sent: bool,
        cause: HttpErrorKind,
    },
    /// A success whose body is not what the vendor documents.
    Malformed {
        looks_like: &'static str,
    },
    /// A redirect, which is never followed because the credentials would go with it.
    Redirected,
    /// Paging that does not end.
    Endless,
    /// The platform allows no more requests for this call; this one was not sent.
    OverBudget,
    /// The call has no time left; this request was not sent.
    OutOfTime,
    /// The vendor did not respond to the last requests; this one was not sent.
    NotResponding {
        /// How long until a request is sent again.
        wait: Duration,
    },
    /// Too many calls wait for the vendor already; this request was not sent.
    Crowded,
    /// There are no credentials, so nothing was sent.
    SignIn(SignInError),
}

/// Why there is no access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInError {
    /// No one is signed in, or the stored sign-in has expired.
    Needed,
    /// The client opens this address, and then calls again.
    OpenUrl { url: String },
    /// The sign-in waits for a person to open this address; `None` if it waits in another process.
    Waiting { url: Option<String> },
    /// Declined in the client, which showed the address.
    Declined,
    /// Declined or refused in the browser, in the login's words.
    Denied(Vec<String>),
    /// It was not finished in time.
    TimedOut,
    /// Signed in, but not for the configured site.
    OtherSites { reachable: Vec<String> },
    /// The access token was just renewed, and the vendor still refuses it.
    Refused,
    /// Another program listens on the callback's port.
    PortTaken { port: u16 },
    /// The callback's port cannot be opened.
    NoCallback { why: String },
    /// The stored tokens cannot be read or written.
    Store { why: String },
    /// Another process has been refreshing the tokens for too long.
    Busy,
}

impl ErrorKind {
    /// The name that logs and metrics show; it contains nothing that a person wrote.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::PeriodClosed(_) => "period closed",
            Self::NotFound(_) => "not found",
            Self::Invalid(_) => "invalid",
            Self::InvalidGrant(_) => "invalid grant",
            Self::Busy(_) => "busy",
            Self::RateLimited { .. } => "rate limited",
            Self::Unavailable { .. } => "unavailable",
            Self::Unreachable { .. } => "unreachable",
            Self::Malformed { .. } => "malformed",
            Self::Redirected => "redirected",
            Self::Endless => "endless",
            Self::OverBudget => "over budget",
            Self::OutOfTime => "out of time",
            Self::NotResponding { .. } => "not responding",
            Self::Crowded => "crowded",
            Self::SignIn(_) => "sign-in",
        }
    }

    /// Whether a write that failed in this way may have been carried out.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Malformed { .. } => true,
            Self::Unreachable { sent, .. } => *sent,
            _ => false,
        }
    }

    /// Whether the request certainly did not reach the vendor, or was turned away before anything was done with it. The same
    /// request may be sent later.
    #[must_use]
    pub fn was_not_sent(&self) -> bool {
        match self {
            Self::OutOfTime | Self::NotResponding { .. } | Self::Crowded | Self::OverBudget => true,
            Self::RateLimited { .. } => true,
            Self::Unreachable { sent, .. } => !*sent,
            _ => false,
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Unreachable { .. }) || self.was_not_sent()
    }

    /// Whether the vendor understood the request and refused it.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Forbidden(_)
                | Self::PeriodClosed(_)
                | Self::NotFound(_)
                | Self::Invalid(_)
                | Self::InvalidGrant(_)
                | Self::Busy(_)
        )
    }
}
