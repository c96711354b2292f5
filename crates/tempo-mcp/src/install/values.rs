//! The variables that an entry sets: what is there already, what the environment has, and what a person answers.

use tempo_mcp_core::config::{ConfigError, ConfigErrors, Loaded, VARIABLES};

use super::{Way, ask::Ask};
use crate::{
    client_config::{
        Client,
        entry::{Entry, Kind, is_placeholder},
    },
    style::Style,
};

/// Nobody mistypes more often without wanting to stop.
const MOST_ROUNDS: usize = 10;

/// What VS Code asks for itself: variable, name of its input, and what it says.
pub(super) const INPUTS: [(&str, &str, &str); 3] = [
    ("TEMPO_API_TOKEN", "tempo-token", "Tempo API token"),
    ("JIRA_API_TOKEN", "jira-token", "Jira API token"),
    ("JIRA_OAUTH_CLIENT_SECRET", "jira-client-secret", "Jira OAuth client secret"),
];

/// Variables in the order in which they are documented.
pub(super) struct Values {
    pub(super) pairs: Vec<(String, String)>,
    /// Those that the client asks for when it starts the server, and keeps.
    pub(super) inputs: Vec<&'static str>,
}

impl Values {
    fn get(&self, name: &str) -> Option<String> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn put(&mut self, name: &str, value: String) {
        self.pairs.retain(|(known, _)| known != name);
        self.pairs.push((name.to_owned(), value));
        let place = |name: &str| VARIABLES.iter().position(|it| it.name == name);
        self.pairs.sort_by_key(|(name, _)| place(name));
    }

    /// As the entry says them.
    pub(super) fn written(mut self) -> Vec<(String, String)> {
        for (name, id, _) in INPUTS {
            if self.inputs.contains(&name) {
                self.put(name, format!("${{input:{id}}}"));
            }
        }
        self.pairs
    }

    /// A secret that only the client will know is taken to be right; one that is in the environment is tried, not kept.
    pub(super) fn loaded(&self) -> Loaded {
        Loaded::from_lookup(&|name| {
            let value = match self.get(name) {
                None if self.inputs.contains(&name) => environment(name),
                other => other,
            };
            let is_asked_for = self.inputs.contains(&name) && value.is_none();
            if is_asked_for || value.as_deref().is_some_and(is_placeholder) {
                return Some("asked-for-by-the-client".into());
            }
            value
        })
    }

    pub(super) fn are_all_known(&self) -> bool {
        self.inputs.iter().all(|it| environment(it).is_some())
            && !self.pairs.iter().any(|(_, value)| is_placeholder(value))
    }
}

/// Takes what is missing from the environment, then from a person, until everything that is needed is there. Where the
/// change is only shown, what is missing has its own name for a value.
///
/// # Errors
/// All that is missing or wrong, where nobody can be asked.
pub(super) fn gather(
    client: Client,
    existing: Option<&Entry>,
    way: Way,
    ask: &mut dyn Ask,
) -> Result<Values, String> {
    let mut values = known(client, existing);
    for round in 0..MOST_ROUNDS {
        let Err(faults) = values.loaded().config else { return Ok(values) };
        for fault in &faults.0 {
            let answer = match (fault, environment(fault.name())) {
                (ConfigError::Missing(_), Some(set)) if round == 0 => set,
                (ConfigError::Missing(name), None) if way == Way::Show => format!("<{name}>"),
                _ if round == 0 && ask.is_somebody() => continue,
                _ if ask.is_somebody() => question(fault, ask)?,
                _ => continue,
            };
            values.put(fault.name(), answer);
        }
        if round > 0 && !ask.is_somebody() {
            return if way == Way::Show { Ok(values) } else { Err(needed(&faults)) };
        }
    }
    Err("was not given what it needs; nothing was changed".into())
}

fn needed(faults: &ConfigErrors) -> String {
    let all: Vec<String> = faults.0.iter().map(|it| format!("\n- {it}")).collect();
    format!("needs these variables in the environment, or a terminal to ask at:{}", all.concat())
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.trim().is_empty())
}

/// Of the server that is replaced every variable stays as it is; of our own, the environment is the newer one.
fn known(client: Client, existing: Option<&Entry>) -> Values {
    let mut values = Values { pairs: Vec::new(), inputs: Vec::new() };
    let is_replaced = existing.is_some_and(|it| it.kind() == Kind::TypeScript);
    let written = |name: &str| existing.and_then(|it| it.variable(name)).filter(|it| !it.trim().is_empty());
    let sign_in = written("JIRA_AUTH_TYPE").map(str::to_owned).or_else(|| environment("JIRA_AUTH_TYPE"));
    let signs_in_by_browser = sign_in.as_deref() == Some("oauth");
    for name in VARIABLES.iter().map(|it| it.name) {
        let written = written(name);
        let is_kept = is_replaced || written.is_some_and(is_placeholder);
        let set = if is_kept { None } else { environment(name) };
        let is_asked_for = client.asks_for_secrets() && INPUTS.iter().any(|(known, ..)| *known == name);
        match set.or(written.map(str::to_owned)) {
            // What stands in the file is left there; what does not, VS Code keeps better.
            Some(value) if !is_asked_for || written.is_some() => values.put(name, value),
            // Each way of signing in to Jira has a secret of its own.
            None if name == "JIRA_OAUTH_CLIENT_SECRET" && !signs_in_by_browser => {}
            None if name == "JIRA_API_TOKEN" && signs_in_by_browser => {}
            _ if is_asked_for => values.inputs.push(name),
            _ => {}
        }
    }
    values
}

/// What is wrong with an answer is said before it is asked for again.
fn question(fault: &ConfigError, ask: &mut dyn Ask) -> Result<String, String> {
    let name = fault.name();
    let about = VARIABLES.iter().find(|it| it.name == name).map_or("", |it| it.about);
    let style = Style::of_stderr();
    if let ConfigError::Invalid(_, why) = fault {
        eprintln!("{}", style.bad(&format!("{name} {why}.")));
    }
    eprintln!("{}  {}", style.strong(name), style.faint(about));
    let is_secret = INPUTS.iter().any(|(known, ..)| *known == name);
    if is_secret { ask.hidden("  (not shown) > ") } else { ask.line("  > ") }
}
