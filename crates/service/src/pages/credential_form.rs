//! The credentials in a form: read, checked with both vendors, and reported field by field.

use std::fmt;

use http::StatusCode;
use tempo_mcp_core::{
    config::{
        Config, JiraSite,
        credentials::{CredentialField, Credentials},
    },
    jira::Identity,
    tools::{
        Audience, Error,
        credential_check::{CredentialCheck, CredentialStatus},
    },
    upstream::{Error as UpstreamError, ErrorKind, Vendor},
};

use crate::{http::state::State, options::Options};

/// A field's id on the page.
const fn id(field: CredentialField) -> &'static str {
    match field {
        CredentialField::JiraBaseUrl => "site",
        CredentialField::JiraEmail => "email",
        CredentialField::JiraApiToken => "jira",
        CredentialField::TempoApiToken => "tempo",
        CredentialField::AccountField => "field",
    }
}

/// A field's name in the form that the browser sends.
pub(super) const fn name(field: CredentialField) -> &'static str {
    match field {
        CredentialField::JiraBaseUrl => "jiraBaseUrl",
        CredentialField::JiraEmail => "jiraEmail",
        CredentialField::JiraApiToken => "jiraApiToken",
        CredentialField::TempoApiToken => "tempoApiToken",
        CredentialField::AccountField => "jiraTempoAccountCustomFieldId",
    }
}

const fn label(field: CredentialField) -> &'static str {
    match field {
        CredentialField::JiraBaseUrl => "Jira site",
        CredentialField::JiraEmail => "E-mail address",
        CredentialField::JiraApiToken => "Jira API token",
        CredentialField::TempoApiToken => "Tempo API token",
        CredentialField::AccountField => "Account field",
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone)]
pub(super) struct FieldError {
    field: CredentialField,
    pub(super) text: String,
}

impl FieldError {
    pub(super) fn id(&self) -> &'static str {
        id(self.field)
    }

    pub(super) fn label(&self) -> &'static str {
        label(self.field)
    }
}

/// What is wrong with a form, in the order of its fields.
#[derive(Debug, Clone, Default)]
pub(super) struct FieldErrors(pub(super) Vec<FieldError>);

impl FieldErrors {
    pub(super) fn one(field: CredentialField, text: String) -> Self {
        Self(vec![FieldError { field, text }])
    }

    /// Splits the errors into those of `fields`, which the page has, and a text with the others.
    pub(super) fn split(self, fields: &[CredentialField]) -> (Self, String) {
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            self.0.into_iter().partition(|it| fields.contains(&it.field));
        let texts: Vec<String> = elsewhere.iter().map(|it| format!("{}: {}", it.label(), it.text)).collect();
        (Self(here), texts.join(" "))
    }

    /// The fields' labels, for a security event: the errors themselves may quote a vendor.
    pub(super) fn labels(&self) -> String {
        self.0.iter().map(FieldError::label).collect::<Vec<_>>().join(", ")
    }

    /// The error of the field with this id, or an empty text.
    pub(super) fn of(&self, id: &str) -> &str {
        self.0.iter().find(|it| it.id() == id).map_or("", |it| &it.text)
    }

    pub(super) fn has(&self, id: &str) -> bool {
        !self.of(id).is_empty()
    }

    /// Whether the field with this id gets the keyboard focus.
    pub(super) fn is_first(&self, id: &str) -> bool {
        self.0.first().is_some_and(|it| it.id() == id)
    }
}

/// The result of one harmless request with a token.
#[derive(Debug, Clone)]
pub(super) struct TokenCheck {
    pub(super) vendor: Vendor,
    pub(super) what: String,
    pub(super) outcome: CheckOutcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckOutcome {
    Works,
    /// The token lacks a scope, or the account a permission.
    Missing,
    /// The vendor was unavailable, or the request was not sent.
    Unknown,
}

impl CheckOutcome {
    fn of(result: Option<&Result<(), Error>>) -> Self {
        match result {
            Some(Ok(())) => Self::Works,
            Some(Err(Error::Upstream(UpstreamError {
                kind: ErrorKind::Forbidden(_) | ErrorKind::Unauthorized,
                ..
            }))) => Self::Missing,
            _ => Self::Unknown,
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Works => "yes",
            Self::Missing => "no",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for CheckOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Works => "works",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        })
    }
}

/// Credentials that both vendors accept.
pub(super) struct AcceptedCredentials {
    pub(super) me: Identity,
    pub(super) checks: Vec<TokenCheck>,
}

/// Credentials that a vendor rejects or cannot check at the moment.
pub(super) struct RejectedCredentials {
    pub(super) status: StatusCode,
    pub(super) errors: FieldErrors,
    /// What does not belong to a field.
    pub(super) notice: String,
    pub(super) checks: Vec<TokenCheck>,
}

