//! Finding out what became of worklogs whose response was lost or does not match what was sent. Tempo is read, and only
//! what it has counts.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    Client, Filter,
    outcome::{WriteError, WriteResult},
};
use crate::{
    domain::{
        ids::IssueId,
        time::DateRange,
        worklog::{Draft, Worklog},
    },
    upstream::Error,
};

/// The pauses before each reading: at once, after 2 seconds and after 5 seconds.
const READINGS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(3)];

/// How far our clock may be ahead of Tempo's, where a response has no `Date` header.
const MAX_SKEW: SignedDuration = SignedDuration::from_secs(120);

impl Client {
    /// Finds out which of `drafts` were stored by the call that began at `started` and got no response.
    pub(super) async fn reconcile(
        &self,
        issue: IssueId,
        drafts: &[Draft],
        started: Timestamp,
        cause: &Error,
    ) -> Vec<WriteResult> {
        let mut last = vec![Err(WriteError::Unknown(cause.clone())); drafts.len()];
        let client = self.reconciling();
        for pause in READINGS {
            if client.upstream.time_to_begin().is_some_and(|left| left <= pause) {
                break;
            }
            self.upstream.ports.clock.sleep(pause).await;
            let Some(candidates) = client.stored_since(issue, drafts, started).await else { continue };
            let as_of = self.now();
            last =
                assign(drafts, candidates, &|| WriteError::NotFound { as_of, cause: cause.clone() }, cause);
            if !last.iter().any(|it| matches!(it, Err(WriteError::NotFound { .. }))) {
                break;
            }
        }
        last.into_iter().map(|it| it.map(|found| self.stored(found))).collect()
    }

    /// Finds out which of `drafts` a refused call stored anyway; the others are refused.
    pub(super) async fn reconcile_refused(
        &self,
        issue: IssueId,
        drafts: &[Draft],
        started: Timestamp,
        cause: &Error,
    ) -> Vec<WriteResult> {
        let Some(candidates) = self.reconciling().stored_since(issue, drafts, started).await else {
            return vec![Err(WriteError::Unknown(cause.clone())); drafts.len()];
        };
        let found = assign(drafts, candidates, &|| WriteError::Refused(cause.clone()), cause);
        found.into_iter().map(|it| it.map(|found| self.stored(found))).collect()
    }

    /// The worklogs that were stored on the issue and the days of `drafts` since `started`, without those that are known to
    /// come from other calls. `None` if Tempo could not be read.
    async fn stored_since(
        &self,
        issue: IssueId,
        drafts: &[Draft],
        started: Timestamp,
    ) -> Option<Vec<Worklog>> {
        let filter = Self::days_of(issue, drafts)?;
        let reading = self.worklogs_now(&filter).await.ok()?;
        let since = call_began(started, self.now(), reading.date);
        let is_new = |it: &Worklog| !self.cache.is_own(it.id) && it.created_at.is_some_and(|at| at >= since);
        Some(reading.body.into_iter().filter(is_new).collect())
    }

    fn days_of(issue: IssueId, drafts: &[Draft]) -> Option<Filter> {
        let author = drafts.first()?.author.clone();
        let days = drafts.iter().map(|it| it.date);
        let range = DateRange::new(days.clone().min()?, days.max()?)?;
        Some(Filter { author, range, issue: Some(issue) })
    }
}

