//! What each tool does and returns, against a simulated site.

mod analytics;
mod bulk;
mod create;
mod delete;
mod edit;
mod edit_times;
mod missing;
mod moving;
mod partial;
mod round_trips;
mod retrieve;
mod search;

use serde_json::Value;

use tempo_test_support::site::Outcome;

/// A result in both its forms, as a client receives it.
pub(crate) fn both(outcome: &Outcome) -> String {
    format!("{}\n\n{}", outcome.text, serde_json::to_string_pretty(&outcome.structured).unwrap())
}

/// The stored worklog with this id, as Tempo has it.
fn stored(site: &tempo_test_support::site::Site, id: u64) -> Value {
    site.sandbox.worklogs().into_iter().find(|it| it["tempoWorklogId"] == id).unwrap_or_default()
}

/// The body of the last request with this method to a path that ends with `path`.
fn sent(site: &tempo_test_support::site::Site, method: &str, path: &str) -> Value {
    let requests = site.sandbox.requests();
    let found = requests.into_iter().rev().find(|it| it.method == method && it.path.ends_with(path));
    found.map(|it| it.body).unwrap_or_default()
}
