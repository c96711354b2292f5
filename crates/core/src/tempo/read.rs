//! Reading lists from Tempo: all pages, or an error.

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
    upstream::{Call, Error, ErrorKind, UpstreamResponse},
};

/// The largest page of API version 4 (Tempo's "Best Practices for REST API").
const PAGE: u64 = 5000;

/// A hundred thousand rows in pages of 50. Paging that continues further is treated as endless.
const MAX_PAGES: usize = 2000;
/// Tempo leaves out rows that the user may not see, so single pages may be empty.
const MAX_EMPTY_PAGES: usize = 20;

/// Which worklogs to read: of whom, when, and on which issue.
#[derive(Debug, Clone)]
pub struct Filter {
    pub author: AccountId,
    pub range: DateRange,
    pub issue: Option<IssueId>,
}

impl Filter {
    fn matches(&self, it: &Worklog) -> bool {
        it.author == self.author
            && self.range.from <= it.date
            && it.date <= self.range.to
            && self.issue.is_none_or(|issue| it.issue == issue)
    }
}

impl Client {
    /// All worklogs that match, ordered by day, start time and id.
    ///
    /// # Errors
    /// Any page failed. Part of a timesheet would look like all of it.
    pub async fn worklogs(&self, filter: &Filter) -> Result<Vec<Worklog>, Error> {
        Ok(self.worklogs_now(filter).await?.body)
    }

    /// As [`Self::worklogs`], with Tempo's clock at the last page.
    pub(super) async fn worklogs_now(
        &self,
        filter: &Filter,
    ) -> Result<UpstreamResponse<Vec<Worklog>>, Error> {
        let mut response = self.search_or_list(filter, Vec::new, Vec::push).await?;
        response.body.sort_by_key(Worklog::order);
        Ok(response)
    }

    /// Adds every worklog that matches to a value that begins as `start`: each once, as the pages arrive, in no particular
    /// order. A year of a team's worklogs is never in memory as a whole.
    ///
    /// # Errors
    /// Any page failed. Part of a timesheet would look like all of it.
    pub async fn fold_worklogs<S>(
        &self,
        filter: &Filter,
        start: impl Fn() -> S,
        add: impl Fn(&mut S, Worklog),
    ) -> Result<S, Error> {
        Ok(self.search_or_list(filter, start, add).await?.body)
    }

    /// POSTing a search may need the "Manage" scope although it only reads; the GET needs only "View".
    async fn search_or_list<S>(
        &self,
        filter: &Filter,
        start: impl Fn() -> S,
        add: impl Fn(&mut S, Worklog),
    ) -> Result<UpstreamResponse<S>, Error> {
        // Tempo ignores filters that it does not know, so rows that were not asked for are removed here.
        let add = |state: &mut S, it: wire::Worklog| {
            let it = Worklog::from(it);
            if filter.matches(&it) {
                add(state, it);
            }
        };
        if self.cache.lists_only() {
            return self.list(filter, start(), add).await;
        }
        match self.search(filter, start(), &add).await {
            Err(Error { kind: ErrorKind::Forbidden(_), .. }) => {
                // The list begins with the first page again, so it begins with an empty value too.
                let listed = self.list(filter, start(), add).await?;
                self.cache.set_lists_only();
                Ok(listed)
            }
            other => other,
        }
    }

    async fn search<S>(
        &self,
        filter: &Filter,
        state: S,
        add: impl Fn(&mut S, wire::Worklog),
    ) -> Result<UpstreamResponse<S>, Error> {
        let body = wire::SearchWorklogs {
            author_ids: vec![filter.author.to_string()],
            issue_ids: filter.issue.iter().map(|it| it.0).collect(),
            from: filter.range.from.to_string(),
            to: filter.range.to.to_string(),
        };
        let call = || Call::search(&["4", "worklogs", "search"], &body);
        self.pages(call, |it: &wire::Worklog| it.tempo_worklog_id, state, add).await
    }

