//! Whether everything between here and both vendors is in place: each check judged, with what it means and what to do.
//!
//! Nothing in a report is a secret, an e-mail address or a person's name: it can be pasted into a ticket. Deliberately
//! elsewhere: printing it, and the clients in which the server is installed (the edge adds those).

mod jira;
mod network;
mod person;
mod site;
mod tempo;

use futures::join;
use serde::Serialize;

use super::{Audience, Clients, Context, messages};
use crate::{
    config::{Config, ConfigError, Loaded, VARIABLES},
    ports::NetworkFacts,
    upstream,
};

/// Everything that was looked at, in the order in which one thing needs the other.
#[derive(Debug, Serialize)]
pub struct Report {
    pub sections: Vec<Section>,
    /// Whether time can be read and logged at all: a missing scope or a wrong field can be lived with.
    pub works: bool,
}

#[derive(Debug, Serialize)]
pub struct Section {
    pub title: String,
    pub checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
pub struct Check {
    pub name: String,
    pub mark: Mark,
    pub finding: String,
    /// What to do; every fault has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    Good,
    Bad,
    /// Neither: a fact, or something that could not be looked at.
    Note,
}

impl Report {
    /// Both vendors as this configuration reaches them, and what they say about it.
    pub async fn of(loaded: &Loaded, context: &Context, facts: &dyn NetworkFacts) -> Self {
        let own = configuration(loaded);
        let (Ok(config), Ok(clients)) = (&loaded.config, context.clients()) else {
            return Self { sections: vec![own], works: false };
        };
        let mut report = vendors(config, clients, context, facts).await;
        report.sections.insert(0, own);
        report
    }

    /// What is wrong, section by section.
    #[must_use]
    pub fn faults(self) -> Vec<Section> {
        let only_bad = |mut it: Section| {
            it.checks.retain(|it| it.mark == Mark::Bad);
            (!it.checks.is_empty()).then_some(it)
        };
        self.sections.into_iter().filter_map(only_bad).collect()
    }

    #[must_use]
    pub fn is_well(&self) -> bool {
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

    /// A vendor's failure in the words that every tool uses: the first sentence tells it, the others what to do.
    fn failed(name: &str, error: &upstream::Error) -> Self {
        let said = messages::upstream(error, &Audience::Local);
        match said.split_once(". ") {
            Some((finding, advice)) => Self::bad(name, finding, advice),
            None => {
                Self::bad(name, said.trim_end_matches('.'), "Try again; if it stays, ask whoever runs it.")
            }
        }
    }
}

fn configuration(loaded: &Loaded) -> Section {
    let mut checks = match &loaded.config {
        Ok(_) => vec![Check::good("Variables", "everything that is needed is set")],
        Err(faults) => faults.0.iter().map(of_fault).collect(),
    };
    checks.push(if loaded.read_only {
        Check::note("Writing", "off: TEMPO_MCP_READ_ONLY is set, so only the tools that read are there")
    } else {
        Check::good("Writing", "on: entries can be logged, changed and deleted")
    });
    if loaded.config.is_err() {
        checks.push(Check::note("Tempo and Jira", "not asked as long as this is so"));
    }
    Section::new("Configuration", checks)
}

fn of_fault(fault: &ConfigError) -> Check {
    let about = VARIABLES.iter().find(|it| it.name == fault.name()).map_or("", |it| it.about);
    Check::bad("Variable", format!("{} {}", fault.name(), fault.finding()), format!("It is {about}."))
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
    Section::new(vendor, vec![Check::note("Not asked", format!("{vendor} is not reached, see above"))])
}
