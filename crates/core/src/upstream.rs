//! The only caller of [`HttpClient`]: authentication, encoded path segments, rate limits, retries, and errors
//! classified by kind.
//!
//! Deliberately elsewhere: what a request contains and what its response means (`tempo`, `jira`), and every message that
//! a person reads (`tools`).

mod authorize;
mod budget;
mod bulkhead;
mod call;
mod call_limits;
mod circuit;
mod classify;
mod error;
mod error_body;
mod lenient_json;
mod retry;
pub mod telemetry;
mod throttle;

use std::{
    pin::Pin,
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use futures::future::{Either, select};
use http::{HeaderValue, Request, Response};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use url::Url;

use crate::ports::{HttpClient, HttpError, HttpErrorKind, Ports};

pub use authorize::{Authorize, Authorized};
pub(crate) use authorize::{basic, bearer};
pub use bulkhead::Bulkhead;
pub use call::Call;
pub(crate) use call_limits::Purpose;
use call_limits::WaitPermit;
pub use call_limits::{CallLimits, TimeLimits};
use circuit::{CircuitEvent, CircuitPermit};
pub use error::{Error, ErrorKind, SignInError, Vendor};
use retry::date_of;
use telemetry::{CallTimer, RequestTelemetry};
use throttle::NotNow;
pub use throttle::Throttle;
pub(crate) use throttle::ThrottleState;

/// Sends requests to one vendor for one tenant.
///
/// ```
/// use tempo_mcp_core::upstream::{Call, Upstream, Vendor};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = tempo_sandbox::Sandbox::new(tempo_sandbox::Options::default());
/// # let ports = tempo_test_support::site::ports(&sandbox);
/// let jira = Upstream::new(Vendor::Jira, &ports, []);
/// let site = "http://sandbox.localhost".parse()?;
/// let call = Call::get(&["_edge", "tenant_info"]);
/// let response = jira.json::<serde_json::Value>(&site, None, &call).await?;
/// assert!(response.body["cloudId"].is_string());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Upstream {
    pub(crate) vendor: Vendor,
    pub(crate) ports: Ports,
    pub(crate) throttle: Arc<Throttle>,
    /// Removed from error messages, even where the vendor repeats them.
    pub(crate) secrets: Arc<[SecretString]>,
    /// Held by the caller of a write. Once it is dropped, requests that were not sent yet are not sent.
    pub(crate) caller: Option<Weak<()>>,
    /// Where requests are recorded; `None` if nothing observes them.
    pub(crate) telemetry: Option<Arc<RequestTelemetry>>,
    /// The tool call that these requests belong to; `None` outside of one.
    pub(crate) limits: Option<Arc<CallLimits>>,
    pub(crate) purpose: Purpose,
}

/// The longest that an `HttpClient` waits for a response.
const HTTP_TIME_OUT: Duration = Duration::from_secs(30);
/// A response that did not come within this time counts as a time-out of the vendor, even if the call could not wait longer.
const LONG_ENOUGH: Duration = Duration::from_secs(10);

/// The body of a response, and the time at which the vendor sent it.
#[derive(Debug)]
pub struct UpstreamResponse<T> {
    pub body: T,
    /// The vendor's own clock, from the `Date` header.
    pub date: Option<Timestamp>,
}

impl Upstream {
    /// Without a bucket of our own, a caller to wait for or telemetry. `secrets` are removed from error messages.
    #[must_use]
    pub fn new(vendor: Vendor, ports: &Ports, secrets: impl Into<Arc<[SecretString]>>) -> Self {
        Self {
            vendor,
            ports: ports.clone(),
            throttle: Arc::new(Throttle::new(Arc::default(), false)),
            secrets: secrets.into(),
            caller: None,
            telemetry: None,
            limits: None,
            purpose: Purpose::Ordinary,
        }
    }

    pub(crate) fn with_throttle(self, throttle: Throttle) -> Self {
        Self { throttle: Arc::new(throttle), ..self }
    }

