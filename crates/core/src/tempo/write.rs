//! Writing, so that nothing happens twice and nothing vanishes.
//!
//! A write whose answer was lost is never sent again blindly: Tempo is read, and only what is there counts.
//! Once sent, a write and the readings after it are finished even if the caller goes away.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{Client, Filter};
use crate::{
    domain::{
        ids::{IssueId, WorklogId},
        time::DateRange,
        worklog::{Draft, Worklog},
    },
    ports::Cause,
    upstream::{Error, Meaning},
};

/// A day is read at once, after 2 and after 5 seconds.
const READINGS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(3)];

/// Without the vendor's own clock, how far ours may be ahead of it.
const SKEW: SignedDuration = SignedDuration::from_secs(120);

/// Why there is no stored worklog to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError {
    /// Certainly nothing was changed.
    Refused(Error),
    /// The answer was lost, and Tempo did not have it when read for the last time.
    NotFound { as_of: Timestamp, cause: Error },
    /// The answer was lost, and reading did not tell what became of it.
    Unknown(Error),
}

impl WriteError {
    #[must_use]
    pub fn cause(&self) -> &Error {
        match self {
            Self::Refused(it) | Self::Unknown(it) | Self::NotFound { cause: it, .. } => it,
        }
    }
}

/// What became of one entry, or of one write.
pub type Written = Result<Worklog, WriteError>;

impl Client {
    /// Stores one worklog.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn create(&self, issue: IssueId, draft: Draft) -> Written {
        self.finish(|client| async move {
            let started = client.now();
            match client.post_one(issue, &draft).await {
                Ok(worklog) => Ok(client.stored(worklog)),
                Err(cause) if cause.meaning.may_have_happened() => {
                    let settled = client.settle(issue, std::slice::from_ref(&draft), started, &cause).await;
                    settled.into_iter().next().unwrap_or(Err(WriteError::Unknown(cause)))
                }
                Err(cause) => Err(WriteError::Refused(cause)),
            }
        })
        .await
        .unwrap_or_else(|| Err(self.interrupted()))
    }

    /// Stores at most 50 worklogs on one issue in one call; what became of each, in order.
    ///
    /// Whether Tempo stores all or nothing of a call that it refuses is not documented, so after a refusal of the
    /// call's content what was stored is looked up.
    pub async fn create_many(&self, issue: IssueId, drafts: Vec<Draft>) -> Vec<Written> {
        let count = drafts.len();
        self.finish(|client| async move {
            let started = client.now();
            let cause = match client.post_bulk(issue, &drafts).await {
                Ok(stored) => match in_order(&drafts, stored) {
                    Some(found) => return found.into_iter().map(|it| Ok(client.stored(it))).collect(),
                    // Fewer than sent, or others: what is there decides.
                    None => client
                        .upstream
                        .error(Meaning::Malformed { looks_like: "other entries than were sent" }),
                },
                Err(cause) => cause,
            };
            match cause.meaning {
                Meaning::Invalid(_) | Meaning::Forbidden(_) => {
                    client.stored_all_the_same(issue, &drafts, started, &cause).await
                }
                ref it if it.may_have_happened() => client.settle(issue, &drafts, started, &cause).await,
                _ => vec![Err(WriteError::Refused(cause)); count],
            }
        })
        .await
        .unwrap_or_else(|| vec![Err(self.interrupted()); count])
    }

    /// Replaces everything of a worklog but its issue.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn update(&self, before: &Worklog, draft: Draft) -> Written {
        let before = before.clone();
        self.finish(|client| async move {
            let id = before.id;
            let cause = match client.put(id, &draft).await {
                Err(cause) if cause.meaning.may_have_happened() => cause,
                other => return other.map_err(WriteError::Refused),
            };
            match client.worklog(id).await {
                // Nothing has changed: it did not arrive, and an update can be sent again. (Nor does anything change
                // where only the issue's remaining estimate was set.)
                Ok(now) if now == before => client.put_again(&before, &draft).await,
                Ok(now) if draft.is_held_by(&now) => Ok(now),
                _ => Err(WriteError::Unknown(cause)),
            }
        })
        .await
        .unwrap_or_else(|| Err(self.interrupted()))
    }

    async fn put_again(&self, before: &Worklog, draft: &Draft) -> Written {
        match self.put(before.id, draft).await {
            Err(cause) if cause.meaning.may_have_happened() => match self.worklog(before.id).await {
                Ok(now) if now != *before && draft.is_held_by(&now) => Ok(now),
                _ => Err(WriteError::Unknown(cause)),
            },
            other => other.map_err(WriteError::Refused),
        }
    }

    /// Removes a worklog.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn delete(&self, id: WorklogId) -> Result<(), WriteError> {
        self.finish(|client| async move {
            let mut cause = match client.delete_once(id).await {
                Err(cause) if cause.meaning.may_have_happened() => cause,
                other => return other.map_err(WriteError::Refused),
            };
            for last in [false, true] {
                match client.worklog(id).await {
                    Err(Error { meaning: Meaning::NotFound(_), .. }) => return Ok(()),
                    Ok(_) if !last => {}
                    _ => break,
                }
                match client.delete_once(id).await {
                    Ok(()) | Err(Error { meaning: Meaning::NotFound(_), .. }) => return Ok(()),
                    Err(again) if again.meaning.may_have_happened() => cause = again,
                    Err(again) => return Err(WriteError::Refused(again)),
                }
            }
            Err(WriteError::Unknown(cause))
        })
        .await
        .unwrap_or_else(|| Err(self.interrupted()))
    }

    /// Until it is sent, a write goes with its caller; from then on it is brought to its end.
    async fn finish<T, F>(&self, work: impl FnOnce(Self) -> F) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let caller = Arc::new(());
        let mut client = self.clone();
        client.upstream.caller = Some(Arc::downgrade(&caller));
        let res = self.upstream.ports.finish(work(client)).await;
        drop(caller);
        res
    }

    fn interrupted(&self) -> WriteError {
        WriteError::Unknown(self.upstream.error(Meaning::Unreachable { sent: true, cause: Cause::Broken }))
    }

    fn stored(&self, worklog: Worklog) -> Worklog {
        self.cache.remember_own(worklog.id);
        worklog
    }

    /// Finds out which of `drafts` were stored by the call that began at `started` and got no answer.
    async fn settle(
        &self,
        issue: IssueId,
        drafts: &[Draft],
        started: Timestamp,
        cause: &Error,
    ) -> Vec<Written> {
        let mut last = vec![Err(WriteError::Unknown(cause.clone())); drafts.len()];
        for pause in READINGS {
            self.upstream.ports.clock.sleep(pause).await;
            let Some(candidates) = self.stored_since(issue, drafts, started).await else { continue };
            let as_of = self.now();
            last =
                assign(drafts, candidates, &|| WriteError::NotFound { as_of, cause: cause.clone() }, cause);
            if !last.iter().any(|it| matches!(it, Err(WriteError::NotFound { .. }))) {
                break;
            }
        }
        last.into_iter().map(|it| it.map(|found| self.stored(found))).collect()
    }

    /// Which of `drafts` a refused call stored all the same; the others are refused.
    async fn stored_all_the_same(
        &self,
        issue: IssueId,
        drafts: &[Draft],
        started: Timestamp,
        cause: &Error,
    ) -> Vec<Written> {
        let Some(candidates) = self.stored_since(issue, drafts, started).await else {
            return vec![Err(WriteError::Unknown(cause.clone())); drafts.len()];
        };
        let found = assign(drafts, candidates, &|| WriteError::Refused(cause.clone()), cause);
        found.into_iter().map(|it| it.map(|found| self.stored(found))).collect()
    }

    /// What was stored on the issue and the days of `drafts` since `started`, and is not known to be another's.
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

