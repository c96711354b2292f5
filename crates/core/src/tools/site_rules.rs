//! What a Tempo site demands of an entry: read only when a write was refused, so that success costs nothing.

use futures::join;

use super::{Clients, Error};
use crate::{
    domain::{
        site::{SiteRules, WorkAttribute},
        text::{one_line, quoted},
    },
    tempo::write::WriteError,
    upstream::{self, ErrorKind},
};

const MOST_CHOICES: usize = 20;

/// A failed write as an error; a refusal with what the site demands.
pub(super) async fn explained(clients: &Clients, error: WriteError) -> Error {
    match error {
        WriteError::Refused(cause) if cause.kind.is_refusal() => {
            let demands = if depends_on_site(&cause) { demands(clients).await } else { Vec::new() };
            Error::Refused { cause, demands }
        }
        other => {
            let zone = clients.jira.known_identity().map_or(jiff::tz::TimeZone::UTC, |it| it.zone());
            Error::of_write(other, &zone)
        }
    }
}

/// Whether the entry was refused for what it is: a 403 is about who asks, or about when.
pub(super) fn depends_on_site(cause: &upstream::Error) -> bool {
    matches!(cause.kind, ErrorKind::Invalid(_))
}

/// What cannot be read is left out: it must not hide the refusal.
pub(super) async fn demands(clients: &Clients) -> Vec<String> {
    let (rules, attributes) = join!(clients.tempo.rules(), clients.tempo.attributes());
    let mut res = of_rules(&rules.unwrap_or_default());
    if let Ok(attributes) = attributes {
        res.extend(attributes.iter().filter(|it| it.required).map(of_attribute));
    }
    res
}

fn of_rules(rules: &SiteRules) -> Vec<String> {
    let mut res: Vec<String> = Vec::new();
    if rules.remaining_estimate_optional == Some(false) {
        res.push("demands a remaining estimate: give remainingEstimateHours".into());
    }
    if rules.description_optional == Some(false) {
        res.push("demands a description".into());
    }
    if let Some(most) = rules.most_per_day.filter(|it| it.0 > 0) {
        res.push(format!("allows at most {most} per person and day"));
    }
    if let Some(days) = rules.days_into_future {
        res.push(format!("allows entries at most {days} days ahead"));
    }
    if rules.start_times_enabled == Some(false) {
        res.push("does not use start times".into());
    }
    res
}

pub(super) fn of_attribute(it: &WorkAttribute) -> String {
    let allowed = match it.choices.as_slice() {
        [] if it.is_account => ": the key of a Tempo account".to_owned(),
        [] => String::new(),
        some => format!(", one of {}", labels(some)),
    };
    format!("demands the work attribute {} (key {}){allowed}", quoted(&it.name), one_line(&it.key, 100))
}

/// A list's labels, as many as anybody would read.
pub(super) fn labels(choices: &[(String, String)]) -> String {
    let shown: Vec<String> = choices.iter().take(MOST_CHOICES).map(|(_, label)| quoted(label)).collect();
    let rest = choices.len().saturating_sub(MOST_CHOICES);
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}
