//! One tenant of the simulated site, and the wire to it, on which a target can put its own responses.

use std::{
    collections::HashMap,
    future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use tempo_mcp_core::{
    config::Loaded,
    ports::{Background, Clock, HttpClient, HttpError, HttpErrorKind, Ports, RESPONSE_HEADERS},
    tools::Context,
};
use tempo_sandbox::{Options, Sandbox};
use tokio::runtime::{Builder, Runtime};

const BASE: &str = "http://sandbox.localhost";

/// No pause between tries is as long as this; the deadline of a call is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A response in place of the site's; `None`: the site answers.
pub(crate) type Reply = Option<Result<Response<Bytes>, HttpError>>;

thread_local! {
    /// With paused time: the site's own pauses take none.
    static RUNTIME: Runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O asks the system for nothing");
    /// Shared by all runs, since making one takes longer than a run. Nothing that would change it may reach it.
    static SANDBOX: Sandbox = Sandbox::new(Options { today: Some(jiff::civil::date(2026, 3, 18)) });
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.with(|it| it.block_on(work))
}

/// A tenant whose requests are first shown to `reply`.
pub(crate) fn context(
    read_only: bool,
    reply: impl Fn(&Request<Bytes>) -> Reply + Send + Sync + 'static,
) -> Context {
    // The site's clock is the runtime's.
    let (sandbox, start) = block_on(async {
        let sandbox = SANDBOX.with(Sandbox::clone);
        let now = sandbox.now();
        (sandbox, now)
    });
    sandbox.clear_requests();
    let mut variables: HashMap<&str, String> = sandbox.environment(BASE).into_iter().collect();
    variables.insert("TEMPO_MCP_READ_ONLY", read_only.to_string());
    let ports = Ports {
        clock: Arc::new(SleepClock { start, slept_ms: AtomicU64::new(0) }),
        http: Arc::new(Wire { sandbox, reply }),
        background: Arc::new(Spawn),
    };
    Context::new(&Loaded::from_lookup(&|name| variables.get(name).cloned()), ports)
}

/// Whether a request changes something. Only Tempo is written to, and its searches are POSTs too.
pub(crate) fn is_write(request: &Request<Bytes>) -> bool {
    let path = request.uri().path();
    match *request.method() {
        Method::GET => false,
        Method::POST => path.starts_with("/4/") && !path.ends_with("/search"),
        _ => true,
    }
}

/// Refuses the connection: the request never left this machine.
pub(crate) fn not_sent() -> Reply {
    Some(Err(HttpError { sent: false, cause: HttpErrorKind::Connect }))
}

struct Wire<F> {
    sandbox: Sandbox,
    reply: F,
}

#[async_trait]
impl<F: Fn(&Request<Bytes>) -> Reply + Send + Sync> HttpClient for Wire<F> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        if let Some(reply) = (self.reply)(&request) {
            return reply;
        }
        assert!(!is_write(&request), "{} {} would change the site", request.method(), request.uri().path());
        let mut response = self.sandbox.call(request).await.expect("no faults are set");
        let all = std::mem::take(response.headers_mut());
        let wanted = all.into_iter().filter_map(|(name, value)| Some((name?, value)));
        response.headers_mut().extend(wanted.filter(|(name, _)| RESPONSE_HEADERS.contains(name)));
        Ok(response)
    }
}

/// Only pauses make it go on. The deadline of a call never comes.
struct SleepClock {
    start: Timestamp,
    slept_ms: AtomicU64,
}

#[async_trait]
impl Clock for SleepClock {
    fn now(&self) -> Timestamp {
        self.start + Duration::from_millis(self.slept_ms.load(Ordering::Relaxed))
    }

    async fn sleep(&self, duration: Duration) {
        if duration > LONGEST_PAUSE {
            future::pending::<()>().await;
        }
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.slept_ms.fetch_add(ms + 1, Ordering::Relaxed);
    }
}

struct Spawn;

impl Background for Spawn {
    fn run(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        tokio::spawn(work);
    }
}
