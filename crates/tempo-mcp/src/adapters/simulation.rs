//! The simulated Tempo and Jira inside this process, in the place of network and clock.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tempo_mcp_core::ports::{Clock, HttpClient, HttpError, HttpErrorKind};
use tempo_sandbox::{ConnectionError, Sandbox};

/// The deadline of a request over the real network.
const DEADLINE: Duration = Duration::from_secs(30);

/// Passes requests to the simulation; no socket is opened.
pub(crate) struct InProcess(pub(crate) Sandbox);

impl InProcess {
    /// Never connected to: an address that a configuration accepts.
    pub(crate) const BASE: &'static str = "http://sandbox.localhost";
}

#[async_trait]
impl HttpClient for InProcess {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        match tokio::time::timeout(DEADLINE, self.0.call(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(ConnectionError::Refused)) => {
                Err(HttpError { sent: false, cause: HttpErrorKind::Connect })
            }
            Ok(Err(ConnectionError::Reset)) => Err(HttpError { sent: true, cause: HttpErrorKind::Broken }),
            Err(_) => Err(HttpError { sent: true, cause: HttpErrorKind::Timeout }),
        }
    }
}

/// The simulation's clock: `--today` sets another day than this machine's.
pub(crate) struct SimulatedClock(pub(crate) Sandbox);

#[async_trait]
impl Clock for SimulatedClock {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    /// The simulation's time only moves forward.
    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.now().as_millisecond().unsigned_abs())
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
