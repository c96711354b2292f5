//! A stateful simulation of Tempo Timesheets (REST v4), Jira Cloud (REST v3) and the Atlassian login, for
//! whoever writes a client of them. Everything is on one origin: Tempo under `/4/`, Jira under `/rest/api/3/`
//! and, as at the gateway, under `/ex/jira/{cloudId}/rest/api/3/`, the login at `/authorize` and `/oauth/`.
//! Used in process through [`Sandbox::call`], or over HTTP through [`Sandbox::serve`].
//!
//! It knows no client: it shares no type with one, since a fake that shares types cannot catch mistakes.
//!
//! # Who and what exists
//!
//! The data set spans about eight weeks before today, and is the same for the same day.
//!
//! | person | e-mail | week |
//! | --- | --- | --- |
//! | Alex Novak, the main user (Europe/Berlin) | alex.novak@example.com | Monday to Friday, 8 h |
//! | Priya Raman (Asia/Kolkata) | priya.raman@example.com | Monday to Friday, 8 h |
//! | Jonas Weber (Europe/Berlin) | jonas.weber@example.com | Monday to Wednesday 8 h, Thursday 4 h |
//! | Maria Santos (America/Sao_Paulo) | maria.santos@example.com | Monday to Friday, 8 h |
//! | Ingrid Olsen, project lead, Tempo administrator (Europe/Oslo) | ingrid.olsen@example.com | Monday to Friday, 8 h |
//! | Tom Baker, left the company | tom.baker@example.com | none |
//!
//! - Projects WEB (issues 11001…), MOB (12001…), OPS (13001…), INT (14001…) and SEC (15001…). SEC is visible to
//!   the lead alone; in INT one sees only one's own worklogs. WEB-12 is the login bug. MOB-7 was WEB-9 before
//!   it was moved, and still answers to that key.
//! - Accounts HARBOR-DEV (default of WEB), HARBOR-SUP, LANTERN-APP (default of MOB), INTERNAL (global),
//!   HARBOR-OLD (closed) and HARBOR-2019 (archived). Issues name theirs in `customfield_10039`.
//! - Work attributes `_Account_`, `_WorkType_` (static list), `_Overtime_` (checkbox), `_Ticket_` (text) and
//!   `_Kilometers_` (number); none is required.
//! - Holidays: "Founders Day" on the Wednesday three weeks before this week, "Team Afternoon" (four hours) on
//!   the Thursday five weeks before, and "Harvest Sunday" on the Sunday four weeks before.
//! - Alex's current week: Monday has 5 h 30 min, Wednesday nothing, the other days before today 8 h, and today
//!   2 h 30 min. The week before: Tuesday has nothing, Thursday 6 h. Earlier weeks are complete, with two hours
//!   on a Saturday three weeks back and ten hours on the Monday six weeks back.
//! - Worklogs are numbered from 7001; the numbers of their Jira shadows overlap with them, and a few have none.
//!
//! # Tokens
//!
//! Tempo: [`TEMPO_TOKEN`] (everything, as Alex), [`TEMPO_VIEW_TOKEN`] (View scopes), [`TEMPO_WORKLOGS_TOKEN`]
//! (the Worklogs scope only), [`COLLEAGUE_TEMPO_TOKEN`] and [`LEAD_TEMPO_TOKEN`]. Jira, Basic with the owner's
//! e-mail: [`JIRA_TOKEN`], [`JIRA_SCOPED_TOKEN`] (gateway only), [`COLLEAGUE_JIRA_TOKEN`],
//! [`LEAD_JIRA_TOKEN`]. The login's app is [`OAUTH_CLIENT_ID`] with [`OAUTH_CLIENT_SECRET`]; a browser is spared
//! the consent page by `&sandbox_consent=auto`.
//!
//! # Control
//!
//! In process by the methods of [`Sandbox`]; over HTTP: `POST /__sandbox/faults` (a JSON array replaces the
//! faults), `GET` and `POST /__sandbox/settings` (an object with the fields to change), `GET` and
//! `DELETE /__sandbox/requests`, `POST /__sandbox/end-access-tokens` (before their time; refresh tokens stay good),
//! `POST /__sandbox/seed` `{"worklogs":50000,"issues":200}`, and `POST /__sandbox/reset`.

mod access;
mod answer;
mod call;
mod clock;
mod context;
mod control;
mod data;
mod faults;
mod jira;
mod log;
mod login;
mod people;
mod pipeline;
mod server;
mod settings;
#[cfg(feature = "spec")]
pub mod spec;
mod state;
mod tempo;
mod world;

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::{Request, Response};
use jiff::civil::Date;
use serde_json::Value;

