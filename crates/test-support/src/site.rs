//! A tenant on a simulated site, in process and on paused time: where every test of a tool starts.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use tempo_mcp_core::{
    config::Loaded,
    ports::{
        Background, Clock, Entropy, EntropyError, HttpClient, HttpError, HttpErrorKind, Ports,
        RESPONSE_HEADERS,
    },
    tools::{self, Context, Error},
};
use tempo_sandbox::{ConnectionError, Effect, Fault, Options, Sandbox, Settings};

/// A Wednesday. The sandbox's documentation lists the worklogs around it.
pub const TODAY: &str = "2026-03-18";

const BASE: &str = "http://sandbox.localhost";

pub struct Site {
    pub sandbox: Sandbox,
    pub context: Context,
}

/// What a client receives: a result, or the text of an error.
#[derive(Debug)]
pub struct Outcome {
    pub text: String,
    pub structured: Value,
    pub is_error: bool,
}

impl Site {
    pub fn new() -> Self {
        Self::with(&[], |_| ())
    }

    /// A site with a clock of its own instead of the simulation's.
    pub fn on_clock(clock: impl FnOnce(Arc<dyn Clock>) -> Arc<dyn Clock>) -> Self {
        let site = Self::new();
        let ports = ports(&site.sandbox);
        let ports = Ports { clock: clock(ports.clock.clone()), ..ports };
        Self { context: context_over(&site.sandbox, &[], ports), ..site }
    }

    /// A site with other variables than the sandbox's (an empty value unsets one) and other settings.
    pub fn with(variables: &[(&str, &str)], settings: impl FnOnce(&mut Settings)) -> Self {
        let sandbox = Sandbox::new(Options { today: Some(TODAY.parse().unwrap()) });
        sandbox.settings(settings);
        let context = context(&sandbox, variables);
        Self { sandbox, context }
    }

    /// A site with other ports, such as a recording wire or a wrong clock.
    pub fn over(sandbox: &Sandbox, variables: &[(&str, &str)], ports: Ports) -> Self {
        Self { sandbox: sandbox.clone(), context: context_over(sandbox, variables, ports) }
    }

    /// The same person in a new process: nothing is cached.
    pub fn restarted(&self) -> Self {
        Self { sandbox: self.sandbox.clone(), context: context(&self.sandbox, &[]) }
    }

    pub async fn call(&self, tool: &str, arguments: Value) -> Outcome {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        let tool = tools::find(tool).unwrap();
        match tool.call(&self.context, arguments).await {
            Ok(result) => Outcome {
                text: result.text,
                structured: result.structured.to_value(),
                is_error: result.is_error,
            },
            Err(error) => Outcome {
                text: error.message(&self.context.audience),
                structured: Value::Null,
                is_error: true,
            },
        }
    }

    /// The error itself, for tests of its kind rather than its text.
    pub async fn error(&self, tool: &str, arguments: Value) -> Error {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        tools::find(tool).unwrap().call(&self.context, arguments).await.unwrap_err()
    }

    /// The result of a call that has to succeed.
    pub async fn ok(&self, tool: &str, arguments: Value) -> Outcome {
        let outcome = self.call(tool, arguments).await;
        assert!(!outcome.is_error, "{}", outcome.text);
        outcome
    }

    /// The text of a call that has to fail.
    pub async fn err(&self, tool: &str, arguments: Value) -> String {
        let outcome = self.call(tool, arguments).await;
        assert!(outcome.is_error, "{}", outcome.text);
        outcome.text
    }

    /// Injects `effect` into requests to paths that match `path`: the first `times`, or all.
    pub fn fault(&self, method: &str, path: &str, times: Option<u32>, effect: Effect) {
        let fault = Fault { method: Some(method.into()), path: Some(path.into()), skip: 0, times, effect };
        self.sandbox.add_faults(vec![fault]);
    }

    /// `METHOD /path` of every request so far, in order.
    pub fn requests(&self) -> Vec<String> {
        self.sandbox.requests().iter().map(|it| format!("{} {}", it.method, it.path)).collect()
    }
}

fn context(sandbox: &Sandbox, variables: &[(&str, &str)]) -> Context {
    context_over(sandbox, variables, ports(sandbox))
}

fn context_over(sandbox: &Sandbox, variables: &[(&str, &str)], ports: Ports) -> Context {
    let mut map: HashMap<String, String> =
        sandbox.environment(BASE).into_iter().map(|(name, value)| (name.into(), value)).collect();
    map.extend(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())));
    Context::new(&Loaded::from_lookup(&|name| map.get(name).cloned()), ports)
}

pub fn ports(sandbox: &Sandbox) -> Ports {
    Ports {
        http: Arc::new(InProcess(sandbox.clone())),
        clock: Arc::new(SandboxClock(sandbox.clone())),
        background: Arc::new(Spawned::default()),
        entropy: Arc::new(Zeros),
    }
}

struct InProcess(Sandbox);

#[async_trait]
impl HttpClient for InProcess {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        match tokio::time::timeout(Duration::from_secs(30), self.0.call(request)).await {
            Ok(Ok(response)) => Ok(with_response_headers(response)),
            Ok(Err(ConnectionError::Refused)) => {
                Err(HttpError { sent: false, cause: HttpErrorKind::Connect })
            }
            Ok(Err(ConnectionError::Reset)) => Err(HttpError { sent: true, cause: HttpErrorKind::Broken }),
            Err(_) => Err(HttpError { sent: true, cause: HttpErrorKind::Timeout }),
        }
    }
}

/// Drops all headers that an edge need not pass on.
fn with_response_headers(mut response: http::Response<Bytes>) -> http::Response<Bytes> {
    let all = std::mem::take(response.headers_mut());
    let wanted = all.into_iter().filter_map(|(name, value)| Some((name?, value)));
    response.headers_mut().extend(wanted.filter(|(name, _)| RESPONSE_HEADERS.contains(name)));
    response
}

/// The simulation's time. It only moves by sleeping, and with `start_paused` no test waits.
struct SandboxClock(Sandbox);

#[async_trait]
impl Clock for SandboxClock {
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

/// No randomness, so that every wait is as short as it can be, and the same in each run.
struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(0);
        Ok(())
    }
}

#[derive(Default)]
struct Spawned(Mutex<Vec<tokio::task::JoinHandle<()>>>);

impl Background for Spawned {
    fn run(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        let handle = tokio::spawn(work);
        self.0.lock().unwrap().push(handle);
    }
}
