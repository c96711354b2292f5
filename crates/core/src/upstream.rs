//! The only caller of [`HttpClient`]: authentication, encoded path segments, pacing,
//! retries of what may be retried, and errors by meaning.
//!
//! Deliberately elsewhere: what a request says and what its answer means (`tempo`, `jira`), and every sentence
//! that a person reads (`tools`).

mod authorize;
mod call;
mod error;
mod gate;
mod retry;
pub mod trail;
mod words;

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use url::Url;

use crate::ports::{Cause, HttpClient, Ports};

pub(crate) use authorize::bearer;
pub use authorize::{Authorize, Authorized};
pub use call::Call;
pub use error::{Error, Meaning, SignIn, Vendor};
pub use gate::Gate;
pub(crate) use gate::Pace;
use trail::{Asking, Trail};

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
    pub(crate) trail: Option<Arc<Trail>>,
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
                Err(self.error(Meaning::Malformed { looks_like: words::shape_of(response.body()) }))
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
        Err(self.error(Meaning::Malformed { looks_like: words::shape_of(response.body()) }))
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
            let Some(wait) = retry::wait(call, attempt, &error.meaning) else { return Err(error) };
            tracing::debug!(vendor = %self.vendor, method = %call.method, attempt, ?wait, meaning = error.meaning.name(), "trying again");
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
            .map_err(|wait| self.error(Meaning::RateLimited { wait }))?;
        if !call.reads && self.caller.as_ref().is_some_and(|it| it.strong_count() == 0) {
            return Err(self.error(Meaning::Unreachable { sent: false, cause: Cause::Broken }));
        }
        if self.trail.as_ref().is_some_and(|it| !it.may_ask()) {
            return Err(self.error(Meaning::OverBudget));
        }
        let asking = Asking::begin(self.trail.as_deref(), &*self.ports.clock, self.vendor);
        let outcome = self.ports.http.send(request).await;
        let status = outcome.as_ref().map(|it| it.status().as_u16()).unwrap_or_default();
        tracing::debug!(vendor = %self.vendor, method = %call.method, path = call.shape(), status, ms = asking.took().as_millis(), "upstream call");
        let outcome = outcome
            .map_err(|it| self.error(Meaning::Unreachable { sent: it.sent, cause: it.cause }))
            .and_then(|it| self.check(it));
        asking.end(outcome.as_ref().map_or_else(|it| it.meaning.name(), |_| "ok"));
        outcome
    }

    fn check(&self, response: Response<Bytes>) -> Result<Response<Bytes>, Error> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let said = || words::messages(response.body(), &self.secrets);
        let meaning = match status {
            StatusCode::UNAUTHORIZED => Meaning::Unauthorized,
            StatusCode::FORBIDDEN => Meaning::Forbidden(said()),
            StatusCode::NOT_FOUND | StatusCode::GONE => Meaning::NotFound(said()),
            StatusCode::CONFLICT => Meaning::Busy(said()),
            StatusCode::TOO_MANY_REQUESTS => {
                let asked = retry::retry_after(response.headers(), self.ports.clock.now());
                let wait = asked.unwrap_or(Duration::from_secs(1));
                self.gate.pause(&*self.ports.clock, wait);
                Meaning::RateLimited { wait }
            }
            it if it.is_redirection() => Meaning::Redirected,
            it if it.is_server_error() || it == StatusCode::REQUEST_TIMEOUT => {
                Meaning::Unavailable { status: it.as_u16() }
            }
            _ => Meaning::Invalid(said()),
        };
        Err(self.error(meaning))
    }

    pub(crate) fn error(&self, meaning: Meaning) -> Error {
        Error { vendor: self.vendor, meaning }
    }
}

/// Whether anything answers at `base`, and its clock. Sent once and without credentials: any status is an answer.
///
/// # Errors
/// Why no answer came.
pub async fn reach(http: &dyn HttpClient, base: &Url, call: &Call) -> Result<Option<Timestamp>, Cause> {
    let response = http.send(call.request(base, None)).await.map_err(|it| it.cause)?;
    Ok(date_of(&response))
}

fn date_of(response: &Response<Bytes>) -> Option<Timestamp> {
    let text = response.headers().get(header::DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::parse(text).ok().map(|it| it.timestamp())
}