pub use crate::{
    data::{ACCOUNT_ATTRIBUTE, ACCOUNT_FIELD, TEAM_ID, WORK_TYPES},
    faults::{Effect, Fault},
    log::Exchange,
    people::{
        CLOUD_ID, COLLEAGUE_ACCOUNT_ID, COLLEAGUE_EMAIL, COLLEAGUE_JIRA_TOKEN, COLLEAGUE_NAME,
        COLLEAGUE_TEMPO_TOKEN, FORMER_ACCOUNT_ID, JIRA_SCOPED_TOKEN, JIRA_TOKEN, LEAD_ACCOUNT_ID,
        LEAD_JIRA_TOKEN, LEAD_TEMPO_TOKEN, MAIN_ACCOUNT_ID, MAIN_EMAIL, MAIN_NAME, MAIN_ZONE,
        OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, OTHER_COLLEAGUE_ACCOUNT_ID, PART_TIMER_ACCOUNT_ID, TEMPO_TOKEN,
        TEMPO_VIEW_TOKEN, TEMPO_WORKLOGS_TOKEN,
    },
    settings::{ErrorShape, JiraAuth, NoSchedule, Settings},
};
use crate::{pipeline::lock, state::State};

/// A simulated site. Clones share it.
#[derive(Debug, Clone)]
pub struct Sandbox {
    state: Arc<Mutex<State>>,
    options: Options,
}

#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The day the data set ends on, where the clock starts at 15:00 of the main user; None is the real time.
    pub today: Option<Date>,
}

/// A request that got no answer. Over a socket both close the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// It never reached the vendor: the connection was refused.
    BeforeSending,
    /// The connection was reset; what the vendor did with the request is unknown.
    AnswerLost,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Broken::BeforeSending => "connection refused",
            Broken::AnswerLost => "connection reset before an answer",
        })
    }
}

impl std::error::Error for Broken {}

impl Sandbox {
    /// A site with the team data set.
    pub fn new(options: Options) -> Sandbox {
        Sandbox { state: Arc::new(Mutex::new(State::new(options.today))), options }
    }

    /// One request, in process: the same way as over HTTP.
    pub async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Broken> {
        let call = call::Call::read(request);
        if call.segments.first().is_some_and(|first| first == "__sandbox") {
            let answer = control::answer(self, &call);
            return Ok(answer.into_response(self.lock().now()));
        }
        pipeline::exchange(&self.state, call).await
    }

    /// For mounting elsewhere. A router cannot refuse a connection: there, [`Broken`] is an answer whose body
    /// breaks off.
    pub fn router(&self) -> axum::Router {
        server::router(self.clone())
    }

    /// Serves until `shutdown`; open connections then end. [`Broken`] closes the connection without an answer.
    pub async fn serve(
        self,
        listener: tokio::net::TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> std::io::Result<()> {
        server::serve(self, listener, shutdown).await
    }

    /// The variables that point a client at this sandbox as the main user.
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

    /// Adds faults behind those that are set.
    pub fn add_faults(&self, faults: Vec<Fault>) {
        self.lock().faults.add(faults);
    }

    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// The faults that are set, with the plays they have left.
    pub fn faults(&self) -> Vec<Fault> {
        self.lock().faults.list().to_vec()
    }

    /// Data, faults, settings, log, logins and clock back to the start.
    pub fn reset(&self) {
        let fresh = State::new(self.options.today);
        *self.lock() = fresh;
    }

    /// The requests since the start, the last reset, or the last [`Sandbox::clear_requests`].
    pub fn requests(&self) -> Vec<Exchange> {
        self.lock().log.entries()
    }

    pub fn clear_requests(&self) {
        self.lock().log.clear();
    }

    pub fn settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.lock().settings);
    }

    /// The vendors' clock.
    pub fn now(&self) -> jiff::Timestamp {
        self.lock().now()
    }

    /// The main user's day.
    pub fn today(&self) -> Date {
        self.lock().now().to_zoned(data::main_zone()).date()
    }

    /// Every stored worklog as Tempo writes it, by id.
    pub fn worklogs(&self) -> Vec<Value> {
        let state = self.lock();
        tempo::worklogs::all(&state.world, &state.settings)
    }

    /// Withdraws every access token of the login before its time; refresh tokens stay good.
    pub fn end_access_tokens(&self) {
        self.lock().login.end_access_tokens();
    }

    /// Adds `count` worklogs of the main user on `issues` issues (project BULK, keys BULK-1…): entries of 15
    /// minutes, spread over the year before today.
    pub fn add_worklogs(&self, count: usize, issues: usize) {
        let mut state = self.lock();
        let now = state.now();
        data::seed(&mut state.world, now, count, issues);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
