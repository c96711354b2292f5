//! The fixed ids, names and tokens of the data set. Every token is recognizable as a fake.

/// Alex Novak, the main user: a developer in Berlin who works full time.
pub const MAIN_ACCOUNT_ID: &str = "712020:00000000-5a4d-4b0a-9a1e-000000000001";
/// The main user's e-mail address.
pub const MAIN_EMAIL: &str = "alex.novak@example.com";
/// The main user's display name.
pub const MAIN_NAME: &str = "Alex Novak";
/// The main user's time zone.
pub const MAIN_ZONE: &str = "Europe/Berlin";

/// Priya Raman, a colleague in Kolkata who works full time.
pub const COLLEAGUE_ACCOUNT_ID: &str = "5f0000000000000000000002";
/// Priya Raman's e-mail address.
pub const COLLEAGUE_EMAIL: &str = "priya.raman@example.com";
/// Priya Raman's display name.
pub const COLLEAGUE_NAME: &str = "Priya Raman";
/// Jonas Weber, a colleague who works from Monday to Thursday noon.
pub const PART_TIMER_ACCOUNT_ID: &str = "5f0000000000000000000003";
/// Maria Santos, a colleague in São Paulo who works full time.
pub const OTHER_COLLEAGUE_ACCOUNT_ID: &str = "5f0000000000000000000004";
/// Ingrid Olsen, the project lead and Tempo administrator. She sees everything.
pub const LEAD_ACCOUNT_ID: &str = "712020:00000000-5a4d-4b0a-9a1e-000000000005";
/// Tom Baker, who left the company. His account is inactive.
pub const FORMER_ACCOUNT_ID: &str = "5f0000000000000000000006";

/// The main user's Tempo token with full access.
pub const TEMPO_TOKEN: &str = "sandbox-tempo-token";
/// The main user's Tempo token with View scopes only.
pub const TEMPO_VIEW_TOKEN: &str = "sandbox-tempo-view-token";
/// The main user's Tempo token with the Worklogs scope only: no Accounts, Schemes, Periods or Teams.
pub const TEMPO_WORKLOGS_TOKEN: &str = "sandbox-tempo-worklogs-only-token";
/// Priya Raman's Tempo token with full access.
pub const COLLEAGUE_TEMPO_TOKEN: &str = "sandbox-tempo-token-priya";
/// The project lead's Tempo token with full access.
pub const LEAD_TEMPO_TOKEN: &str = "sandbox-tempo-token-ingrid";

/// The main user's classic Jira API token, for Basic authentication with the e-mail address.
pub const JIRA_TOKEN: &str = "sandbox-jira-token";
/// The main user's scoped Jira API token. The site responds with 401 to it; the gateway accepts it.
pub const JIRA_SCOPED_TOKEN: &str = "sandbox-jira-scoped-token";
/// Priya Raman's classic Jira API token.
pub const COLLEAGUE_JIRA_TOKEN: &str = "sandbox-jira-token-priya";
/// The project lead's classic Jira API token.
pub const LEAD_JIRA_TOKEN: &str = "sandbox-jira-token-ingrid";

/// The site's cloud id, which `/_edge/tenant_info` returns and the gateway's paths contain.
pub const CLOUD_ID: &str = "00000000-c10d-4000-8000-00005a4db0c5";

/// The client id of the OAuth app registered with the simulated login.
pub const OAUTH_CLIENT_ID: &str = "sandbox-client-id";
/// The client secret of the OAuth app registered with the simulated login.
pub const OAUTH_CLIENT_SECRET: &str = "sandbox-client-secret";

/// The key that worklogs store the work attribute of type ACCOUNT under. The API shows it as the setting
/// `account_attribute_key`.
pub const ACCOUNT_ATTRIBUTE: &str = "_Account_";
/// The Jira field that holds an issue's Tempo account.
pub const ACCOUNT_FIELD: &str = "customfield_10039";
/// The id of the only team.
pub const TEAM_ID: u64 = 1;
/// The values of the static list `_WorkType_`, each with its label.
pub const WORK_TYPES: [(&str, &str); 4] = [
    ("1f0c6c52-0000-4000-8000-000000000001", "Development"),
    ("1f0c6c52-0000-4000-8000-000000000002", "Code Review"),
    ("1f0c6c52-0000-4000-8000-000000000003", "Meeting"),
    ("1f0c6c52-0000-4000-8000-000000000004", "Support"),
];