    /// Sends `call` to `base` and parses the JSON of the response.
    ///
    /// # Errors
    /// The vendor refused the request, could not be reached, or sent something other than the documented JSON.
    pub async fn json<T: DeserializeOwned>(
        &self,
        base: &Url,
        auth: Option<&HeaderValue>,
        call: &Call,
    ) -> Result<UpstreamResponse<T>, Error> {
        let response = self.sent(base, auth, call).await?;
        let date = date_of(response.headers());
        match lenient_json::from_slice(response.body()) {
            Ok(body) => Ok(UpstreamResponse { body, date }),
            Err(why) => {
                tracing::debug!(vendor = %self.vendor, status = %response.status(), line = why.line(), column = why.column(),
                    kind = ?why.classify(), "response is not the documented JSON");
                Err(self.error(ErrorKind::Malformed { looks_like: error_body::shape_of(response.body()) }))
            }
        }
    }

    /// Sends `call` to `base` and expects a response without a body.
    ///
    /// # Errors
    /// The vendor refused the request, could not be reached, or sent a body, which then comes from a proxy or a sign-in
    /// page.
    pub async fn empty(&self, base: &Url, auth: Option<&HeaderValue>, call: &Call) -> Result<(), Error> {
        let response = self.sent(base, auth, call).await?;
        if response.body().iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        Err(self.error(ErrorKind::Malformed { looks_like: error_body::shape_of(response.body()) }))
    }

    /// As [`Self::send`], boxed: otherwise the program contains it once for each type of a response.
    fn sent<'a>(
        &'a self,
        base: &'a Url,
        auth: Option<&'a HeaderValue>,
        call: &'a Call,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, Error>> + Send + 'a>> {
        Box::pin(self.send(base, auth, call))
    }

    async fn send(
        &self,
        base: &Url,
        auth: Option<&HeaderValue>,
        call: &Call,
    ) -> Result<Response<Bytes>, Error> {
        let mut attempt = 0;
        loop {
            let error = match self.send_once(base, auth, call).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let Some(wait) = retry::wait(call, attempt, &error.kind) else { return Err(error) };
            let wait = wait + retry::jitter(&*self.ports.entropy, wait);
            if self.time_to_begin().is_some_and(|left| left <= wait) {
                return Err(error);
            }
            tracing::debug!(vendor = %self.vendor, method = %call.method, attempt, ?wait, kind = error.kind.name(), "retrying upstream call");
            self.ports.clock.sleep(wait).await;
            attempt += 1;
        }
    }

    async fn send_once(
        &self,
        base: &Url,
        auth: Option<&HeaderValue>,
        call: &Call,
    ) -> Result<Response<Bytes>, Error> {
        let request = call.request(base, auth);
        let _waiting = self.wait_permit()?;
        let until_late = self.sleep_until_late();
        let _permit =
            self.throttle.acquire(until_late).await.ok_or_else(|| self.error(ErrorKind::OutOfTime))?;
        self.wait_until_allowed().await?;
        if !call.reads && self.caller.as_ref().is_some_and(|it| it.strong_count() == 0) {
            return Err(self.error(ErrorKind::Unreachable { sent: false, cause: HttpErrorKind::Broken }));
        }
        let circuit_permit = self.circuit_permit()?;
        if self.telemetry.as_ref().is_some_and(|it| !it.try_take_request()) {
            return Err(self.error(ErrorKind::OverBudget));
        }
        let timer = CallTimer::start(self.telemetry.as_deref(), &*self.ports.clock, self.vendor);
        let sent_at = self.ports.clock.monotonic();
        let outcome = self.transmit(request, call.reads).await;
        self.end(circuit_permit, &outcome, sent_at);
        let status = outcome.as_ref().map(|it| it.status().as_u16()).unwrap_or_default();
        tracing::debug!(vendor = %self.vendor, method = %call.method, path = call.shape(), status, ms = telemetry::whole_millis(timer.elapsed()), "upstream call");
        let outcome = outcome
            .map_err(|it| self.error(ErrorKind::Unreachable { sent: it.sent, cause: it.cause }))
            .and_then(|it| self.check(it, sent_at));
        timer.finish(outcome.as_ref().map_or_else(|it| it.kind.name(), |_| "ok"));
        outcome
    }

    /// How long the call may still begin a request for this purpose; `None` outside of a tool call.
    pub(crate) fn time_to_begin(&self) -> Option<Duration> {
        self.limits.as_ref().map(|it| it.time_to_begin(self.purpose))
    }

