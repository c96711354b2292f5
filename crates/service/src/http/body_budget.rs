//! How many bytes of request bodies may be in memory at a time, of one client and of all. Counted before they are read.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::client_address::ClientKey;

/// The least that an arriving body counts as: its connection's buffers, however slowly it is sent.
pub(crate) const ARRIVING: usize = 16 << 10;

/// A limit on bytes. A client that takes all of its own leaves the others theirs.
pub(crate) struct BodyBudget {
    per_client: usize,
    in_all: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    in_all: usize,
    by_client: HashMap<ClientKey, usize>,
}

/// Why a body is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BudgetSpent {
    ByClient,
    InAll,
}

/// The bytes of one body. Dropping it gives them back.
pub(crate) struct BodyShare<'a> {
    budget: &'a BodyBudget,
    client: ClientKey,
    bytes: usize,
}

impl BodyBudget {
    pub(crate) fn new(per_client: usize, in_all: usize) -> Self {
        Self { per_client, in_all, taken: Mutex::default() }
    }

    /// The share of a body that is about to be read.
    pub(crate) fn take(&self, client: ClientKey) -> Result<BodyShare<'_>, BudgetSpent> {
        let mut share = BodyShare { budget: self, client, bytes: 0 };
        share.resize(ARRIVING)?;
        Ok(share)
    }
}

impl BodyShare<'_> {
    /// Takes more bytes, or gives some back.
    pub(crate) fn resize(&mut self, bytes: usize) -> Result<(), BudgetSpent> {
        if bytes == self.bytes {
            return Ok(());
        }
        let mut taken = self.budget.taken.lock();
        let in_all = taken.in_all - self.bytes + bytes;
        let of_client = taken.by_client.get(&self.client).map_or(0, |it| *it) - self.bytes + bytes;
        if bytes > self.bytes && of_client > self.budget.per_client {
            return Err(BudgetSpent::ByClient);
        }
        if bytes > self.bytes && in_all > self.budget.in_all {
            return Err(BudgetSpent::InAll);
        }
        taken.in_all = in_all;
        if of_client == 0 {
            taken.by_client.remove(&self.client);
        } else {
            taken.by_client.insert(self.client, of_client);
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for BodyShare<'_> {
    fn drop(&mut self) {
        // Releasing bytes never fails.
        let _ = self.resize(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_that_takes_all_of_its_bytes_leaves_others_theirs() {
        let budget = BodyBudget::new(2 * ARRIVING, 3 * ARRIVING);
        let [one, two, three] =
            ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|it| ClientKey::of(it.parse().unwrap()));
        let first = budget.take(one).unwrap();
        let mut second = budget.take(one).unwrap();
        assert_eq!(budget.take(one).err(), Some(BudgetSpent::ByClient));
        let third = budget.take(two).unwrap();
        assert_eq!(budget.take(three).err(), Some(BudgetSpent::InAll));
        second.resize(10).unwrap();
        assert_eq!(second.resize(ARRIVING + 11), Err(BudgetSpent::ByClient));
        drop((first, second, third));
        let taken = budget.taken.lock();
        assert!(taken.in_all == 0 && taken.by_client.is_empty());
    }
}
