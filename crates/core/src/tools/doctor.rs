//! Checks everything that a local server needs: configuration, network, tokens, and the site. Each failed check says what
//! to do.
//!
//! A report contains no secrets, e-mail addresses or names, so it can be pasted into a ticket. Deliberately elsewhere:
//! printing it, and the checks of clients in which the server is installed (the binary adds those).

mod jira;
mod network;
mod person;
mod site;
mod tempo;

use futures::join;
use serde::Serialize;

use super::{
    Audience, Clients, Context,
    messages::{self, Message},
};
use crate::{
    config::{Config, ConfigError, Loaded, VARIABLES},
    ports::NetworkFacts,
    upstream,
};

/// All checks, in the order in which they depend on each other.
#[derive(Debug, Serialize)]
pub struct Report {
    pub sections: Vec<Section>,
    /// Whether worklogs can be read and logged. It is `true` even if a scope is missing or the account field is wrong.
    pub works: bool,
}

/// Checks of one part of the way.
#[derive(Debug, Serialize)]
pub struct Section {
    pub title: String,
    pub checks: Vec<Check>,
}

/// One thing that was checked.
#[derive(Debug, Serialize)]
pub struct Check {
    pub name: String,
    pub mark: Mark,
    pub finding: String,
    /// What to do. Every failed check has advice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    Good,
    Bad,
    /// A fact, or something that could not be checked.
    Note,
}

impl Report {
    /// Checks the configuration, and both vendors with it.
    pub async fn of(loaded: &Loaded, context: &Context, facts: &dyn NetworkFacts) -> Self {
        let own = configuration(loaded);
        let (Ok(config), Ok(clients)) = (&loaded.config, context.clients()) else {
            return Self { sections: vec![own], works: false };
        };
        let mut report = vendors(config, clients, context, facts).await;
        report.sections.insert(0, own);
        report
    }

    /// Only the failed checks, by section.
    #[must_use]
    pub fn failures(self) -> Vec<Section> {
        let only_bad = |mut it: Section| {
            it.checks.retain(|it| it.mark == Mark::Bad);
            (!it.checks.is_empty()).then_some(it)
        };
        self.sections.into_iter().filter_map(only_bad).collect()
    }

    /// Whether no check failed.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.sections.iter().flat_map(|it| &it.checks).all(|it| it.mark != Mark::Bad)
    }
}

impl Section {
    pub fn new(title: impl Into<String>, checks: Vec<Check>) -> Self {
        Self { title: title.into(), checks }
    }
}

impl Check {
    pub fn good(name: impl Into<String>, finding: impl Into<String>) -> Self {
        Self { name: name.into(), mark: Mark::Good, finding: finding.into(), advice: None }
    }

    pub fn note(name: impl Into<String>, finding: impl Into<String>) -> Self {
        Self { name: name.into(), mark: Mark::Note, finding: finding.into(), advice: None }
    }

    pub fn bad(name: impl Into<String>, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name: name.into(), mark: Mark::Bad, finding: finding.into(), advice: Some(advice.into()) }
    }

    #[must_use]
    pub fn with_advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// A vendor's error, with the message that tools use.
    fn failed(name: &str, error: &upstream::Error) -> Self {
        let Message { finding, advice, .. } = messages::upstream(error, &Audience::Local);
        let advice = advice
            .unwrap_or_else(|| format!("Try again. If it keeps failing, ask {}'s support.", error.vendor));
        Self::bad(name, finding, advice)
    }
}

fn configuration(loaded: &Loaded) -> Section {
    let mut checks = match &loaded.config {
        Ok(_) => vec![Check::good("Variables", "all required variables are set")],
        Err(errors) => errors.0.iter().map(of_variable).collect(),
    };
    checks.push(if loaded.read_only {
        Check::note("Writing", "off: TEMPO_MCP_READ_ONLY is set, so only the tools that read are offered")
    } else {
        Check::good("Writing", "on: worklogs can be created, edited and deleted")
    });
    if loaded.config.is_err() {
        checks.push(Check::note("Tempo and Jira", "not checked until the configuration is valid"));
    }
    Section::new("Configuration", checks)
}

fn of_variable(error: &ConfigError) -> Check {
    let about = VARIABLES.iter().find(|it| it.name == error.name()).map_or("", |it| it.about);
    Check::bad("Variable", format!("{} {}", error.name(), error.finding()), format!("Expected: {about}."))
}

async fn vendors(config: &Config, clients: &Clients, context: &Context, facts: &dyn NetworkFacts) -> Report {
    let (read_only, ports) = (context.read_only, &context.ports);
    let (to_tempo, to_jira) =
        join!(network::to_tempo(config, ports, facts), network::to_jira(config, ports, facts));
    let tempo = async {
        match to_tempo.is_reached {
            true => Some(tempo::examine(config, clients, read_only, ports.clock.now()).await),
            false => None,
        }
    };
    let jira = async {
        match to_jira.is_reached {
            true => Some(jira::examine(config, clients, ports).await),
            false => None,
        }
    };
    let (tempo, jira) = join!(tempo, jira);
    let mut sections = vec![to_tempo.section, to_jira.section];
    let reads_tempo = tempo.as_ref().is_some_and(|it| it.is_accepted);
    let identity = jira.as_ref().and_then(|it| it.identity.clone());
    let works = identity.is_some() && tempo.as_ref().is_some_and(|it| it.reads_worklogs);
    sections.push(tempo.map_or_else(|| not_reached("Tempo"), |it| it.section));
    sections.push(jira.map_or_else(|| not_reached("Jira"), |it| it.section));
    if reads_tempo {
        let (same, site) =
            join!(person::examine(clients, identity.as_ref(), ports.clock.now()), site::examine(clients));
        sections.push(Section::new("Tempo and Jira together", vec![same]));
        sections.push(site);
    }
    Report { sections, works }
}

fn not_reached(vendor: &str) -> Section {
    Section::new(vendor, vec![Check::note("Not checked", format!("{vendor} cannot be reached, see above"))])
}
