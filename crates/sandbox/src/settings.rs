//! The knobs: how the simulated site is configured, and which way an undocumented behaviour is played.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Changed with [`Sandbox::settings`](crate::Sandbox::settings) or `POST /__sandbox/settings` (a JSON object
/// with the fields to change).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Start time (HH:MM:SS) of a worklog created without one; None leaves `startTime` out of the answer. Tempo does not
    /// document which.
    pub default_start_time: Option<String>,
    /// A bad item refuses the whole bulk call; otherwise the items before it stay stored.
    pub bulk_atomic: bool,
    /// The bulk answer lists the worklogs last first.
    pub bulk_reversed_order: bool,
    /// The bulk call refuses items where a remaining estimate is required, since an item cannot carry one.
    pub bulk_needs_remaining_estimate: bool,
    /// Origin of `metadata.next` and `previous`; None is the origin the request came to.
    pub next_host: Option<String>,
    /// A View scope also permits the searches that are POST requests.
    pub view_may_search: bool,
    /// The most results a page holds, whatever was asked.
    pub page_limit: Option<usize>,
    pub remaining_estimate_required: bool,
    pub description_required: bool,
    /// Keys of work attributes that a worklog must have.
    pub required_attributes: Vec<String>,
    /// Periods up to this day are closed.
    pub closed_until: Option<Date>,
    /// The most seconds one person can have on one day.
    pub max_seconds_per_day: Option<u64>,
    pub days_into_future: i32,
    pub allow_logging_on_closed_account: bool,
    /// Override Mode: an administrator may bypass closed periods.
    pub allow_overrides: bool,
    pub error_shape: ErrorShape,
    /// Tempo's 403 is JSON instead of an HTML page.
    pub forbidden_as_json: bool,
    pub global_configuration_refused: bool,
    /// Scopes that every Tempo token lacks: `worklogs`, `schemes`, `accounts`, `approvals`, `plans`, `teams`, `periods`.
    pub missing_scopes: Vec<String>,
    /// The link in the answer to `/user-schedule` names the token's owner; otherwise it repeats the request.
    pub schedule_link_names_owner: bool,
    /// The data lives in another of Tempo's clusters: every token is refused with 401.
    pub wrong_region: bool,
    pub no_schedule: Option<NoSchedule>,
    pub hide_time_zone: bool,
    pub hide_email: bool,
    /// `/myself` answers 403.
    pub myself_refused: bool,
    pub account_attribute_key: String,
    /// Issues carry the account in `customfield_10039`.
    pub account_field_on_issues: bool,
    pub jira_auth: JiraAuth,
    /// Jira's 401 is an HTML page instead of JSON.
    pub unauthorized_as_html: bool,
    /// A personal access token that Jira takes as a bearer token at the site, as Data Center does.
    pub jira_bearer_token: Option<String>,
    /// JQL refuses an issue id or key that does not exist; otherwise it matches nothing.
    pub jql_refuses_unknown_issues: bool,
    /// Seconds an OAuth access token lives.
    pub token_lifetime: u64,
    /// A rotated refresh token that is used again also ends its successors.
    pub refresh_reuse_burns_family: bool,
    /// `/authorize` redirects at once instead of showing the consent page.
    pub consent_auto: bool,
    /// E-mail of the person who is signed in at `/authorize`.
    pub signed_in: String,
    /// Redirect addresses registered with the OAuth app; none registered accepts any.
    pub redirect_uris: Vec<String>,
    pub latency_ms: u64,
    /// Off for measuring: keeping every answer costs more than answering.
    pub logs_requests: bool,
    /// Requests per second and token before 429.
    pub rate_limit: Option<u32>,
}

/// The shapes in which Tempo's errors have been seen: production sends an array, its documentation an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    Array,
    Object,
    String,
}

/// How a person without a workload scheme looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSchedule {
    /// 200 with no days.
    Empty,
    NotFound,
}

/// Where Basic authentication with the classic API token works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JiraAuth {
    Site,
    /// The main user's classic token behaves as a scoped one: 401 at the site, accepted at the gateway.
    GatewayOnly,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            default_start_time: Some("08:00:00".to_owned()),
            bulk_atomic: true,
            bulk_reversed_order: false,
            bulk_needs_remaining_estimate: false,
            next_host: None,
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
            account_attribute_key: crate::data::ACCOUNT_ATTRIBUTE.to_owned(),
            account_field_on_issues: true,
            jira_auth: JiraAuth::Site,
            unauthorized_as_html: false,
            jira_bearer_token: None,
            jql_refuses_unknown_issues: true,
            token_lifetime: 3600,
            refresh_reuse_burns_family: false,
            consent_auto: false,
            signed_in: crate::people::MAIN_EMAIL.to_owned(),
            redirect_uris: Vec::new(),
            latency_ms: 0,
            logs_requests: true,
            rate_limit: None,
        }
    }
}
