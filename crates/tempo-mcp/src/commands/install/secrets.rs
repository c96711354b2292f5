//! The secrets that a client's configuration holds for this program.

use crate::client_config::{
    document::Document,
    entry::{Entry, Kind, is_placeholder},
};

/// Secrets that VS Code asks for itself: variable, id of its input, and description.
pub(in crate::commands) const INPUTS: [(&str, &str, &str); 3] = [
    ("TEMPO_API_TOKEN", "tempo-token", "Tempo API token"),
    ("JIRA_API_TOKEN", "jira-token", "Jira API token"),
    ("JIRA_OAUTH_CLIENT_SECRET", "jira-client-secret", "Jira OAuth client secret"),
];

/// The names of the secrets in the entries of this program and of the server that it replaces: tokens that are written
/// out, and personal URLs.
pub(super) fn names(entries: &[Entry]) -> Vec<&'static str> {
    let ours: Vec<&Entry> = entries.iter().filter(|it| it.kind() != Kind::Foreign).collect();
    let is_written = |name: &str| {
        let mut values = ours.iter().filter_map(|it| it.variable(name));
        values.any(|it| !it.trim().is_empty() && !is_placeholder(it))
    };
    let mut res: Vec<&str> = INPUTS.iter().map(|(name, ..)| *name).filter(|it| is_written(it)).collect();
    if ours.iter().any(|it| it.url.is_some()) {
        res.push("your personal URL");
    }
    res
}

/// As [`names`], of the file as it was before the change.
pub(super) fn names_before(servers: &'static str, document: &Document) -> Vec<&'static str> {
    let before = Document::parse(servers, document.path(), Some(document.before().to_owned()));
    before.map(|it| names(&it.entries())).unwrap_or_default()
}

/// `A, B and C`.
pub(super) fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