    async fn list<S>(
        &self,
        filter: &Filter,
        state: S,
        add: impl Fn(&mut S, wire::Worklog),
    ) -> Result<UpstreamResponse<S>, Error> {
        let call = || {
            Call::get(&["4", "worklogs", "user", filter.author.as_str()])
                .query("from", filter.range.from)
                .query("to", filter.range.to)
        };
        self.pages(call, |it: &wire::Worklog| it.tempo_worklog_id, state, add).await
    }

    pub(super) async fn all_pages<T, K>(&self, path: &[&str], key: fn(&T) -> K) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned,
        K: Eq + Hash,
    {
        Ok(self.pages(|| Call::get(path), key, Vec::new(), Vec::push).await?.body)
    }

    /// Reads all pages by offset and adds their rows to `state`. A row that comes twice, because others were added meanwhile,
    /// counts once.
    ///
    /// `metadata.next` only shows whether there is more. Its address is never used, because it may be on another host and
    /// the token would go with the request.
    async fn pages<T, K, S>(
        &self,
        call: impl Fn() -> Call,
        key: impl Fn(&T) -> K,
        mut state: S,
        add: impl Fn(&mut S, T),
    ) -> Result<UpstreamResponse<S>, Error>
    where
        T: DeserializeOwned,
        K: Eq + Hash,
    {
        let mut known = HashSet::new();
        let (mut offset, mut empty_pages) = (0, 0);
        for _ in 0..MAX_PAGES {
            let call = call().query("offset", offset).query("limit", PAGE);
            let UpstreamResponse { body: page, date } = self.json::<wire::Page<T>>(&call).await?;
            let rows = page.results.len();
            let before = known.len();
            for row in page.results {
                if known.insert(key(&row)) {
                    add(&mut state, row);
                }
            }
            if page.metadata.next.is_none() {
                return Ok(UpstreamResponse { body: state, date });
            }
            empty_pages = if rows == 0 { empty_pages + 1 } else { 0 };
            let repeats = rows > 0 && known.len() == before;
            if repeats || empty_pages > MAX_EMPTY_PAGES {
                break;
            }
            offset += step(rows as u64, page.metadata.limit);
        }
        Err(self.upstream.error(ErrorKind::Endless))
    }

    /// A person's required time by day. Empty if Tempo has no workload scheme for them.
    ///
    /// # Errors
    /// Tempo refused the request or could not be reached.
    pub async fn schedule(&self, of: &AccountId, range: DateRange) -> Result<Vec<DaySchedule>, Error> {
        let call =
            Call::get(&["4", "user-schedule", of.as_str()]).query("from", range.from).query("to", range.to);
        Ok(days_of(self.json::<wire::Schedule>(&call).await?.body, range))
    }
}

/// The requested days, each once and in order.
pub(super) fn days_of(schedule: wire::Schedule, range: DateRange) -> Vec<DaySchedule> {
    let mut days: Vec<DaySchedule> = schedule.results.into_iter().map(Into::into).collect();
    days.retain(|it| range.from <= it.date && it.date <= range.to);
    days.sort_by_key(|it| it.date);
    days.dedup_by_key(|it| it.date);
    days
}

/// By how much the offset advances after a page. If the server says that it used a smaller limit, by that limit, because
/// rows may have been left out of the page; otherwise by the number of rows.
fn step(rows: u64, limit: Option<u64>) -> u64 {
    match limit.filter(|it| (1..=PAGE).contains(it)) {
        Some(limit) if limit < PAGE || rows == 0 => limit,
        _ => rows.max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offset_skips_no_row() {
        assert_eq!(step(5000, Some(5000)), 5000);
        assert_eq!(step(1000, Some(1000)), 1000, "a smaller limit, reported");
        assert_eq!(step(1000, Some(5000)), 1000, "a smaller limit, not reported");
        assert_eq!(step(900, Some(1000)), 1000, "a smaller limit, and a tenth of the rows is hidden");
        assert_eq!(step(0, Some(5000)), 5000, "all rows are hidden");
        assert_eq!(step(11, Some(10)), 10, "one row came twice");
        assert_eq!(step(50, None), 50);
    }
}
