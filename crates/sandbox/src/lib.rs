//! A stateful simulation of Tempo Timesheets (REST v4), Jira Cloud (REST v3) and the Atlassian login, for tests of
//! their clients.
//!
//! Everything has the same origin: Tempo under `/4/`, Jira under `/rest/api/3/` (the site) and
//! `/ex/jira/{cloudId}/rest/api/3/` (the gateway), and the login under `/authorize` and `/oauth/`. Call a [`Sandbox`]
//! in process with [`Sandbox::call`], or serve it over HTTP with [`Sandbox::serve`].
//!
//! The crate shares no types with any client, because a simulation that does cannot catch a client's mistakes.
//!
//! # Data set
//!
//! The data set covers the current week and the eight weeks before. The same day always gives the same data.
//!
//! | user | e-mail address | workload |
//! | --- | --- | --- |
//! | Alex Novak, the main user (Europe/Berlin) | alex.novak@example.com | Monday to Friday, 8 h |
//! | Priya Raman (Asia/Kolkata) | priya.raman@example.com | Monday to Friday, 8 h |
//! | Jonas Weber (Europe/Berlin) | jonas.weber@example.com | Monday to Wednesday 8 h, Thursday 4 h |
//! | Maria Santos (America/Sao_Paulo) | maria.santos@example.com | Monday to Friday, 8 h |
//! | Ingrid Olsen, project lead, Tempo administrator (Europe/Oslo) | ingrid.olsen@example.com | Monday to Friday, 8 h |
//! | Tom Baker, left the company (inactive) | tom.baker@example.com | Monday to Friday, 8 h; no worklogs |
//!
//! - Projects: WEB (issue ids from 11001), MOB (12001), OPS (13001), INT (14001) and SEC (15001). Only the lead can
//!   see SEC. In INT, users see only their own worklogs. WEB-12 is a login bug. MOB-7 was WEB-9 before it was moved,
//!   and is still found by that key.
//! - Accounts: HARBOR-DEV (default of WEB), HARBOR-SUP, LANTERN-APP (default of MOB), INTERNAL (global), HARBOR-OLD
//!   (closed) and HARBOR-2019 (archived). Issues have theirs in `customfield_10039`.
//! - Work attributes: `_Account_`, `_WorkType_` (static list), `_Overtime_` (checkbox), `_Ticket_` (text) and
//!   `_Kilometers_` (number). None is required.
//! - Holidays: "Founders Day" on Wednesday three weeks before this week, "Harvest Sunday" on Sunday four weeks before,
//!   and "Team Afternoon" (four hours) on Thursday five weeks before.
//! - Alex's current week: 5 h 30 min on Monday, nothing on Wednesday, 8 h on the other days before today, and
//!   2 h 30 min today. Alex's previous week: nothing on Tuesday and 6 h on Thursday. The earlier weeks are complete,
//!   with two additional hours on Saturday three weeks before this week and ten hours on Monday six weeks before.
//! - Worklog ids start at 7001. The ids of the corresponding Jira worklogs overlap with them, and every fiftieth
//!   worklog has no Jira worklog.
//!
//! # Tokens
//!
//! - Tempo: [`TEMPO_TOKEN`] (full access as Alex), [`TEMPO_VIEW_TOKEN`] (View scopes only), [`TEMPO_WORKLOGS_TOKEN`]
//!   (the Worklogs scope only), [`COLLEAGUE_TEMPO_TOKEN`] and [`LEAD_TEMPO_TOKEN`].
//! - Jira, for Basic authentication with the owner's e-mail address: [`JIRA_TOKEN`], [`JIRA_SCOPED_TOKEN`] (gateway
//!   only), [`COLLEAGUE_JIRA_TOKEN`] and [`LEAD_JIRA_TOKEN`].
//! - The login's OAuth app is [`OAUTH_CLIENT_ID`] with [`OAUTH_CLIENT_SECRET`]. Add `&sandbox_consent=auto` to the
//!   authorization URL to skip the consent page.
//!
//! # Control
//!
//! In process, use the methods of [`Sandbox`]. Over HTTP:
//!
//! | request | effect |
//! | --- | --- |
//! | `GET /__sandbox/faults` | returns the faults |
//! | `POST /__sandbox/faults` | replaces the faults with a JSON array of [`Fault`] |
//! | `GET /__sandbox/settings` | returns the [`Settings`] |
//! | `POST /__sandbox/settings` | changes the settings in a JSON object |
//! | `GET /__sandbox/requests` | returns the request log, an array of [`Exchange`] |
//! | `DELETE /__sandbox/requests` | empties the request log |
//! | `POST /__sandbox/revoke-access-tokens` | revokes all OAuth access tokens; refresh tokens stay valid |
//! | `POST /__sandbox/seed` | adds worklogs: `{"worklogs":50000,"issues":200}` |
//! | `POST /__sandbox/reset` | resets everything to its initial state |

mod api_tokens;
mod clock;
mod connection_error;
mod constants;
mod context;
mod control;
mod dataset;
mod faults;
mod jira;
mod model;
mod oauth;
mod pipeline;
mod rate_limiter;
mod request;
mod request_log;
mod response;
mod sandbox;
mod server;
mod settings;
mod site_data;
#[cfg(feature = "spec")]
pub mod spec;
mod state;
mod tempo;

pub use crate::{
    connection_error::ConnectionError,
    constants::{
        ACCOUNT_ATTRIBUTE, ACCOUNT_FIELD, CLOUD_ID, COLLEAGUE_ACCOUNT_ID, COLLEAGUE_EMAIL,
        COLLEAGUE_JIRA_TOKEN, COLLEAGUE_NAME, COLLEAGUE_TEMPO_TOKEN, FORMER_ACCOUNT_ID, JIRA_SCOPED_TOKEN,
        JIRA_TOKEN, LEAD_ACCOUNT_ID, LEAD_JIRA_TOKEN, LEAD_TEMPO_TOKEN, MAIN_ACCOUNT_ID, MAIN_EMAIL,
        MAIN_NAME, MAIN_ZONE, OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, OTHER_COLLEAGUE_ACCOUNT_ID,
        PART_TIMER_ACCOUNT_ID, TEAM_ID, TEMPO_TOKEN, TEMPO_VIEW_TOKEN, TEMPO_WORKLOGS_TOKEN, WORK_TYPES,
    },
    faults::{Effect, Fault},
    request_log::Exchange,
    sandbox::{Options, Sandbox},
    settings::{ErrorShape, JiraAuth, NoSchedule, Settings},
};