    /// Returns once the call may start nothing new; outside of a tool call, never.
    async fn sleep_until_late(&self) {
        match self.time_to_begin() {
            Some(left) => self.ports.clock.sleep(left).await,
            None => std::future::pending().await,
        }
    }

    /// Reconciliation is exempt: what became of a write has to be found out.
    fn wait_permit(&self) -> Result<Option<WaitPermit>, Error> {
        let Some(limits) = &self.limits else { return Ok(None) };
        match limits.wait_for(self.vendor) {
            Ok(permit) => Ok(Some(permit)),
            Err(_) if self.purpose.must_go_on() => Ok(None),
            Err(_) => Err(self.error(ErrorKind::Crowded)),
        }
    }

    async fn wait_until_allowed(&self) -> Result<(), Error> {
        let left = self.time_to_begin();
        if left.is_some_and(|it| it.is_zero()) {
            return Err(self.error(ErrorKind::OutOfTime));
        }
        let allowed = self.throttle.wait_until_allowed(&*self.ports.clock, &*self.ports.entropy, left);
        allowed.await.map_err(|it| {
            self.error(match it {
                NotNow::Paused(wait) => ErrorKind::RateLimited { wait },
                NotNow::TooLate => ErrorKind::OutOfTime,
            })
        })
    }

    fn circuit_permit(&self) -> Result<CircuitPermit<'_>, Error> {
        let circuit = self.throttle.circuit();
        if self.purpose.must_go_on() {
            return Ok(circuit.pass_anyway());
        }
        let permit = circuit.pass(self.ports.clock.monotonic());
        permit.map_err(|wait| self.error(ErrorKind::NotResponding { wait }))
    }

    /// Sends a request and waits for its response for as long as the call has time.
    async fn transmit(&self, request: Request<Bytes>, reads: bool) -> Result<Response<Bytes>, HttpError> {
        let sending = self.ports.http.send(request);
        let left = self.limits.as_ref().map(|it| it.time_to_respond(self.purpose, reads));
        match left {
            Some(left) if left < HTTP_TIME_OUT => match select(sending, self.ports.clock.sleep(left)).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(_) => Err(HttpError { sent: true, cause: HttpErrorKind::Timeout }),
            },
            _ => sending.await,
        }
    }

    /// Records at the circuit breaker how a request ended.
    fn end(
        &self,
        permit: CircuitPermit<'_>,
        outcome: &Result<Response<Bytes>, HttpError>,
        sent_at: Duration,
    ) {
        let now = self.ports.clock.monotonic();
        let event = match outcome {
            Ok(_) => CircuitEvent::Responded,
            // A connection is given up after five seconds.
            Err(HttpError { sent, cause: HttpErrorKind::Timeout }) => {
                let is_long = now.saturating_sub(sent_at) >= LONG_ENOUGH;
                if is_long || !sent { CircuitEvent::TimedOut } else { CircuitEvent::CutShort }
            }
            Err(_) => CircuitEvent::Failed,
        };
        if permit.end(event, now) {
            tracing::info!(vendor = %self.vendor, "the vendor does not respond; its requests pause");
        }
    }

    /// A 429 also pauses all other requests that share the throttle.
    fn check(&self, response: Response<Bytes>, sent_at: Duration) -> Result<Response<Bytes>, Error> {
        let kind = classify::error_kind(self.vendor, &response, &self.secrets, self.ports.clock.now());
        Err(self.error(match kind {
            Some(ErrorKind::RateLimited { wait }) => {
                let wait = self.throttle.pause(self.ports.clock.monotonic(), wait);
                ErrorKind::RateLimited { wait }
            }
            kind => {
                self.throttle.accepted(sent_at);
                match kind {
                    Some(kind) => kind,
                    None => return Ok(response),
                }
            }
        }))
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error { vendor: self.vendor, kind }
    }
}

/// Checks that something responds at `base`, and returns its clock. Any status counts as a response.
///
/// The request is sent once and without credentials.
///
/// # Errors
/// Why no response came.
pub async fn reach(
    http: &dyn HttpClient,
    base: &Url,
    call: &Call,
) -> Result<Option<Timestamp>, HttpErrorKind> {
    let response = http.send(call.request(base, None)).await.map_err(|it| it.cause)?;
    Ok(date_of(response.headers()))
}
