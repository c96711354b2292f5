//! Reading lists from Tempo: offset paging to the end, or an error; never a part.

use std::{collections::HashSet, hash::Hash};

use serde::de::DeserializeOwned;

use super::{Client, wire};
use crate::{
    domain::{
        ids::{AccountId, IssueId},
        schedule::DaySchedule,
        time::DateRange,
        worklog::Worklog,
    },
    upstream::{Answer, Call, Error, ErrorKind},
};

/// The most that version 4 gives at once (Tempo's "Best Practices for REST API").
const PAGE: u64 = 5000;

/// A hundred thousand rows in pages of 50: paging that goes on beyond does not end.
const MOST_PAGES: usize = 2000;
/// Rows that one may not see are left out of a page, up to all of them; but not page after page.
const MOST_EMPTY_PAGES: usize = 20;

/// Whose worklogs, when, and on which issue.
#[derive(Debug, Clone)]
pub struct Filter {
    pub author: AccountId,
    pub range: DateRange,
    pub issue: Option<IssueId>,
}

impl Client {
    /// All worklogs that fit, in the order of every list.
    ///
    /// # Errors
    /// Any page that fails fails the whole: a part of a timesheet looks like all of it.
    pub async fn worklogs(&self, filter: &Filter) -> Result<Vec<Worklog>, Error> {
        Ok(self.worklogs_now(filter).await?.body)
    }

    /// As [`Self::worklogs`], with the vendor's clock at the end of the reading.
    pub(super) async fn worklogs_now(&self, filter: &Filter) -> Result<Answer<Vec<Worklog>>, Error> {
        let mut answer = self.search_or_list(filter).await?;
        // A site may know more filters than it applies: what was not asked for does not count.
        answer.body.retain(|it| {
            it.author == filter.author
                && filter.range.from <= it.date
                && it.date <= filter.range.to
                && filter.issue.is_none_or(|issue| it.issue == issue)
        });
        answer.body.sort_by_key(Worklog::order);
        Ok(answer)
    }

    /// "Manage" may be needed to POST a search that only reads; the GET needs "View" alone.
    async fn search_or_list(&self, filter: &Filter) -> Result<Answer<Vec<Worklog>>, Error> {
        if self.cache.lists_only() {
            return self.list(filter).await;
        }
        match self.search(filter).await {
            Err(Error { kind: ErrorKind::Forbidden(_), .. }) => {
                let listed = self.list(filter).await?;
                self.cache.keep_lists_only();
                Ok(listed)
            }
            other => other,
        }
    }

    async fn search(&self, filter: &Filter) -> Result<Answer<Vec<Worklog>>, Error> {
        let body = wire::SearchWorklogs {
            author_ids: vec![filter.author.to_string()],
            issue_ids: filter.issue.iter().map(|it| it.0).collect(),
            from: filter.range.from.to_string(),
            to: filter.range.to.to_string(),
        };
        self.worklog_pages(|| Call::search(&["4", "worklogs", "search"], &body)).await
    }

    async fn list(&self, filter: &Filter) -> Result<Answer<Vec<Worklog>>, Error> {
        let call = || {
            Call::get(&["4", "worklogs", "user", filter.author.as_str()])
                .query("from", filter.range.from)
                .query("to", filter.range.to)
        };
        self.worklog_pages(call).await
    }

    async fn worklog_pages(&self, call: impl Fn() -> Call) -> Result<Answer<Vec<Worklog>>, Error> {
        let answer = self.pages(call, |it: &wire::Worklog| it.tempo_worklog_id).await?;
        Ok(Answer { body: answer.body.into_iter().map(Worklog::from).collect(), date: answer.date })
    }

    pub(super) async fn all_pages<T, K>(&self, path: &[&str], key: fn(&T) -> K) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned,
        K: Eq + Hash,
    {
        Ok(self.pages(|| Call::get(path), key).await?.body)
    }

    /// Reads page after page by offset. A row that comes twice (others were entered while the pages were read)
    /// counts once.
    ///
    /// `metadata.next` only tells that there is more: its address may be on another host, and the token would go
    /// with the request.
    async fn pages<T, K>(
        &self,
        call: impl Fn() -> Call,
        key: impl Fn(&T) -> K,
    ) -> Result<Answer<Vec<T>>, Error>
    where
        T: DeserializeOwned,
        K: Eq + Hash,
    {
        let (mut found, mut known) = (Vec::new(), HashSet::new());
        let (mut offset, mut empty_pages) = (0, 0);
        for _ in 0..MOST_PAGES {
            let call = call().query("offset", offset).query("limit", PAGE);
            let Answer { body: page, date } = self.json::<wire::Page<T>>(&call).await?;
            let came = page.results.len();
            let before = found.len();
            found.extend(page.results.into_iter().filter(|it| known.insert(key(it))));
            if page.metadata.next.is_none() {
                return Ok(Answer { body: found, date });
            }
            empty_pages = if came == 0 { empty_pages + 1 } else { 0 };
            let repeats = came > 0 && found.len() == before;
            if repeats || empty_pages > MOST_EMPTY_PAGES {
                break;
            }
            offset += step(came as u64, page.metadata.limit);
        }
        Err(self.upstream.error(ErrorKind::Endless))
    }

    /// Somebody's required time, day by day; empty where Tempo has no workload scheme for them.
    ///
    /// # Errors
    /// As every read.
    pub async fn schedule(&self, of: &AccountId, range: DateRange) -> Result<Vec<DaySchedule>, Error> {
        let call =
            Call::get(&["4", "user-schedule", of.as_str()]).query("from", range.from).query("to", range.to);
        Ok(days_of(self.json::<wire::Schedule>(&call).await?.body, range))
    }
}

/// Each day once, in order, and none that was not asked for.
pub(super) fn days_of(schedule: wire::Schedule, range: DateRange) -> Vec<DaySchedule> {
    let mut days: Vec<DaySchedule> = schedule.results.into_iter().map(Into::into).collect();
    days.retain(|it| range.from <= it.date && it.date <= range.to);
    days.sort_by_key(|it| it.date);
    days.dedup_by_key(|it| it.date);
    days
}

/// How far a page reached: as far as the server says that it looked, where it says that it looked at less than
/// was asked (then rows may have been left out); else as far as rows came.
fn step(came: u64, limit: Option<u64>) -> u64 {
    match limit.filter(|it| (1..=PAGE).contains(it)) {
        Some(limit) if limit < PAGE || came == 0 => limit,
        _ => came.max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_is_stepped_over() {
        assert_eq!(step(5000, Some(5000)), 5000);
        assert_eq!(step(1000, Some(1000)), 1000, "clamped, and said");
        assert_eq!(step(1000, Some(5000)), 1000, "clamped, not said");
        assert_eq!(step(900, Some(1000)), 1000, "clamped, and a tenth may not be seen");
        assert_eq!(step(0, Some(5000)), 5000, "none of these may be seen");
        assert_eq!(step(11, Some(10)), 10, "one came twice");
        assert_eq!(step(50, None), 50);
    }
}
