//! Who exists, and the tokens they hold. Every token says that it is not a real one.

/// Alex Novak: the main user, a developer in Berlin with a full week.
pub const MAIN_ACCOUNT_ID: &str = "712020:00000000-5a4d-4b0a-9a1e-000000000001";
pub const MAIN_EMAIL: &str = "alex.novak@example.com";
pub const MAIN_NAME: &str = "Alex Novak";
pub const MAIN_ZONE: &str = "Europe/Berlin";

/// Priya Raman: a colleague with a full week, in Kolkata.
pub const COLLEAGUE_ACCOUNT_ID: &str = "5f0000000000000000000002";
pub const COLLEAGUE_EMAIL: &str = "priya.raman@example.com";
pub const COLLEAGUE_NAME: &str = "Priya Raman";
/// Jonas Weber: works Monday to Wednesday, and Thursday until noon.
pub const PART_TIMER_ACCOUNT_ID: &str = "5f0000000000000000000003";
/// Maria Santos: a colleague with a full week, in São Paulo.
pub const OTHER_COLLEAGUE_ACCOUNT_ID: &str = "5f0000000000000000000004";
/// Ingrid Olsen: the project lead; Tempo administrator, sees everything.
pub const LEAD_ACCOUNT_ID: &str = "712020:00000000-5a4d-4b0a-9a1e-000000000005";
/// Tom Baker: left the company; his account is inactive.
pub const FORMER_ACCOUNT_ID: &str = "5f0000000000000000000006";

/// Full access as the main user.
pub const TEMPO_TOKEN: &str = "sandbox-tempo-token";
/// The main user, with View scopes only.
pub const TEMPO_VIEW_TOKEN: &str = "sandbox-tempo-view-token";
/// The main user, with the Worklogs scope only: no Accounts, Schemes, Periods or Teams.
pub const TEMPO_WORKLOGS_TOKEN: &str = "sandbox-tempo-worklogs-only-token";
pub const COLLEAGUE_TEMPO_TOKEN: &str = "sandbox-tempo-token-priya";
pub const LEAD_TEMPO_TOKEN: &str = "sandbox-tempo-token-ingrid";

/// The main user's classic API token (Basic authentication with the e-mail).
pub const JIRA_TOKEN: &str = "sandbox-jira-token";
/// The main user's scoped API token: 401 at the site, accepted at the gateway.
pub const JIRA_SCOPED_TOKEN: &str = "sandbox-jira-scoped-token";
pub const COLLEAGUE_JIRA_TOKEN: &str = "sandbox-jira-token-priya";
pub const LEAD_JIRA_TOKEN: &str = "sandbox-jira-token-ingrid";

/// The site's id, as `/_edge/tenant_info` tells it and the gateway's path needs it.
pub const CLOUD_ID: &str = "00000000-c10d-4000-8000-00005a4db0c5";

/// The app registered with the simulated login.
pub const OAUTH_CLIENT_ID: &str = "sandbox-client-id";
pub const OAUTH_CLIENT_SECRET: &str = "sandbox-client-secret";
