//! The settings of the simulated site: how it is configured, and which of two possible behaviours it shows where the
//! vendor documents none.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::constants::{ACCOUNT_ATTRIBUTE, MAIN_EMAIL};

/// The settings of the simulated site. [`Sandbox::settings`](crate::Sandbox::settings) changes them, and so does
/// `POST /__sandbox/settings` with a JSON object of the fields to change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Start time (HH:MM:SS) of a worklog that is created without one. With `None` the response has no `startTime`.
    /// Tempo does not document what it does.
    pub default_start_time: Option<String>,
    /// An invalid item rejects the whole bulk call. Otherwise the items before it stay stored.
    pub bulk_atomic: bool,
    /// The response to a bulk call lists the worklogs in reverse order.
    pub bulk_reversed_order: bool,
    /// A bulk call rejects items if a remaining estimate is required, since an item cannot have one.
    pub bulk_needs_remaining_estimate: bool,
    /// Origin of `metadata.next` and `previous`; `None` is the origin of the request.
    pub next_origin: Option<String>,
    /// A View scope also permits searches, which are POST requests.
    pub view_may_search: bool,
    /// The maximum number of results in a page, regardless of the requested limit.
    pub page_limit: Option<usize>,
    pub remaining_estimate_required: bool,
    pub description_required: bool,
    /// Keys of the work attributes that a worklog must have.
    pub required_attributes: Vec<String>,
    /// Periods up to and including this day are closed.
    pub closed_until: Option<Date>,
    /// The maximum time that one user can log on one day, in seconds.
    pub max_seconds_per_day: Option<u64>,
    /// How many days in the future work can be logged.
    pub days_into_future: i32,
    pub allow_logging_on_closed_account: bool,
    /// Override Mode: an administrator may bypass closed periods.
    pub allow_overrides: bool,
    pub error_shape: ErrorShape,
    /// Tempo's 403 is JSON instead of an HTML page.
    pub forbidden_as_json: bool,
    /// `GET /globalconfiguration` responds with 403.
    pub global_configuration_refused: bool,
    /// Scopes that all Tempo tokens lack: `worklogs`, `schemes`, `accounts`, `approvals`, `plans`, `teams`, `periods`.
    pub missing_scopes: Vec<String>,
    /// The link in the response to `/user-schedule` names the token's owner. Otherwise it repeats the request.
    pub schedule_link_names_owner: bool,
    /// The data is in another of Tempo's regions: every token is rejected with 401.
    pub wrong_region: bool,
    pub no_schedule: Option<NoSchedule>,
    /// Jira's users have no `timeZone`.
    pub hide_time_zone: bool,
    /// Jira's users have no `emailAddress`.
    pub hide_email: bool,
    /// Jira's `GET /myself` responds with 403.
    pub myself_refused: bool,
    /// The key of the work attribute of type ACCOUNT.
    pub account_attribute_key: String,
    /// Issues have their Tempo account in `customfield_10039`.
    pub account_field_on_issues: bool,
    pub jira_auth: JiraAuth,
    /// Jira's 401 is an HTML page instead of JSON.
    pub unauthorized_as_html: bool,
    /// A personal access token that the Jira site accepts as a bearer token, as Data Center does.
    pub jira_bearer_token: Option<String>,
    /// JQL rejects the id or key of an issue that does not exist. Otherwise the condition matches nothing.
    pub jql_refuses_unknown_issues: bool,
    /// The lifetime of an OAuth access token, in seconds.
    pub token_lifetime: u64,
    /// Using a rotated refresh token again also revokes the tokens that replaced it.
    pub refresh_reuse_revokes_family: bool,
    /// `/authorize` redirects at once instead of showing the consent page.
    pub auto_consent: bool,
    /// E-mail address of the user who is signed in at `/authorize`.
    pub signed_in_email: String,
    /// Redirect URIs registered with the OAuth app. If the list is empty, any is accepted.
    pub redirect_uris: Vec<String>,
    /// Delay of every response, in milliseconds.
    pub latency_ms: u64,
    /// Turn this off to measure performance: logging a response costs more than producing it.
    pub logs_requests: bool,
    /// Requests per second and token; requests above it get 429.
    pub rate_limit: Option<u32>,
}

/// The forms that Tempo's errors take: production sends an array, the documentation shows an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    Array,
    Object,
    String,
}

/// How Tempo responds for a user without a workload scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSchedule {
    /// 200 with no days.
    Empty,
    /// 404.
    NotFound,
}

/// Where Basic authentication with the main user's classic API token works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JiraAuth {
    /// At the site and at the gateway.
    Site,
    /// At the gateway only, as with a scoped token. The site responds with 401.
    GatewayOnly,
}

// Longer than other functions: it is a table with one line for each setting.
impl Default for Settings {
    fn default() -> Settings {
        Settings {
            default_start_time: Some("08:00:00".to_owned()),
            bulk_atomic: true,
            bulk_reversed_order: false,
            bulk_needs_remaining_estimate: false,
            next_origin: None,
            view_may_search: false,
            page_limit: None,
            remaining_estimate_required: false,
            description_required: false,
            required_attributes: Vec::new(),
            closed_until: None,
            max_seconds_per_day: Some(24 * 3600),
            days_into_future: 365,
            allow_logging_on_closed_account: false,
            allow_overrides: false,
            error_shape: ErrorShape::Array,
            forbidden_as_json: false,
            global_configuration_refused: false,
            missing_scopes: Vec::new(),
            schedule_link_names_owner: true,
            wrong_region: false,
            no_schedule: None,
            hide_time_zone: false,
            hide_email: false,
            myself_refused: false,
            account_attribute_key: ACCOUNT_ATTRIBUTE.to_owned(),
            account_field_on_issues: true,
            jira_auth: JiraAuth::Site,
            unauthorized_as_html: false,
            jira_bearer_token: None,
            jql_refuses_unknown_issues: true,
            token_lifetime: 3600,
            refresh_reuse_revokes_family: false,
            auto_consent: false,
            signed_in_email: MAIN_EMAIL.to_owned(),
            redirect_uris: Vec::new(),
            latency_ms: 0,
            logs_requests: true,
            rate_limit: None,
        }
    }
}