/// The moment before which nothing of this call can have been stored, by the vendor's clock, in whole seconds as
/// `createdAt` has them.
fn call_began(started: Timestamp, read: Timestamp, vendor: Option<Timestamp>) -> Timestamp {
    let began = match vendor {
        Some(vendor) => vendor.checked_sub(read.duration_since(started)),
        None => started.checked_sub(SKEW),
    };
    began
        .ok()
        .and_then(|it| Timestamp::from_second(it.as_millisecond().div_euclid(1000)).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Gives each draft its worklog. Where more fit than were sent, nobody can tell which are ours.
fn assign(
    drafts: &[Draft],
    mut candidates: Vec<Worklog>,
    not_found: &dyn Fn() -> WriteError,
    cause: &Error,
) -> Vec<Written> {
    let mut res: Vec<Option<Written>> = drafts.iter().map(|_| None).collect();
    // Those with a start time first: one without fits them all.
    let (timed, untimed): (Vec<&Draft>, Vec<&Draft>) = drafts.iter().partition(|it| it.start.is_some());
    for draft in timed.into_iter().chain(untimed) {
        let mut same: Vec<&mut Option<Written>> = res
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

/// The answer of a bulk call put into the order of the call, whatever order it came in; `None` where it is not
/// what was sent. Text is compared last: a site may store it a little differently.
fn in_order(drafts: &[Draft], mut stored: Vec<Worklog>) -> Option<Vec<Worklog>> {
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
    use crate::{domain::duration::Seconds, upstream::Vendor};

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
        let cause = Error { vendor: Vendor::Tempo, meaning: Meaning::Unavailable { status: 502 } };
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
    fn lost_entries_get_their_worklogs() {
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
    fn a_bulk_answer_in_any_order() {
        let drafts = [draft(Some("08:00"), "x"), draft(None, "x"), draft(Some("10:00"), "y")];
        let answer = vec![stored(3, "10:00", "y"), stored(2, "00:00", "x"), stored(1, "08:00", "x")];
        let ids: Vec<u64> = in_order(&drafts, answer.clone()).unwrap().iter().map(|it| it.id.0).collect();
        assert_eq!(ids, [1, 2, 3]);
        assert!(in_order(&drafts, answer[..2].to_vec()).is_none());
    }

    #[test]
    fn the_vendors_clock_decides_what_is_older_than_the_call() {
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
