//! The sandbox as its users see it: one simulated site, called in process. `server.rs` serves it over HTTP.

use std::sync::Arc;

use bytes::Bytes;
use jiff::civil::Date;
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;

use crate::{
    connection_error::ConnectionError,
    constants::{JIRA_TOKEN, MAIN_EMAIL, TEMPO_TOKEN},
    control,
    dataset::{self, main_user_zone},
    faults::Fault,
    pipeline,
    request::Request,
    request_log::Exchange,
    settings::Settings,
    state::State,
    tempo,
};

/// A simulated Tempo and Jira site with an Atlassian login. Clones share its state.
///
/// ```
/// use bytes::Bytes;
/// use tempo_sandbox::{Options, Sandbox, TEMPO_TOKEN};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::new(Options { today: Some(jiff::civil::date(2025, 3, 20)) });
///
/// let request = http::Request::get("/4/worklogs?from=2025-03-20&limit=1")
///     .header("authorization", format!("Bearer {TEMPO_TOKEN}"))
///     .body(Bytes::new())?;
/// let response = sandbox.call(request).await?;
///
/// assert_eq!(response.status(), 200);
/// let page: serde_json::Value = serde_json::from_slice(response.body())?;
/// assert_eq!(page["results"][0]["startDate"], "2025-03-20");
/// # Ok(())
/// # }
/// ```
///
/// Faults make requests fail on purpose:
///
/// ```
/// use tempo_sandbox::{Effect, Fault, Options, Sandbox};
///
/// let sandbox = Sandbox::new(Options::default());
/// sandbox.add_faults(vec![Fault::on("GET", "/4/worklogs", Effect::status(503)).times(1)]);
/// ```
#[derive(Debug, Clone)]
pub struct Sandbox {
    state: Arc<Mutex<State>>,
}

/// How a [`Sandbox`] starts.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The last day of the data set. The clock starts at 15:00 on this day in the main user's time zone.
    /// With `None` it starts at the real time.
    pub today: Option<Date>,
}

impl Sandbox {
    /// Creates a site with the data set described in the crate's documentation.
    pub fn new(options: Options) -> Sandbox {
        Sandbox { state: Arc::new(Mutex::new(State::new(options.today))) }
    }

    /// Sends one request in process. It is handled exactly as over HTTP.
    ///
    /// # Errors
    ///
    /// A [`ConnectionError`] if a fault breaks the connection.
    pub async fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, ConnectionError> {
        let request = Request::parse(request);
        if request.segments.first().is_some_and(|first| first == "__sandbox") {
            return Ok(self.control(&request));
        }
        pipeline::respond(&self.state, request).await
    }

    fn control(&self, request: &Request) -> http::Response<Bytes> {
        let mut state = self.lock();
        control::respond(&mut state, request).into_http(state.now())
    }

    /// The environment variables that point a client at this sandbox, as the main user.
    ///
    /// `base_url` is the address that the sandbox is served at, with or without a slash at the end.
    pub fn environment(&self, base_url: &str) -> Vec<(&'static str, String)> {
        let base = base_url.trim_end_matches('/').to_owned();
        vec![
            ("TEMPO_API_TOKEN", TEMPO_TOKEN.to_owned()),
            ("TEMPO_BASE_URL", base.clone()),
            ("JIRA_BASE_URL", base.clone()),
            ("JIRA_EMAIL", MAIN_EMAIL.to_owned()),
            ("JIRA_API_TOKEN", JIRA_TOKEN.to_owned()),
            ("ATLASSIAN_API_URL", base.clone()),
            ("ATLASSIAN_AUTH_URL", base),
            ("TEMPO_MCP_PACING", "off".to_owned()),
        ]
    }

    /// Adds faults to the end of the list. The first fault that matches a request is injected.
    pub fn add_faults(&self, faults: Vec<Fault>) {
        self.lock().faults.add(faults);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// The current faults. Their `skip` and `times` are what remains of them.
    pub fn faults(&self) -> Vec<Fault> {
        self.lock().faults.list().to_vec()
    }

    /// Resets the data, faults, settings, request log, logins and clock to their initial state.
    pub fn reset(&self) {
        self.lock().reset();
    }

    /// The logged requests, oldest first, since the start, the last reset or the last
    /// [`Sandbox::clear_requests`].
    pub fn requests(&self) -> Vec<Exchange> {
        self.lock().log.entries()
    }

    /// Empties the request log.
    pub fn clear_requests(&self) {
        self.lock().log.clear();
    }

    /// Changes the settings. They apply from the next request on.
    pub fn settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.lock().settings);
    }

    /// The current time on the vendors' clock.
    pub fn now(&self) -> jiff::Timestamp {
        self.lock().now()
    }

    /// The current date in the main user's time zone.
    pub fn today(&self) -> Date {
        self.now().to_zoned(main_user_zone()).date()
    }

    /// All worklogs in Tempo's JSON, by ascending id.
    pub fn worklogs(&self) -> Vec<Value> {
        let state = self.lock();
        tempo::worklog_wire::all(&state.site, &state.settings)
    }

    /// Revokes all OAuth access tokens before they expire. Refresh tokens stay valid.
    pub fn revoke_access_tokens(&self) {
        self.lock().oauth.revoke_access_tokens();
    }

    /// Adds `count` worklogs of 15 minutes for the main user, spread over the year before today and over
    /// `issues` issues (project BULK, keys BULK-1 and up).
    pub fn add_worklogs(&self, count: usize, issues: usize) {
        let mut state = self.lock();
        let now = state.now();
        dataset::add_generated_worklogs(&mut state.site, now, count, issues);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}
