//! Which requests are sent again, and when.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::Timestamp;

use super::{Call, ErrorKind};
use crate::ports::{Entropy, HttpErrorKind};

/// A vendor's longer pause is not waited for; it is reported instead.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(20);
const MAX_RETRIES: u32 = 3;
/// The most that jitter adds to a wait.
const MOST_JITTER: Duration = Duration::from_secs(1);

/// How long to wait before `call` is sent again after `attempt` retries; `None` if it is not sent again.
///
/// Reads are repeated after every error that may be temporary. Writes are repeated only if they were certainly not
/// carried out: after a 429, or if they never left this machine. A response that is too large would be too large again.
pub(crate) fn wait(call: &Call, attempt: u32, kind: &ErrorKind) -> Option<Duration> {
    if attempt >= MAX_RETRIES {
        return None;
    }
    let backoff = Duration::from_millis(500 << attempt);
    match kind {
        ErrorKind::RateLimited { wait } => (*wait <= LONGEST_WAIT).then_some((*wait).max(backoff)),
        ErrorKind::Unreachable { cause: HttpErrorKind::TooLarge, .. } => None,
        ErrorKind::Unreachable { sent, .. } => (call.reads || !sent).then_some(backoff),
        ErrorKind::Unavailable { .. } => call.reads.then_some(backoff),
        _ => None,
    }
}

/// A random time that is added to `wait`, at most half as long, so that requests which failed together are not repeated
/// together.
pub(crate) fn jitter(entropy: &dyn Entropy, wait: Duration) -> Duration {
    let mut bytes = [0; 4];
    if entropy.fill(&mut bytes).is_err() {
        return Duration::ZERO;
    }
    (wait / 2).min(MOST_JITTER).mul_f64(f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}

/// The wait in `Retry-After`, which is either seconds or a date (RFC 9110, section 10.2.3). A date is compared with the
/// vendor's own clock if the response contains it, because ours may be wrong.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let now = date_of(headers).unwrap_or(now);
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

/// The time in the `Date` header: the vendor's own clock.
pub(crate) fn date_of(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::parse(text).ok().map(|it| it.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::EntropyError;

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
    fn response_that_is_too_large_is_not_fetched_again() {
        let too_large = ErrorKind::Unreachable { sent: true, cause: HttpErrorKind::TooLarge };
        assert_eq!(wait(&Call::get(&["x"]), 0, &too_large), None);
    }

    /// Every byte is the same.
    struct Bytes(u8);

    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn jitter_is_at_most_half_of_the_wait_and_a_second() {
        let of = |byte, millis| jitter(&Bytes(byte), Duration::from_millis(millis)).as_millis();
        assert_eq!([of(0, 500), of(128, 500), of(255, 500)], [0, 125, 250]);
        assert_eq!(of(255, 20_000), 1000);
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
        let date = |it: &str| it.parse().unwrap();
        let headers = [
            (header::RETRY_AFTER, date("Mon, 02 Mar 2026 12:01:30 GMT")),
            (header::DATE, date("Mon, 02 Mar 2026 12:01:20 GMT")),
        ];
        let wait = retry_after(&HeaderMap::from_iter(headers), now);
        assert_eq!(wait, Some(Duration::from_secs(10)), "our clock is two hours behind");
    }
}
