//! The variables of an entry: from the existing entry, from the environment, and from the answers of a person.

use tempo_mcp_core::config::{ConfigError, ConfigErrors, Loaded, VARIABLES};

use super::{ask::Ask, secrets::INPUTS, selection::Mode};
use crate::{
    cli::style::Style,
    client_config::{
        Client,
        entry::{Entry, Kind, is_placeholder},
    },
};

/// How often wrong answers are asked for again.
const MAX_ROUNDS: usize = 10;

/// Variables in the order in which they are documented.
pub(super) struct Values {
    pub(super) pairs: Vec<(String, String)>,
    /// Variables that the client asks for when it starts the server, and stores itself.
    pub(super) inputs: Vec<&'static str>,
}

impl Values {
    fn get(&self, name: &str) -> Option<String> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn put(&mut self, name: &str, value: String) {
        self.pairs.retain(|(known, _)| known != name);
        self.pairs.push((name.to_owned(), value));
        let position = |name: &str| VARIABLES.iter().position(|it| it.name == name);
        self.pairs.sort_by_key(|(name, _)| position(name));
    }

    /// The values as they are written into the entry.
    pub(super) fn written(mut self) -> Vec<(String, String)> {
        for (name, id, _) in INPUTS {
            if self.inputs.contains(&name) {
                self.put(name, format!("${{input:{id}}}"));
            }
        }
        self.pairs
    }

    /// The configuration that these values give. A secret that only the client will know counts as valid; one that is in
    /// the environment is checked, but not written.
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

/// Takes missing values from the environment, then asks the person for them, until the configuration is complete. Where
/// the change is only shown, a missing variable gets a placeholder with its name.
///
/// # Errors
/// Without a person to ask: all variables that are missing or wrong.
pub(super) fn gather(
    client: Client,
    existing: Option<&Entry>,
    mode: Mode,
    ask: &mut dyn Ask,
) -> Result<Values, String> {
    let mut values = known(client, existing);
    for round in 0..MAX_ROUNDS {
        let Err(errors) = values.loaded().config else { return Ok(values) };
        for error in &errors.0 {
            let answer = match (error, environment(error.name())) {
                (ConfigError::Missing(_), Some(set)) if round == 0 => set,
                (ConfigError::Missing(name), None) if mode == Mode::Print => format!("<{name}>"),
                _ if round == 0 && ask.is_interactive() => continue,
                _ if ask.is_interactive() => question(error, ask)?,
                _ => continue,
            };
            values.put(error.name(), answer);
        }
        if round > 0 && !ask.is_interactive() {
            return if mode == Mode::Print { Ok(values) } else { Err(needed(&errors)) };
        }
    }
    Err("is unchanged: the values are still not complete".into())
}

fn needed(errors: &ConfigErrors) -> String {
    let all: Vec<String> = errors.0.iter().map(|it| format!("\n- {it}")).collect();
    format!(
        "is unchanged: set these variables in the environment, or run this in a terminal to be asked:{}",
        all.concat()
    )
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.trim().is_empty())
}

/// The values known without asking. Those of a TypeScript server that is replaced are left as they are; in an entry of this
/// program, the environment wins.
fn known(client: Client, existing: Option<&Entry>) -> Values {
    let mut values = Values { pairs: Vec::new(), inputs: Vec::new() };
    let is_replaced = existing.is_some_and(|it| it.kind() == Kind::TypeScript);
    let written = |name: &str| existing.and_then(|it| it.variable(name)).filter(|it| !it.trim().is_empty());
    let sign_in = written("JIRA_AUTH_TYPE").map(str::to_owned).or_else(|| environment("JIRA_AUTH_TYPE"));
    let signs_in_by_browser = sign_in.as_deref() == Some("oauth");
    for name in VARIABLES.iter().map(|it| it.name) {
        let written = written(name);
        let is_unchanged = is_replaced || written.is_some_and(is_placeholder);
        let set = if is_unchanged { None } else { environment(name) };
        let is_asked_for = client.asks_for_secrets() && INPUTS.iter().any(|(known, ..)| *known == name);
        match set.or(written.map(str::to_owned)) {
            // A secret that is in the file already stays there; a new one is left to VS Code.
            Some(value) if !is_asked_for || written.is_some() => values.put(name, value),
            // Each way of signing in to Jira has its own secret.
            None if name == "JIRA_OAUTH_CLIENT_SECRET" && !signs_in_by_browser => {}
            None if name == "JIRA_API_TOKEN" && signs_in_by_browser => {}
            _ if is_asked_for => values.inputs.push(name),
            _ => {}
        }
    }
    values
}

/// Asks for one variable, after saying what was wrong with the previous answer.
fn question(error: &ConfigError, ask: &mut dyn Ask) -> Result<String, String> {
    let name = error.name();
    let about = VARIABLES.iter().find(|it| it.name == name).map_or("", |it| it.about);
    let style = Style::of_stderr();
    if let ConfigError::Invalid(_, reason) = error {
        eprintln!("{}", style.bad(&format!("{name} {reason}.")));
    }
    eprintln!("{}  {}", style.strong(name), style.faint(about));
    let is_secret = INPUTS.iter().any(|(known, ..)| *known == name);
    if is_secret { ask.hidden("  (hidden) > ") } else { ask.line("  > ") }
}