/// When the call began by Tempo's clock, in whole seconds like `createdAt`. Anything older is from another call.
fn call_began(started: Timestamp, read: Timestamp, vendor: Option<Timestamp>) -> Timestamp {
    let began = match vendor {
        Some(vendor) => vendor.checked_sub(read.duration_since(started)),
        None => started.checked_sub(MAX_SKEW),
    };
    began
        .ok()
        .and_then(|it| Timestamp::from_second(it.as_millisecond().div_euclid(1000)).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Assigns a worklog to each draft. If more worklogs match than were sent, it is unknown which of them are ours.
fn assign(
    drafts: &[Draft],
    mut candidates: Vec<Worklog>,
    not_found: &dyn Fn() -> WriteError,
    cause: &Error,
) -> Vec<WriteResult> {
    let mut res: Vec<Option<WriteResult>> = drafts.iter().map(|_| None).collect();
    // Drafts with a start time come first, because a draft without one matches any start time.
    let (timed, untimed): (Vec<&Draft>, Vec<&Draft>) = drafts.iter().partition(|it| it.start.is_some());
    for draft in timed.into_iter().chain(untimed) {
        let mut same: Vec<&mut Option<WriteResult>> = res
            .iter_mut()
            .zip(drafts)
            .filter(|(done, it)| done.is_none() && *it == draft)
            .map(|(slot, _)| slot)
            .collect();
        let (mut fitting, left): (Vec<Worklog>, Vec<Worklog>) =
            candidates.into_iter().partition(|it| draft.is_like(it));
        candidates = left;
        let ambiguous = fitting.len() > same.len();
        for slot in &mut same {
            **slot = Some(match fitting.pop() {
                _ if ambiguous => Err(WriteError::Unknown(cause.clone())),
                Some(worklog) => Ok(worklog),
                None => Err(not_found()),
            });
        }
    }
    res.into_iter().map(|it| it.unwrap_or_else(|| Err(not_found()))).collect()
}

/// The worklogs of a bulk response in the order in which they were sent, or `None` if they are not what was sent. Texts
/// are compared last, because a site may store them slightly differently.
pub(super) fn in_order(drafts: &[Draft], mut stored: Vec<Worklog>) -> Option<Vec<Worklog>> {
    if stored.len() != drafts.len() {
        return None;
    }
    let mut res: Vec<Option<Worklog>> = drafts.iter().map(|_| None).collect();
    let rounds: [fn(&Draft, &Worklog) -> bool; 3] =
        [|it, found| it.start.is_some() && it.is_like(found), Draft::is_like, Draft::has_times_of];
    for fits in rounds {
        for (slot, draft) in res.iter_mut().zip(drafts).filter(|(slot, _)| slot.is_none()) {
            if let Some(found) = stored.iter().position(|it| fits(draft, it)) {
                *slot = Some(stored.remove(found));
            }
        }
    }
    res.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{duration::Seconds, ids::WorklogId},
        upstream::{ErrorKind, Vendor},
    };

    fn draft(start: Option<&str>, description: &str) -> Draft {
        Draft {
            author: "a".parse().unwrap(),
            date: "2026-03-02".parse().unwrap(),
            start: start.map(|it| it.parse().unwrap()),
            time_spent: Seconds(900),
            billable: None,
            remaining_estimate: None,
            description: description.into(),
            attributes: Vec::new(),
        }
    }

    fn stored(id: u64, start: &str, description: &str) -> Worklog {
        let it = draft(Some(start), description);
        Worklog {
            id: WorklogId(id),
            issue: IssueId(1),
            author: it.author,
            date: it.date,
            start: it.start,
            time_spent: it.time_spent,
            billable: None,
            description: it.description,
            attributes: it.attributes,
            created_at: None,
        }
    }

    fn check(drafts: &[Draft], found: Vec<Worklog>, expected: &str) {
        let cause = Error { vendor: Vendor::Tempo, kind: ErrorKind::Unavailable { status: 502 } };
        let not_found = || WriteError::NotFound { as_of: Timestamp::UNIX_EPOCH, cause: cause.clone() };
        let shown: Vec<String> = assign(drafts, found, &not_found, &cause)
            .iter()
            .map(|it| match it {
                Ok(worklog) => worklog.id.to_string(),
                Err(WriteError::NotFound { .. }) => "not found".into(),
                Err(_) => "unknown".into(),
            })
            .collect();
        assert_eq!(shown.join(", "), expected);
    }

    #[test]
    fn lost_drafts_are_assigned_their_worklogs() {
        let (plain, timed) = (draft(None, "x"), draft(Some("10:00"), "x"));
        check(std::slice::from_ref(&plain), vec![], "not found");
        check(std::slice::from_ref(&plain), vec![stored(7, "08:00", "x"), stored(8, "08:00", "y")], "7");
        check(
            std::slice::from_ref(&plain),
            vec![stored(7, "08:00", "x"), stored(8, "09:00", "x")],
            "unknown",
        );
        check(&[plain.clone(), plain.clone()], vec![stored(7, "08:00", "x")], "7, not found");
        check(
            &[plain.clone(), timed.clone()],
            vec![stored(7, "10:00", "x"), stored(8, "08:00", "x")],
            "8, 7",
        );
        check(&[plain, timed], vec![stored(8, "08:00", "x")], "8, not found");
    }

    #[test]
    fn bulk_response_may_come_in_any_order() {
        let drafts = [draft(Some("08:00"), "x"), draft(None, "x"), draft(Some("10:00"), "y")];
        let response = vec![stored(3, "10:00", "y"), stored(2, "00:00", "x"), stored(1, "08:00", "x")];
        let ids: Vec<u64> = in_order(&drafts, response.clone()).unwrap().iter().map(|it| it.id.0).collect();
        assert_eq!(ids, [1, 2, 3]);
        assert!(in_order(&drafts, response[..2].to_vec()).is_none());
    }

    #[test]
    fn age_is_judged_by_the_vendors_clock() {
        let at = |it: &str| it.parse::<Timestamp>().unwrap();
        // Our clock is an hour ahead; the call began 2.5 s before the reading.
        let since = call_began(
            at("2026-03-02T11:00:00.5Z"),
            at("2026-03-02T11:00:03Z"),
            Some(at("2026-03-02T10:00:10Z")),
        );
        assert_eq!(since, at("2026-03-02T10:00:07Z"));
        let since = call_began(at("2026-03-02T11:00:00.5Z"), at("2026-03-02T11:00:03Z"), None);
        assert_eq!(since, at("2026-03-02T10:58:00Z"));
    }
}
