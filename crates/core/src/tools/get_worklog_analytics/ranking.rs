//! The order of groups, and their shares of the whole time.

use super::{
    group_by::SortBy,
    group_key::GroupKey,
    groups::GroupTotals,
    output::{Group, OtherGroups, TimeTotal},
};
use crate::domain::duration::Seconds;

/// Groups that are shown.
const MOST_SHOWN: usize = 100;

/// The groups in order, at most 100 of them, and the others as one.
pub(super) fn ranked(groups: GroupTotals, sort: SortBy) -> (Vec<Group>, Option<OtherGroups>) {
    let mut groups: Vec<(GroupKey, Option<String>, TimeTotal)> =
        groups.into_iter().map(|(key, (name, total))| (key, name, total)).collect();
    groups.sort_by(|a, b| {
        let by_time = b.2.time_spent_seconds.cmp(&a.2.time_spent_seconds);
        let by_key = natural(a.0.as_str()).cmp(&natural(b.0.as_str()));
        if sort == SortBy::Hours { by_time.then(by_key) } else { by_key }
    });
    let shares = shares(&groups.iter().map(|it| it.2.time_spent_seconds).collect::<Vec<_>>());
    let mut res: Vec<(Group, u64)> = groups
        .into_iter()
        .zip(shares)
        .map(|((key, name, total), share)| (Group { key, name, total, percentage: percent(share) }, share))
        .collect();
    let rest = res.split_off(res.len().min(MOST_SHOWN));
    let others = (!rest.is_empty()).then(|| OtherGroups {
        groups: rest.len(),
        total: rest.iter().fold(TimeTotal::default(), |total, (it, _)| {
            total.add(it.total.count, it.total.time_spent_seconds)
        }),
        percentage: percent(rest.iter().map(|(_, share)| share).sum()),
    });
    (res.into_iter().map(|(it, _)| it).collect(), others)
}

/// `PROJ-2` before `PROJ-10`.
fn natural(key: &str) -> (String, u64, String) {
    let split = key.rsplit_once('-').and_then(|(head, tail)| Some((head, tail.parse().ok()?)));
    split.map_or_else(
        || (key.to_owned(), 0, key.to_owned()),
        |(head, number)| (head.to_owned(), number, key.to_owned()),
    )
}

/// Hundredths of a percent that add up to 10,000: what rounding down leaves goes to the largest remainders.
fn shares(times: &[Seconds]) -> Vec<u64> {
    let total: u128 = times.iter().map(|it| u128::from(it.0)).sum();
    if total == 0 {
        return vec![0; times.len()];
    }
    let exact: Vec<u128> = times.iter().map(|it| u128::from(it.0) * 10_000).collect();
    let mut res: Vec<u64> = exact.iter().map(|it| u64::try_from(it / total).unwrap_or(0)).collect();
    let left = usize::try_from(10_000 - res.iter().sum::<u64>()).unwrap_or(0);
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(exact.get(*i).map_or(0, |it| it % total)));
    for i in order.into_iter().take(left) {
        if let Some(it) = res.get_mut(i) {
            *it += 1;
        }
    }
    res
}

#[expect(clippy::cast_precision_loss, reason = "at most 10,000")]
fn percent(share: u64) -> f64 {
    share as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_times_share_what_rounding_leaves() {
        assert_eq!(shares(&[1, 1, 1].map(Seconds)), [3334, 3333, 3333]);
        assert_eq!(shares(&[0, 0].map(Seconds)), [0, 0]);
        assert_eq!(shares(&[]), [0_u64; 0]);
    }

    proptest::proptest! {
        #[test]
        fn shares_add_up_to_a_hundred_percent(times in proptest::collection::vec(1_u64..100_000, 1..60)) {
            proptest::prop_assert_eq!(shares(&times.into_iter().map(Seconds).collect::<Vec<_>>()).iter().sum::<u64>(), 10_000);
        }
    }

    #[test]
    fn issue_keys_sort_by_their_number() {
        let mut keys = ["A-10", "A-2", "B-1", "2026-03"];
        keys.sort_by_key(|it| natural(it));
        assert_eq!(keys, ["2026-03", "A-2", "A-10", "B-1"]);
    }
}
