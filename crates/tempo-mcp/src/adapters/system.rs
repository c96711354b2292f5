//! Clock, randomness and background work of this machine, and what it must not do with our memory.

use std::{
    future::Future,
    pin::Pin,
    sync::LazyLock,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tempo_mcp_core::ports::{Background, Clock, Entropy, EntropyError};
use tokio_util::task::TaskTracker;

/// The moment that monotonic time counts from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

pub(crate) struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        START.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError)
    }
}

/// Lets the system write no core dump of this process, whose memory holds tokens and keys. Other processes of the same user
/// cannot read its memory either.
pub(crate) fn forbid_core_dumps() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        tracing::warn!(%error, "core dumps not forbidden");
    }
}

/// Tasks that the end of the program waits for.
pub(crate) struct TrackedTasks(pub(crate) TaskTracker);

impl Background for TrackedTasks {
    fn run(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.0.spawn(work);
    }
}
