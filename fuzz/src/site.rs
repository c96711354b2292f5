//! One tenant of the simulated site, and the wire to it, on which a target can put its own responses.

use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use tempo_mcp_core::{
    config::Loaded,
    ports::{
        Background, Clock, Entropy, EntropyError, HttpClient, HttpError, HttpErrorKind, Ports,
        RESPONSE_HEADERS,
    },
    tools::Context,
};
use tempo_sandbox::{Options, Sandbox};
use tokio::{
    runtime::{Builder, Runtime},
    time::Instant,
};

const BASE: &str = "http://sandbox.localhost";

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
    let (sandbox, clock) = block_on(async {
        let sandbox = SANDBOX.with(Sandbox::clone);
        let clock = PausedClock { now: sandbox.now(), began: Instant::now() };
        (sandbox, clock)
    });
    sandbox.clear_requests();
    let mut variables: HashMap<&str, String> = sandbox.environment(BASE).into_iter().collect();
    variables.insert("TEMPO_MCP_READ_ONLY", read_only.to_string());
    let ports = Ports {
        clock: Arc::new(clock),
        http: Arc::new(Wire { sandbox, reply }),
        background: Arc::new(Spawn),
        entropy: Arc::new(Zeros),
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

/// The runtime's paused time, which goes on only while everything waits.
struct PausedClock {
    now: Timestamp,
    began: Instant,
}

#[async_trait]
impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        self.now + self.began.elapsed()
    }

    fn monotonic(&self) -> Duration {
        self.began.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// So that a run can be repeated.
struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(0);
        Ok(())
    }
}

struct Spawn;

impl Background for Spawn {
    fn run(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        tokio::spawn(work);
    }
}
