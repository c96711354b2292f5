//! The wire between the product and the simulated vendors: records requests, rewrites responses, and shifts clocks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::Value;
use tempo_mcp_core::ports::{Clock, HttpClient, HttpError, Ports};
use tempo_sandbox::{Options, Sandbox, Settings};
use tokio::time::Instant;

use crate::site::{Site, TODAY, ports};

type Rewrite = Box<dyn Fn(&str, &mut Value) + Send + Sync>;

/// An `HttpClient` that records what passes through it.
pub struct Wire {
    inner: Arc<dyn HttpClient>,
    rewrite: Rewrite,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    sent: Vec<Sent>,
    in_flight: HashMap<String, usize>,
    most_in_flight: HashMap<String, usize>,
}

/// One request that was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub at: Instant,
    pub host: String,
    pub path: String,
}

impl Wire {
    fn new(inner: Arc<dyn HttpClient>, rewrite: Rewrite) -> Arc<Self> {
        Arc::new(Self { inner, rewrite, seen: Mutex::default() })
    }

    /// All requests so far, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.seen.lock().unwrap().sent.clone()
    }

    /// The most requests in flight at once: to `Tempo`, to `Jira`, or to one path.
    pub fn most_in_flight(&self, what: &str) -> usize {
        self.seen.lock().unwrap().most_in_flight.get(what).copied().unwrap_or_default()
    }
}

#[async_trait]
impl HttpClient for Wire {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let path = request.uri().path().to_owned();
        let vendor = if path.starts_with("/4/") { "Tempo" } else { "Jira" };
        self.seen.lock().unwrap().sent.push(Sent {
            at: Instant::now(),
            host: request.uri().host().unwrap_or_default().to_owned(),
            path: path.clone(),
        });
        let _vendor = InFlight::start(self, vendor);
        let _path = InFlight::start(self, &path);
        let response = self.inner.send(request).await?;
        let Ok(mut body) = serde_json::from_slice::<Value>(response.body()) else { return Ok(response) };
        (self.rewrite)(&path, &mut body);
        Ok(response.map(|_| Bytes::from(body.to_string())))
    }
}

struct InFlight<'a>(&'a Wire, String);

impl<'a> InFlight<'a> {
    fn start(wire: &'a Wire, what: &str) -> Self {
        let mut seen = wire.seen.lock().unwrap();
        let now = seen.in_flight.entry(what.to_owned()).or_default();
        *now += 1;
        let now = *now;
        let most = seen.most_in_flight.entry(what.to_owned()).or_default();
        *most = now.max(*most);
        Self(wire, what.to_owned())
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        *self.0.seen.lock().unwrap().in_flight.entry(self.1.clone()).or_default() -= 1;
    }
}

/// A clock that is `ahead` of the vendors'.
struct WrongClock {
    inner: Arc<dyn Clock>,
    ahead: SignedDuration,
}

#[async_trait]
impl Clock for WrongClock {
    fn now(&self) -> jiff::Timestamp {
        self.inner.now() + self.ahead
    }

    fn monotonic(&self) -> Duration {
        self.inner.monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        self.inner.sleep(duration).await;
    }
}

/// A sandbox with other settings, on the day [`TODAY`].
pub fn sandbox(settings: impl FnOnce(&mut Settings)) -> Sandbox {
    let sandbox = Sandbox::new(Options { today: Some(TODAY.parse().unwrap()) });
    sandbox.settings(settings);
    sandbox
}

/// A site with a recording wire.
pub fn wired(variables: &[(&str, &str)], settings: impl FnOnce(&mut Settings)) -> (Site, Arc<Wire>) {
    rewritten(variables, settings, |_, _| ())
}

/// A site whose JSON responses pass through `rewrite`, together with the path of their request.
pub fn rewritten(
    variables: &[(&str, &str)],
    settings: impl FnOnce(&mut Settings),
    rewrite: impl Fn(&str, &mut Value) + Send + Sync + 'static,
) -> (Site, Arc<Wire>) {
    let sandbox = sandbox(settings);
    let ports = ports(&sandbox);
    let wire = Wire::new(ports.http.clone(), Box::new(rewrite));
    (Site::over(&sandbox, variables, Ports { http: wire.clone(), ..ports }), wire)
}

/// A process on `sandbox` whose own clock is `ahead` of the vendors'.
pub fn with_wrong_clock(sandbox: &Sandbox, ahead: SignedDuration) -> Site {
    let ports = ports(sandbox);
    let clock = Arc::new(WrongClock { inner: ports.clock.clone(), ahead });
    Site::over(sandbox, &[], Ports { clock, ..ports })
}
