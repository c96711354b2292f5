//! The tokens in a form: read, tried at both vendors, and what is to be said at which of its fields.

use std::fmt;

use http::StatusCode;

use super::{Options, Service, tenants::configuration};
use tempo_mcp_core::{
    config::{self, Config, JiraSite},
    jira::Identity,
    tools::{
        Audience, Error,
        credential_check::{CredentialCheck, CredentialStatus},
    },
    upstream::{Error as UpstreamError, ErrorKind, Vendor},
};

/// A field of a form: its id on the page, its name, the variable of a local server that it stands for, its label.
struct Field {
    id: &'static str,
    name: &'static str,
    variable: &'static str,
    label: &'static str,
}

const fn field(id: &'static str, name: &'static str, variable: &'static str, label: &'static str) -> Field {
    Field { id, name, variable, label }
}

/// In the order of the page, so that the first fault is the upmost one.
const FIELDS: [Field; 5] = [
    field("site", "jiraBaseUrl", "JIRA_BASE_URL", "Jira site"),
    field("email", "jiraEmail", "JIRA_EMAIL", "E-mail address"),
    field("jira", "jiraApiToken", "JIRA_API_TOKEN", "Jira API token"),
    field("tempo", "tempoApiToken", "TEMPO_API_TOKEN", "Tempo API token"),
    field("field", "jiraTempoAccountCustomFieldId", "JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", "Account field"),
];

/// What is wrong with one field.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) text: String,
}

/// What is wrong with a form, field by field.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    /// A fault at the field with this id, or none where the page has no such field.
    pub(super) fn at(id: &str, text: String) -> Self {
        let field = FIELDS.iter().find(|it| it.id == id);
        Self(field.map(|it| Fault { id: it.id, label: it.label, text }).into_iter().collect())
    }

    /// Those of fields that a page has, and the others as a text.
    pub(super) fn only(self, fields: &[&str]) -> (Self, String) {
        let (here, elsewhere): (Vec<Fault>, Vec<Fault>) =
            self.0.into_iter().partition(|it| fields.contains(&it.id));
        let told: Vec<String> = elsewhere.iter().map(|it| format!("{}: {}", it.label, it.text)).collect();
        (Self(here), told.join(" "))
    }

    pub(super) fn of(&self, id: &str) -> &str {
        self.0.iter().find(|it| it.id == id).map_or("", |it| &it.text)
    }

    pub(super) fn has(&self, id: &str) -> bool {
        !self.of(id).is_empty()
    }

    /// Where the keyboard should be.
    pub(super) fn is_first(&self, id: &str) -> bool {
        self.0.first().is_some_and(|it| it.id == id)
    }
}

/// How a token took one harmless question.
#[derive(Debug, Clone)]
pub(super) struct Check {
    pub(super) token: Vendor,
    pub(super) what: String,
    pub(super) seen: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Works,
    Missing,
    /// The vendor was in trouble, or was not asked.
    Unknown,
}

impl Seen {
    fn of(answer: Option<&Result<(), Error>>) -> Self {
        match answer {
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

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Works => "works",
            Self::Missing => "missing",
            Self::Unknown => "not known",
        })
    }
}

/// Tokens that work.
pub(super) struct Tried {
    pub(super) me: Identity,
    pub(super) checks: Vec<Check>,
}

/// Tokens that do not, or of which nobody can tell just now.
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) faults: Faults,
    /// What concerns no field.
    pub(super) notice: String,
    pub(super) checks: Vec<Check>,
}

