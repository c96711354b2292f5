//! Totals of all worklogs found, and the rows to show, collected while pages arrive.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BinaryHeap},
};

use super::output::{ListTotals, PeriodTotal};
use crate::domain::{
    duration::Seconds,
    time::{DateRange, WorkDate},
    worklog::Worklog,
};

/// Longer periods have totals by month instead of by day.
const MOST_DAYS: i64 = 62;

/// What a list says of the worklogs found. It has the totals of all of them, but only the rows up to the last one that is
/// shown.
pub(super) struct FoundWorklogs {
    pub(super) count: usize,
    time: Seconds,
    billable: Seconds,
    by_day: bool,
    /// By day, or by the first day of the month.
    periods: BTreeMap<WorkDate, (usize, Seconds)>,
    offset: usize,
    /// How many rows are needed: those to skip and those to show.
    most: usize,
    first: BinaryHeap<Row>,
}

/// A worklog in its place in the list.
struct Row(Worklog);

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.0.order() == other.0.order()
    }
}

impl Eq for Row {}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Row {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.order().cmp(&other.0.order())
    }
}

impl FoundWorklogs {
    pub(super) fn new(range: DateRange, offset: usize, limit: usize) -> Self {
        Self {
            count: 0,
            time: Seconds(0),
            billable: Seconds(0),
            by_day: range.days() <= MOST_DAYS,
            periods: BTreeMap::new(),
            offset,
            most: offset.saturating_add(limit),
            first: BinaryHeap::new(),
        }
    }

    pub(super) fn add(&mut self, it: Worklog) {
        self.count += 1;
        self.time = self.time + it.time_spent;
        self.billable = self.billable + it.billable.unwrap_or_default();
        let period = if self.by_day { it.date } else { it.date.first_of_month() };
        let (count, time) = self.periods.entry(period).or_default();
        (*count, *time) = (*count + 1, *time + it.time_spent);
        self.first.push(Row(it));
        if self.first.len() > self.most {
            self.first.pop();
        }
    }

    pub(super) fn totals(&self) -> ListTotals {
        ListTotals {
            count: self.count,
            time_spent_seconds: self.time,
            time_spent_hours: self.time.hours(),
            billable_seconds: self.billable,
        }
    }

    pub(super) fn per_period(&self) -> Vec<PeriodTotal> {
        let total = |(day, (count, time)): (&WorkDate, &(usize, Seconds))| PeriodTotal {
            period: if self.by_day { day.to_string() } else { day.month() },
            count: *count,
            time_spent_seconds: *time,
            time_spent_hours: time.hours(),
        };
        self.periods.iter().map(total).collect()
    }

    /// The rows to show, ordered by day, start time and id.
    pub(super) fn into_rows(self) -> Vec<Worklog> {
        self.first.into_sorted_vec().into_iter().skip(self.offset).map(|it| it.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{IssueId, WorklogId};

    fn worklog(id: u64, date: &str) -> Worklog {
        Worklog {
            id: WorklogId(id),
            issue: IssueId(1),
            author: "a".parse().unwrap(),
            date: date.parse().unwrap(),
            start: None,
            time_spent: Seconds(60),
            billable: Some(Seconds(30)),
            description: String::new(),
            attributes: Vec::new(),
            created_at: None,
        }
    }

    fn found(offset: usize, limit: usize) -> FoundWorklogs {
        let range = DateRange::new("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap()).unwrap();
        FoundWorklogs::new(range, offset, limit)
    }

    #[test]
    fn only_rows_up_to_the_last_one_shown_are_in_memory() {
        let mut found = found(2, 3);
        // In the order of ids, which is not that of days.
        for id in 0..1000 {
            found.add(worklog(id, if id % 2 == 0 { "2026-03-17" } else { "2026-03-16" }));
            assert!(found.first.len() <= 5);
        }
        assert_eq!((found.count, found.time, found.billable), (1000, Seconds(60_000), Seconds(30_000)));
        assert_eq!(found.per_period().iter().map(|it| it.count).collect::<Vec<_>>(), [500, 500]);
        assert_eq!(found.into_rows().iter().map(|it| it.id.0).collect::<Vec<_>>(), [5, 7, 9]);
    }

    #[test]
    fn offset_beyond_the_last_row_shows_none() {
        let mut found = found(usize::MAX, 10);
        found.add(worklog(1, "2026-03-17"));
        assert_eq!((found.count, found.into_rows().len()), (1, 0));
    }
}
