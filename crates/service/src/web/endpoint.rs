//! `/mcp/u_…`: one tenant's MCP endpoint.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use bytes::Bytes;
use futures::{
    FutureExt,
    future::{Either, select},
};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};
use tracing::Instrument;

use super::{ClientAddress, Service, access_log::Watch, cors, tenants::Tenant};
use crate::ports::Limit;
use tempo_mcp_core::{domain::tenant::TenantId, upstream::telemetry::RequestTelemetry};
use tempo_mcp_protocol as mcp;

/// The largest message that any client sends.
const MOST_BODY: usize = 1 << 20;
/// A body of that size arrives within this time, or its sender keeps the place on purpose.
const BODY_TIME: Duration = Duration::from_secs(20);
/// A service that is full asks for this much patience.
const FULL: Duration = Duration::from_secs(2);

type Answer = http::Response<Bytes>;

pub(super) async fn handle(Extension(service): Extension<Arc<Service>>, request: Request) -> Response {
    let (watch, telemetry) = Watch::begin(&service);
    // Every line of this request says whose it is.
    let span = tracing::error_span!("request", id = telemetry.id());
    let answer = service.endpoint(request, &watch, telemetry).instrument(span).await;
    answer.map(Body::from)
}

impl Service {
    async fn endpoint(
        self: &Arc<Self>,
        request: Request,
        watch: &Watch,
        telemetry: Arc<RequestTelemetry>,
    ) -> Answer {
        let (head, body) = request.into_parts();
        let answer = match self.options.origins.headers(&head.headers) {
            Some(cors) => {
                let answer = self.answer(head, body, watch, &telemetry).await;
                let mut answer = answer.unwrap_or_else(Refusal::answer);
                answer.headers_mut().extend(cors);
                answer
            }
            None => mcp::http::error_response(StatusCode::FORBIDDEN, "this origin may not use the endpoint"),
        };
        // Before the trail ends: without a status the client is taken to have gone.
        watch.set_status(answer.status());
        answer
    }

    async fn answer(
        self: &Arc<Self>,
        head: Parts,
        body: Body,
        watch: &Watch,
        telemetry: &Arc<RequestTelemetry>,
    ) -> Result<Answer, Refusal> {
        if !self.serves_host(&head.headers) {
            return Err(refusal(StatusCode::FORBIDDEN, "this host is not served here", None));
        }
        if head.method == Method::OPTIONS {
            let mut answer = Answer::default();
            *answer.status_mut() = StatusCode::NO_CONTENT;
            cors::preflight(answer.headers_mut());
            return Ok(answer);
        }
        let (id, tenant) = self.tenant_of(&head).await?;
        watch.set_tenant(&tenant.record);
        let key = tenant.record.as_str();
        self.limiter.check(Limit::Mcp, key).await.map_err(|wait| too_fast(wait, "too many requests"))?;
        let full = || refusal(StatusCode::SERVICE_UNAVAILABLE, "too many calls are under way", Some(FULL));
        let place = self.enter(&tenant).ok_or_else(full)?;
        let _call = self.calls.try_acquire().map_err(|_| full())?;
        let body = self.read(body).await?;
        self.note_use(id, &tenant);
        let mut request = http::Request::from_parts(head, body);
        request.extensions_mut().insert(telemetry.clone());
        Ok(call(&place.server, &request, telemetry.id()).await)
    }

    /// The body, whole: within its size and its time.
    pub(super) async fn read(&self, body: Body) -> Result<Bytes, Refusal> {
        let reading = std::pin::pin!(to_bytes(body, MOST_BODY));
        match select(reading, self.ports.clock.sleep(BODY_TIME)).await {
            Either::Left((read, _)) => read.map_err(|error| unreadable(&error)),
            Either::Right(_) => {
                Err(refusal(StatusCode::REQUEST_TIMEOUT, "the body took too long to arrive", None))
            }
        }
    }

    /// The tenant whose path it is. Unknown, malformed and deleted look the same; a malformed id is not looked up.
    async fn tenant_of(&self, head: &Parts) -> Result<(TenantId, Arc<Tenant>), Refusal> {
        let path = head.uri.path();
        // Clients look for a way to sign in (RFC 8414, RFC 9728) at every server: there is none, and nobody guesses here.
        if path.contains("/.well-known/") {
            return Err(refusal(StatusCode::NOT_FOUND, "there is nothing to sign in to", None));
        }
        let id = path.strip_prefix("/mcp/").map(|it| it.strip_suffix('/').unwrap_or(it));
        let id: Option<TenantId> = id.and_then(|it| it.parse().ok());
        let found = match &id {
            Some(id) => self.tenant(id).await.map_err(|failure| {
                tracing::error!(%failure, "a tenant cannot be loaded");
                refusal(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the service cannot read its database now",
                    Some(FULL),
                )
            })?,
            None => None,
        };
        match id.zip(found) {
            Some(known) => Ok(known),
            // Counted only here: somebody who guesses from an address that others share slows nobody but guessers.
            None => {
                let address = head.extensions.get::<ClientAddress>().map_or("", |it| it.0.as_str());
                let counted = self.limiter.check(Limit::Unknown, address).await;
                counted
                    .map_err(|wait| too_fast(wait, "too many requests for endpoints that do not exist"))?;
                Err(refusal(StatusCode::NOT_FOUND, "there is no such endpoint", None))
            }
        }
    }

    /// The day stands in the row; the write does not hold up the call.
    fn note_use(&self, id: TenantId, tenant: &Arc<Tenant>) {
        let day = self.today();
        if !tenant.is_first_use_on(&day) {
            return;
        }
        let (store, tenant) = (self.store.clone(), tenant.clone());
        self.ports.background.run(Box::pin(async move {
            if let Err(failure) = store.note_use(&id, &day).await {
                tenant.forget_use();
                tracing::warn!(%failure, "the day of last use is not noted");
            }
        }));
    }

    pub(super) fn request_id(&self) -> String {
        let mut bytes = [0; 4];
        // Without randomness the id is no less an id.
        let _ = self.entropy.fill(&mut bytes);
        bytes.iter().map(|it| format!("{it:02x}")).collect()
    }
}

/// A panic is this request's alone, and is told by an id that the log has too.
async fn call(server: &mcp::server::Server, request: &http::Request<Bytes>, id: &str) -> Answer {
    let outcome = AssertUnwindSafe(mcp::http::respond(server, request)).catch_unwind().await;
    outcome.unwrap_or_else(|_| {
        tracing::error!("a panic");
        let why = format!("something went wrong here; the operator finds it under {id}");
        mcp::http::error_response(StatusCode::INTERNAL_SERVER_ERROR, &why)
    })
}

/// Why a request does not reach its server.
pub(super) struct Refusal {
    status: StatusCode,
    why: &'static str,
    wait: Option<Duration>,
}

fn refusal(status: StatusCode, why: &'static str, wait: Option<Duration>) -> Refusal {
    Refusal { status, why, wait }
}

fn too_fast(wait: Duration, why: &'static str) -> Refusal {
    refusal(StatusCode::TOO_MANY_REQUESTS, why, Some(wait))
}

fn unreadable(error: &axum::Error) -> Refusal {
    let source = std::error::Error::source(error);
    if source.is_some_and(|it| it.to_string().contains("length limit")) {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB", None);
    }
    refusal(StatusCode::BAD_REQUEST, "the body could not be read", None)
}

impl Refusal {
    fn answer(self) -> Answer {
        let mut answer = mcp::http::error_response(self.status, self.why);
        if let Some(wait) = self.wait {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        answer
    }
}