/// A form's values as a configuration, or everything that is wrong with them. `value` knows them by their names.
pub(super) fn read(options: &Options, value: &dyn Fn(&str) -> Option<String>) -> Result<Config, Faults> {
    let of_variable = |name: &str| FIELDS.iter().find(|it| it.variable == name);
    let config = configuration(&|name| value(of_variable(name)?.name), options);
    let site = value("jiraBaseUrl").and_then(|it| it.parse::<JiraSite>().ok());
    let not_served = site.and_then(|it| options.jira_hosts.check(&it).err());
    let known: &[config::ConfigError] = config.as_ref().err().map_or(&[], |it| &it.0);
    let faults = FIELDS.iter().filter_map(|field| {
        let of_value =
            known.iter().find(|it| it.name() == field.variable).map(config::ConfigError::field_finding);
        let of_host = not_served.clone().filter(|_| field.id == "site");
        let text = of_value.or(of_host).map(|it| format!("This {it}."))?;
        Some(Fault { id: field.id, label: field.label, text })
    });
    let faults = Faults(faults.collect());
    match config {
        Ok(config) if faults.0.is_empty() => Ok(config),
        _ => Err(faults),
    }
}

impl Service {
    /// Tries both tokens. `fields` are the ids that the page has.
    pub(super) async fn try_tokens(&self, config: &Config, fields: &[&str]) -> Result<Tried, Box<Refused>> {
        let standing = CredentialCheck::of(&self.clients(config)).await;
        let checks = checks(&standing);
        let verdict = standing.status();
        let (identity, worklogs) = (standing.identity, standing.worklogs);
        match (verdict, identity) {
            (CredentialStatus::Works, Ok(me)) => Ok(Tried { me, checks }),
            (verdict, identity) => {
                let errors = [identity.err(), worklogs.err()].into_iter().flatten();
                Err(Box::new(refused(verdict, errors, fields, checks)))
            }
        }
    }
}

fn refused(
    verdict: CredentialStatus,
    errors: impl Iterator<Item = Error>,
    fields: &[&str],
    mut checks: Vec<Check>,
) -> Refused {
    let (mut faults, mut notice) = (Faults::default(), Vec::new());
    for error in errors {
        let text = error.message(&Audience::Form);
        match field_of(&error).filter(|it| fields.contains(it)) {
            Some(id) => faults.0.extend(Faults::at(id, text).0),
            None => notice.push(text),
        }
    }
    checks.retain(|it| it.seen == Seen::Works);
    let status = match verdict {
        CredentialStatus::TryAgain => StatusCode::SERVICE_UNAVAILABLE,
        CredentialStatus::Works | CredentialStatus::CannotWork => StatusCode::BAD_REQUEST,
    };
    Refused { status, faults, notice: notice.join(" "), checks }
}

/// The field that an error speaks of; none where the vendor is in trouble.
fn field_of(error: &Error) -> Option<&'static str> {
    let Error::Upstream(UpstreamError { vendor, kind }) = error else { return None };
    match (vendor, kind) {
        (_, ErrorKind::Unavailable { .. } | ErrorKind::RateLimited { .. }) | (Vendor::Login, _) => None,
        (
            Vendor::Jira,
            ErrorKind::NotFound(_)
            | ErrorKind::Malformed { .. }
            | ErrorKind::Redirected
            | ErrorKind::Unreachable { .. },
        ) => Some("site"),
        (
            Vendor::Tempo,
            ErrorKind::Malformed { .. } | ErrorKind::Redirected | ErrorKind::Unreachable { .. },
        ) => None,
        (Vendor::Jira, _) => Some("jira"),
        (Vendor::Tempo, _) => Some("tempo"),
    }
}

/// What each token was seen to do.
fn checks(standing: &CredentialCheck) -> Vec<Check> {
    let check = |token, what: String, seen| Check { token, what, seen };
    let mut res = Vec::new();
    if let Ok(me) = &standing.identity {
        let who = format!("You are {}, time zone {}", me.name, me.zone_name());
        res.push(check(Vendor::Jira, who, Seen::Works));
    }
    for (token, what, answer) in [
        (Vendor::Jira, "Issues: finding and naming them", standing.issues.as_ref()),
        (Vendor::Tempo, "Worklogs: reading and logging time", Some(&standing.worklogs)),
        (Vendor::Tempo, "Schemes: finding missing days", standing.schemes.as_ref()),
        (Vendor::Tempo, "Accounts: names of accounts", Some(&standing.accounts)),
    ] {
        res.push(check(token, what.into(), Seen::of(answer)));
    }
    res
}
