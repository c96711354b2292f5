//! The only caller of [`HttpClient`]: authentication, encoded path segments, pacing,
//! retries of what may be retried, and errors by meaning.
//!
//! Deliberately elsewhere: what a request says and what its answer means (`tempo`, `jira`), and every sentence
//! that a person reads (`tools`).

mod authorize;
mod call;
mod error;
mod throttle;
mod retry;
pub mod telemetry;
mod error_body;

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use url::Url;

use crate::ports::{HttpClient, HttpErrorKind, Ports};

pub(crate) use authorize::bearer;
pub use authorize::{Authorize, Authorized};
pub use call::Call;
pub use error::{Error, ErrorKind, SignIn, Vendor};
use telemetry::{Asking, RequestTelemetry};
pub use throttle::Gate;
pub(crate) use throttle::Pace;

/// One vendor, for one tenant: where it is, who asks, and how fast.
#[derive(Clone)]
pub struct Upstream {
    pub(crate) vendor: Vendor,
    pub(crate) ports: Ports,
    pub(crate) gate: Arc<Gate>,
    /// Never shown in an error, not even where a vendor repeats them.
    pub(crate) secrets: Arc<[secrecy::SecretString]>,
    /// Whoever waits for a write: gone, what was not sent yet is not sent any more.
    pub(crate) caller: Option<Weak<()>>,
    /// Where what is sent is told; `None`: nobody asks.
    pub(crate) telemetry: Option<Arc<RequestTelemetry>>,
}

/// An answer by its body, and what its head says about time.
#[derive(Debug)]
pub struct Answer<T> {
    pub body: T,
    /// The vendor's own clock, from `Date`.
    pub date: Option<Timestamp>,
}

impl Upstream {
    /// Sends `call` to `base` and reads its JSON.
    ///
    /// # Errors
    /// The vendor refused, could not be reached, or answered with something else than the JSON promised.
    pub async fn json<T: DeserializeOwned>(
        &self,
        base: &Url,
        auth: Option<&HeaderValue>,
        call: &Call,
    ) -> Result<Answer<T>, Error> {
        let response = self.send(base, auth, call).await?;
        let date = date_of(&response);
        match serde_json::from_slice(response.body()) {
            Ok(body) => Ok(Answer { body, date }),
            Err(why) => {
                tracing::debug!(vendor = %self.vendor, status = %response.status(), line = why.line(), column = why.column(),
                    kind = ?why.classify(), "an answer that is not the JSON promised");
                Err(self.error(ErrorKind::Malformed { looks_like: error_body::shape_of(response.body()) }))
            }
        }
    }

    /// Sends `call` and expects no body.
    ///
    /// # Errors
    /// As [`Self::json`]; a body where none is promised is a proxy's or a sign-in page's.
    pub async fn empty(&self, base: &Url, auth: Option<&HeaderValue>, call: &Call) -> Result<(), Error> {
        let response = self.send(base, auth, call).await?;
        if response.body().iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        Err(self.error(ErrorKind::Malformed { looks_like: error_body::shape_of(response.body()) }))
    }

    async fn send(
        &self,
        base: &Url,
        auth: Option<&HeaderValue>,
        call: &Call,
    ) -> Result<Response<Bytes>, Error> {
        let mut attempt = 0;
        loop {
            let error = match self.attempt(base, auth, call).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let Some(wait) = retry::wait(call, attempt, &error.kind) else { return Err(error) };
            tracing::debug!(vendor = %self.vendor, method = %call.method, attempt, ?wait, kind = error.kind.name(), "trying again");
            self.ports.clock.sleep(wait).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        base: &Url,
        auth: Option<&HeaderValue>,
        call: &Call,
    ) -> Result<Response<Bytes>, Error> {
        let request = call.request(base, auth);
        let _place = self
            .gate
            .enter(&*self.ports.clock)
            .await
            .map_err(|wait| self.error(ErrorKind::RateLimited { wait }))?;
        if !call.reads && self.caller.as_ref().is_some_and(|it| it.strong_count() == 0) {
            return Err(self.error(ErrorKind::Unreachable { sent: false, cause: HttpErrorKind::Broken }));
        }
        if self.telemetry.as_ref().is_some_and(|it| !it.may_ask()) {
            return Err(self.error(ErrorKind::OverBudget));
        }
        let asking = Asking::begin(self.telemetry.as_deref(), &*self.ports.clock, self.vendor);
        let outcome = self.ports.http.send(request).await;
        let status = outcome.as_ref().map(|it| it.status().as_u16()).unwrap_or_default();
        tracing::debug!(vendor = %self.vendor, method = %call.method, path = call.shape(), status, ms = asking.took().as_millis(), "upstream call");
        let outcome = outcome
            .map_err(|it| self.error(ErrorKind::Unreachable { sent: it.sent, cause: it.cause }))
            .and_then(|it| self.check(it));
        asking.end(outcome.as_ref().map_or_else(|it| it.kind.name(), |_| "ok"));
        outcome
    }

    fn check(&self, response: Response<Bytes>) -> Result<Response<Bytes>, Error> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let said = || error_body::messages(response.body(), &self.secrets);
        let kind = match status {
            StatusCode::UNAUTHORIZED => ErrorKind::Unauthorized,
            StatusCode::FORBIDDEN => ErrorKind::Forbidden(said()),
            StatusCode::NOT_FOUND | StatusCode::GONE => ErrorKind::NotFound(said()),
            StatusCode::CONFLICT => ErrorKind::Busy(said()),
            StatusCode::TOO_MANY_REQUESTS => {
                let asked = retry::retry_after(response.headers(), self.ports.clock.now());
                let wait = asked.unwrap_or(Duration::from_secs(1));
                self.gate.pause(&*self.ports.clock, wait);
                ErrorKind::RateLimited { wait }
            }
            it if it.is_redirection() => ErrorKind::Redirected,
            it if it.is_server_error() || it == StatusCode::REQUEST_TIMEOUT => {
                ErrorKind::Unavailable { status: it.as_u16() }
            }
            _ => ErrorKind::Invalid(said()),
        };
        Err(self.error(kind))
    }

    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error { vendor: self.vendor, kind }
    }
}

/// Whether anything answers at `base`, and its clock. Sent once and without credentials: any status is an answer.
///
/// # Errors
/// Why no answer came.
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
