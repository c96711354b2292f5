//! The only caller of [`HttpClient`]: authentication, encoded path segments, rate limits, retries, and errors
//! classified by kind.
//!
//! Deliberately elsewhere: what a request contains and what its response means (`tempo`, `jira`), and every message that
//! a person reads (`tools`).

mod authorize;
mod budget;
mod call;
mod classify;
mod error;
mod error_body;
mod retry;
pub mod telemetry;
mod throttle;

use std::{
    pin::Pin,
    sync::{Arc, Weak},
};

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use url::Url;

use crate::ports::{HttpClient, HttpErrorKind, Ports};

pub use authorize::{Authorize, Authorized};
pub(crate) use authorize::{basic, bearer};
pub use call::Call;
pub use error::{Error, ErrorKind, SignInError, Vendor};
use telemetry::{CallTimer, RequestTelemetry};
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
}

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
        let date = date_of(&response);
        match serde_json::from_slice(response.body()) {
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
        let _permit = self
            .throttle
            .acquire(&*self.ports.clock)
            .await
            .map_err(|wait| self.error(ErrorKind::RateLimited { wait }))?;
        if !call.reads && self.caller.as_ref().is_some_and(|it| it.strong_count() == 0) {
            return Err(self.error(ErrorKind::Unreachable { sent: false, cause: HttpErrorKind::Broken }));
        }
        if self.telemetry.as_ref().is_some_and(|it| !it.try_take_request()) {
            return Err(self.error(ErrorKind::OverBudget));
        }
        let timer = CallTimer::start(self.telemetry.as_deref(), &*self.ports.clock, self.vendor);
        let outcome = self.ports.http.send(request).await;
        let status = outcome.as_ref().map(|it| it.status().as_u16()).unwrap_or_default();
        tracing::debug!(vendor = %self.vendor, method = %call.method, path = call.shape(), status, ms = timer.elapsed().as_millis(), "upstream call");
        let outcome = outcome
            .map_err(|it| self.error(ErrorKind::Unreachable { sent: it.sent, cause: it.cause }))
            .and_then(|it| self.check(it));
        timer.finish(outcome.as_ref().map_or_else(|it| it.kind.name(), |_| "ok"));
        outcome
    }

    /// A 429 also pauses all other requests that share the throttle.
    fn check(&self, response: Response<Bytes>) -> Result<Response<Bytes>, Error> {
        let Some(kind) = classify::error_kind(self.vendor, &response, &self.secrets, self.ports.clock.now())
        else {
            return Ok(response);
        };
        if let ErrorKind::RateLimited { wait } = kind {
            self.throttle.pause(&*self.ports.clock, wait);
        }
        Err(self.error(kind))
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error { vendor: self.vendor, kind }
    }
}

/// Checks that something answers at `base`, and returns its clock. Any status counts as an answer.
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
    Ok(date_of(&response))
}

fn date_of(response: &Response<Bytes>) -> Option<Timestamp> {
    let text = response.headers().get(header::DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::parse(text).ok().map(|it| it.timestamp())
}
