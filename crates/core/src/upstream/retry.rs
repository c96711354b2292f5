//! Which requests are sent again, and when.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::Timestamp;

use super::{Call, ErrorKind};

/// A vendor's longer pause is not waited for; it is reported instead.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(20);
const MAX_RETRIES: u32 = 3;

/// How long to wait before `call` is sent again after `attempt` retries; `None` if it is not sent again.
///
/// Reads are repeated after every error that may be temporary. Writes are repeated only if they were certainly not
/// carried out: after a 429, or if they never left this machine.
pub(crate) fn wait(call: &Call, attempt: u32, kind: &ErrorKind) -> Option<Duration> {
    if attempt >= MAX_RETRIES {
        return None;
    }
    let backoff = Duration::from_millis(500 << attempt);
    match kind {
        ErrorKind::RateLimited { wait } => (*wait <= LONGEST_WAIT).then_some((*wait).max(backoff)),
        ErrorKind::Unreachable { sent, .. } => (call.reads || !sent).then_some(backoff),
        ErrorKind::Unavailable { .. } => call.reads.then_some(backoff),
        _ => None,
    }
}

/// The wait in `Retry-After`, which is either seconds or a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::HttpErrorKind;

    #[test]
    fn write_is_repeated_only_if_it_did_not_happen() {
        let read = Call::search(&["x"], &());
        let write = Call::post(&["x"], &());
        let lost = ErrorKind::Unreachable { sent: true, cause: HttpErrorKind::Broken };
        let unsent = ErrorKind::Unreachable { sent: false, cause: HttpErrorKind::Connect };
        let down = ErrorKind::Unavailable { status: 503 };
        let limited = ErrorKind::RateLimited { wait: Duration::from_secs(2) };
        for kind in [&lost, &unsent, &down, &limited] {
            assert!(wait(&read, 0, kind).is_some(), "{kind:?}");
            assert!(wait(&read, 3, kind).is_none(), "{kind:?}");
        }
        assert_eq!(wait(&write, 0, &lost), None);
        assert_eq!(wait(&write, 0, &down), None);
        assert_eq!(wait(&write, 1, &unsent), Some(Duration::from_secs(1)));
        assert_eq!(wait(&write, 0, &limited), Some(Duration::from_secs(2)));
        assert_eq!(wait(&read, 0, &ErrorKind::RateLimited { wait: Duration::from_secs(3600) }), None);
        assert_eq!(wait(&read, 0, &ErrorKind::Malformed { looks_like: "HTML" }), None);
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_date() {
        let now = "2026-03-02T10:00:00Z".parse().unwrap();
        let read =
            |it: &str| retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, it.parse().unwrap())]), now);
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("Mon, 02 Mar 2026 10:01:30 GMT"), Some(Duration::from_secs(90)));
        assert_eq!(read("Mon, 02 Mar 2026 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
    }
}
