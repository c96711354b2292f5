//! How many requests one client request may send to the vendors, where the platform limits them.

use std::sync::atomic::{AtomicU32, Ordering};

/// A count of requests that may still be sent. Workers allow a fixed number per incoming request.
pub(super) struct RequestBudget(Option<AtomicU32>);

impl RequestBudget {
    /// `limit`: how many requests may be sent; `None` for any number.
    pub(super) fn new(limit: Option<u32>) -> Self {
        Self(limit.map(AtomicU32::new))
    }

    /// How many requests may still be sent; `None` for any number.
    pub(super) fn remaining(&self) -> Option<u32> {
        self.0.as_ref().map(|it| it.load(Ordering::Acquire))
    }

    /// Takes one request from the budget. `false` if the budget is used up.
    pub(super) fn try_take(&self) -> bool {
        let take = |remaining: &AtomicU32| {
            remaining.fetch_update(Ordering::AcqRel, Ordering::Acquire, |it| it.checked_sub(1)).is_ok()
        };
        self.0.as_ref().is_none_or(take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_ends_after_its_limit() {
        let budget = RequestBudget::new(Some(2));
        assert_eq!([(); 3].map(|()| budget.try_take()), [true, true, false]);
        assert_eq!(budget.remaining(), Some(0));
        assert!(RequestBudget::new(None).try_take());
    }
}
