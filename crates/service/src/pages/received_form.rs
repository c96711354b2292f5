//! A form on its way in: counted for its client, then read, then given one of the permits for work on forms.

use std::time::Duration;

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use tokio::sync::SemaphorePermit;

use super::form::{self, Fields};
use crate::{
    http::{
        body::{self, BodyError, BodyLimits},
        body_budget::{BodyShare, BudgetSpent},
        client_address::{ClientKey, check_client},
        state::State,
    },
    ports::Limit,
};

/// The largest form has a few tokens in it; a browser sends it at once.
const LIMITS: BodyLimits = BodyLimits { bytes: 16 << 10, time: Duration::from_secs(10) };
/// How long a client waits when the service is at its limits.
const RETRY_AFTER: Duration = Duration::from_secs(2);

const TOO_LARGE: &str = "This form is larger than 16 KiB. Enter only what its fields ask for.";
const TOO_SLOW: &str = "The form took too long to arrive. Try again.";
const BUSY: &str = "The service is busy at the moment. Try again in a few seconds.";

/// A form that was read. While it exists, it has one of the permits for work on forms.
pub(super) struct ReceivedForm<'a> {
    pub(super) head: Parts,
    pub(super) fields: Fields,
    _share: BodyShare<'a>,
    _permit: SemaphorePermit<'a>,
}

/// Why a form was not read.
pub(super) struct RefusedForm {
    pub(super) status: StatusCode,
    pub(super) notice: &'static str,
    wait: Option<Duration>,
}

/// Handles a form to its end even if its sender disconnects: what it changes is always recorded, and forgotten by caches.
pub(super) async fn finish(
    state: &State,
    handled: impl Future<Output = Response> + Send + 'static,
) -> Response {
    let response = state.ports.finish(handled).await;
    response.unwrap_or_else(|| StatusCode::SERVICE_UNAVAILABLE.into_response())
}

/// Reads a form. `limits` are counted for its client before anything of it is read.
pub(super) async fn receive<'a>(
    state: &'a State,
    request: Request,
    limits: &[Limit],
) -> Result<ReceivedForm<'a>, RefusedForm> {
    let (head, body) = request.into_parts();
    for limit in limits {
        let checked = check_client(&*state.limiter, *limit, &head.extensions).await;
        checked.map_err(RefusedForm::too_many_attempts)?;
    }
    let mut share =
        state.form_bodies.take(ClientKey::of_request(&head.extensions)).map_err(BodyError::from)?;
    let body = body::read(body, &LIMITS, &mut share, &*state.ports.clock).await?;
    let permit = state.forms.try_acquire().map_err(|_| RefusedForm::busy())?;
    Ok(ReceivedForm { head, fields: Fields::read(body), _share: share, _permit: permit })
}

impl RefusedForm {
    fn new(status: StatusCode, notice: &'static str, wait: Option<Duration>) -> Self {
        Self { status, notice, wait }
    }

    fn too_many_attempts(wait: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, form::TOO_MANY_ATTEMPTS, Some(wait))
    }

    fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, BUSY, Some(RETRY_AFTER))
    }

    /// The page that shows the notice, with how long to wait.
    pub(super) fn on(self, page: Response) -> Response {
        match self.wait {
            Some(wait) => form::with_retry_after(page, wait),
            None => page,
        }
    }
}

impl From<BodyError> for RefusedForm {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE, None),
            BodyError::TooSlow => Self::new(StatusCode::REQUEST_TIMEOUT, TOO_SLOW, None),
            BodyError::BrokenOff => Self::new(StatusCode::BAD_REQUEST, form::UNREADABLE, None),
            BodyError::NoRoom(BudgetSpent::ByClient) => Self::too_many_attempts(RETRY_AFTER),
            BodyError::NoRoom(BudgetSpent::InAll) => Self::busy(),
        }
    }
}
