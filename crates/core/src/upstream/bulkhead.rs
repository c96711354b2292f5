//! Permits for tool calls and for their waiting, so that a vendor that does not respond cannot occupy everything.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Vendor;

/// Divides the requests that a service takes at once: tool calls get most of them, and those that wait for one vendor get
/// fewer than that. The rest is for calls that need the other vendor, and for requests that need none, like `tools/list`.
///
/// A service has one for each tenant and one for all. Permits are never waited for.
pub struct Bulkhead {
    calls: Arc<Semaphore>,
    tempo: Arc<Semaphore>,
    jira: Arc<Semaphore>,
}

impl Bulkhead {
    /// `requests`: how many the service takes at once, 1 at least. Of 12, ten may be tool calls, and eight of those may wait
    /// for one vendor.
    #[must_use]
    pub fn new(requests: usize) -> Arc<Self> {
        let permits = |most: usize| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        let per_vendor = requests - requests / 3;
        Arc::new(Self {
            calls: permits(requests - requests / 6),
            tempo: permits(per_vendor),
            jira: permits(per_vendor),
        })
    }

    pub(super) fn try_acquire_call(&self) -> Option<OwnedSemaphorePermit> {
        self.calls.clone().try_acquire_owned().ok()
    }

    /// `None` if too many calls wait for the vendor. Everything else is allowed.
    pub(super) fn try_acquire_vendor(&self, vendor: Vendor) -> Option<OwnedSemaphorePermit> {
        let permits = match vendor {
            Vendor::Tempo => &self.tempo,
            Vendor::Jira | Vendor::Login => &self.jira,
        };
        permits.clone().try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(requests: usize) -> [usize; 3] {
        let it = Bulkhead::new(requests);
        [&it.calls, &it.tempo, &it.jira].map(|permits| permits.available_permits())
    }

    #[test]
    fn one_vendor_gets_less_than_all_calls_and_these_less_than_all() {
        assert_eq!(sizes(12), [10, 8, 8]);
        assert_eq!(sizes(500), [417, 334, 334]);
        assert_eq!(sizes(1), [1, 1, 1]);
        assert_eq!(sizes(usize::MAX), [Semaphore::MAX_PERMITS; 3]);
    }
}