impl RejectedCredentials {
    /// The reason, for a security event.
    pub(super) fn summary(&self) -> String {
        match (self.status, self.errors.labels()) {
            (StatusCode::SERVICE_UNAVAILABLE, _) => "a vendor is unavailable".into(),
            (_, labels) if labels.is_empty() => "not accepted".into(),
            (_, labels) => format!("not accepted: {labels}"),
        }
    }
}

/// The configuration that credentials make, or everything that is wrong with them.
pub(super) fn parse(options: &Options, credentials: &Credentials) -> Result<Config, FieldErrors> {
    const SITE: CredentialField = CredentialField::JiraBaseUrl;
    let parsed = Config::from_credentials(credentials, &options.vendor_apis());
    let site = credentials.jira_base_url.parse::<JiraSite>().ok();
    let not_allowed = site.and_then(|it| options.jira_hosts.check(&it).err());
    let mut errors: Vec<FieldError> = parsed.as_ref().err().map_or_else(Vec::new, |errors| {
        errors.0.iter().map(|it| FieldError { field: it.field, text: format!("This {it}.") }).collect()
    });
    if let Some(finding) = not_allowed {
        errors.insert(0, FieldError { field: SITE, text: format!("This {finding}.") });
    }
    match parsed {
        Ok(config) if errors.is_empty() => Ok(config),
        _ => Err(FieldErrors(errors)),
    }
}

/// Checks the credentials with both vendors. `fields` are the fields of the page.
pub(super) async fn check(
    state: &State,
    config: &Config,
    fields: &[CredentialField],
) -> Result<AcceptedCredentials, Box<RejectedCredentials>> {
    let check = CredentialCheck::of(&state.clients(config)).await;
    let (checks, status) = (token_checks(&check), check.status());
    match (status, check.identity) {
        (CredentialStatus::Works, Ok(me)) => Ok(AcceptedCredentials { me, checks }),
        (status, identity) => {
            let errors = [identity.err(), check.worklogs.err()].into_iter().flatten();
            Err(Box::new(rejected(status, errors, fields, checks)))
        }
    }
}

fn rejected(
    status: CredentialStatus,
    errors: impl Iterator<Item = Error>,
    fields: &[CredentialField],
    mut checks: Vec<TokenCheck>,
) -> RejectedCredentials {
    let (mut field_errors, mut notice) = (Vec::new(), Vec::new());
    for error in errors {
        let text = error.message(&Audience::Form);
        match field_of(&error).filter(|it| fields.contains(it)) {
            Some(field) => field_errors.push(FieldError { field, text }),
            None => notice.push(text),
        }
    }
    checks.retain(|it| it.outcome == CheckOutcome::Works);
    let status = match status {
        CredentialStatus::TryAgain => StatusCode::SERVICE_UNAVAILABLE,
        CredentialStatus::Works | CredentialStatus::CannotWork => StatusCode::BAD_REQUEST,
    };
    RejectedCredentials { status, errors: FieldErrors(field_errors), notice: notice.join(" "), checks }
}

/// The field that an error is about; none where the vendor is unavailable.
fn field_of(error: &Error) -> Option<CredentialField> {
    let Error::Upstream(UpstreamError { vendor, kind }) = error else { return None };
    match (vendor, kind) {
        (_, ErrorKind::Unavailable { .. } | ErrorKind::RateLimited { .. }) | (Vendor::Login, _) => None,
        (
            Vendor::Jira,
            ErrorKind::NotFound(_)
            | ErrorKind::Malformed { .. }
            | ErrorKind::Redirected
            | ErrorKind::Unreachable { .. },
        ) => Some(CredentialField::JiraBaseUrl),
        (
            Vendor::Tempo,
            ErrorKind::Malformed { .. } | ErrorKind::Redirected | ErrorKind::Unreachable { .. },
        ) => None,
        (Vendor::Jira, _) => Some(CredentialField::JiraApiToken),
        (Vendor::Tempo, _) => Some(CredentialField::TempoApiToken),
    }
}

/// What each token can do.
fn token_checks(check: &CredentialCheck) -> Vec<TokenCheck> {
    let mut checks = Vec::new();
    if let Ok(me) = &check.identity {
        let what = format!("You are {}, time zone {}", me.name, me.zone_name());
        checks.push(TokenCheck { vendor: Vendor::Jira, what, outcome: CheckOutcome::Works });
    }
    for (vendor, what, result) in [
        (Vendor::Jira, "Issues: find and name them", check.issues.as_ref()),
        (Vendor::Tempo, "Worklogs: read and log time", Some(&check.worklogs)),
        (Vendor::Tempo, "Schemes: find days with missing time", check.schemes.as_ref()),
        (Vendor::Tempo, "Accounts: show account names", Some(&check.accounts)),
    ] {
        checks.push(TokenCheck { vendor, what: what.into(), outcome: CheckOutcome::of(result) });
    }
    checks
}
