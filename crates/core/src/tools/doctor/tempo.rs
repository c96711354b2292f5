//! The Tempo token: whether it is accepted at its address, and which scopes it has.

use futures::{future::join_all, join};
use jiff::{Timestamp, tz::TimeZone};
use url::Url;

use super::report::{Check, Section};
use crate::{
    config::{Config, Region},
    domain::time::WorkDate,
    tempo::{Client, Scope},
    tools::Clients,
    upstream::{Error, ErrorKind},
};

pub(super) struct Tempo {
    pub(super) section: Section,
    pub(super) is_accepted: bool,
    pub(super) reads_worklogs: bool,
}

const SCOPES: [Scope; 6] =
    [Scope::Worklogs, Scope::Schemes, Scope::Accounts, Scope::Approvals, Scope::Plans, Scope::Teams];

/// The name of a scope in Tempo, and what does not work without it. `None` if no tool needs it.
fn purpose(scope: Scope) -> (&'static str, Option<&'static str>) {
    match scope {
        Scope::Worklogs => ("Worklogs", Some("nothing can be read or logged")),
        Scope::Schemes => ("Schemes", Some("missing days cannot be found")),
        Scope::Accounts => (
            "Accounts",
            Some("accounts are shown without names, and worklogs do not get the account of their issue"),
        ),
        Scope::Approvals => ("Approvals", None),
        Scope::Plans => ("Plans", None),
        Scope::Teams => ("Teams", None),
    }
}

pub(super) async fn examine(config: &Config, clients: &Clients, read_only: bool, now: Timestamp) -> Tempo {
    let day = WorkDate(now.to_zoned(TimeZone::UTC).date());
    let client = &clients.tempo;
    let reads = join_all(SCOPES.map(|scope| client.may_read(scope, day)));
    let (reads, search) = join!(reads, client.may_search(day));
    let mut checks = vec![region(&config.tempo.base)];
    // Tempo refuses by scope only tokens that it knows. If all reads failed in another way, it does not know the token.
    let failure = reads.iter().find_map(|it| it.as_ref().err().filter(|it| !it.kind.is_refusal()));
    let is_accepted = reads.iter().any(|it| it.as_ref().map_or_else(|it| it.kind.is_refusal(), |()| true));
    match failure {
        Some(error) if !is_accepted => checks.extend(not_accepted(config, client, error, day).await),
        _ => {
            checks.push(Check::good("Token", "accepted"));
            let writes = (!read_only).then_some(&search);
            checks.extend(SCOPES.into_iter().zip(&reads).map(|(scope, read)| check(scope, read, writes)));
        }
    }
    let reads_worklogs = reads.first().is_some_and(Result::is_ok);
    Tempo { section: Section::new("Tempo", checks), is_accepted, reads_worklogs }
}

fn region(base: &Url) -> Check {
    let finding = match Region::of(base) {
        Some(Region::Global) => "the address for all regions (TEMPO_REGION=global)",
        Some(Region::Eu) => "Europe (TEMPO_REGION=eu)",
        Some(Region::Us) => "the Americas (TEMPO_REGION=us)",
        None => return Check::note("Region", "TEMPO_BASE_URL is not one of Tempo's addresses"),
    };
    Check::good("Region", finding)
}

/// Tempo responds in the same way to a wrong token and to a valid one in the wrong region. The address for all regions
/// accepts the valid one.
async fn not_accepted(config: &Config, client: &Client, error: &Error, day: WorkDate) -> Vec<Check> {
    let (ErrorKind::Unauthorized, Some(region)) = (&error.kind, Region::of(&config.tempo.base)) else {
        return vec![Check::failed("Token", error)];
    };
    let is_elsewhere = region != Region::Global && works_globally(client, day).await;
    if is_elsewhere {
        let finding = "the token is valid, but your Tempo data is in another region";
        let advice = "Remove TEMPO_REGION and TEMPO_BASE_URL. The address for all regions accepts the token.";
        return vec![Check::bad("Region", finding, advice)];
    }
    vec![Check::bad(
        "Token",
        "Tempo does not accept TEMPO_API_TOKEN (401). It is wrong, expired or revoked",
        "Create a new one in Tempo > Settings > API Integration.",
    )]
}

async fn works_globally(client: &Client, day: WorkDate) -> bool {
    let Ok(base) = Url::parse(Region::Global.base()) else { return false };
    let read = client.at(base).may_read(Scope::Worklogs, day).await;
    read.map_or_else(|it| it.kind.is_refusal(), |()| true)
}

fn check(scope: Scope, read: &Result<(), Error>, writes: Option<&Result<(), Error>>) -> Check {
    let (name, needed_for) = purpose(scope);
    match (read, needed_for) {
        (Ok(()), _) if scope == Scope::Worklogs => worklogs(name, writes),
        (Ok(()), Some(_)) => Check::good(name, "readable"),
        (Ok(()), None) => Check::good(name, "readable; no tool needs it yet"),
        (Err(_), None) if is_forbidden(read) => Check::note(name, "not in the token; no tool needs it yet"),
        (Err(_), Some(lost)) if is_forbidden(read) => {
            Check::bad(name, format!("the token lacks this scope, so {lost}"), new_token(name, "View"))
        }
        (Err(Error { kind: ErrorKind::NotFound(_), .. }), _) if scope == Scope::Schemes => {
            Check::note(name, "Tempo has no workload scheme for you, so missing days cannot be found")
        }
        (Err(error), _) => Check::failed(name, error),
    }
}

fn worklogs(name: &str, writes: Option<&Result<(), Error>>) -> Check {
    match writes {
        Some(search) if is_forbidden(search) => Check::bad(
            name,
            "readable, but the token lacks what logging time needs (Manage)",
            format!(
                "{} If you only want to read, set TEMPO_MCP_READ_ONLY=true.",
                new_token(name, "View and Manage")
            ),
        ),
        Some(_) => Check::good(name, "readable; logging time should work"),
        None => Check::good(name, "readable"),
    }
}

fn is_forbidden(read: &Result<(), Error>) -> bool {
    matches!(read, Err(Error { kind: ErrorKind::Forbidden(_), .. }))
}

fn new_token(scope: &str, kind: &str) -> String {
    format!(
        "Create a new token in Tempo > Settings > API Integration that includes the scope {scope} ({kind}). Scopes cannot be \
         added to an existing token."
    )
}
